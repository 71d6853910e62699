"""Records that say alike: communities in the graph of each one's nearest by text.

Two records are joined when one is among the nearest of the other, by the share of their nearest
that they have in common: that is a likeness of places, not of numbers, so no cosine has to be
judged high or low. Within a group links are denser than if each record's were spread evenly
over all those that lie two steps away; the larger the board, the more groups it has, and none
swallows the small ones. A record that has more in common with others than with its group belongs
to none: such records fall here and there whenever a few others come or go.
"""

from __future__ import annotations

from collections.abc import Callable
from math import fsum
from typing import TYPE_CHECKING, Any

from swarm import neighbours

if TYPE_CHECKING:
    from swarm.neighbours import Numbers, Rows

Progress = Callable[[int, int], None]

NEAR = 10  # the nearest of a record that count
LEAST = 3  # records that make a group: of two, nothing is in common that a link would not say

_STEPS = 3  # each takes a third of the time, or so


def groups(rows: Rows, progress: Progress | None = None) -> list[tuple[int, ...]]:
    """The groups of some rows, by number; a row in none is alone. The first comes first."""
    import networkx as nx  # type: ignore[import-untyped,unused-ignore]

    step = progress or _silent
    step(0, _STEPS)
    pairs = joined(rows)
    step(1, _STEPS)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    graph.add_weighted_edges_from(pairs)
    step(2, _STEPS)
    spread = max(1.0, len(rows) / NEAR**2)
    found = nx.community.louvain_communities(graph, resolution=spread, seed=0) if pairs else []
    step(_STEPS, _STEPS)
    held = (_at_home(graph, each) for each in found)
    return sorted(tuple(each) for each in held if len(each) >= LEAST)


def _at_home(graph: Any, group: set[int]) -> list[int]:
    """Those of a group that have at least half of what they share with others inside of it."""

    def shares(row: int) -> tuple[float, float]:
        ends = graph[row].items()
        inside = fsum(end["weight"] for other, end in ends if other in group)
        return inside, fsum(end["weight"] for _, end in ends)

    return [row for row in sorted(group) for inside, whole in [shares(row)] if 2 * inside >= whole]


def joined(rows: Rows) -> list[tuple[int, int, float]]:
    """Each pair of rows that lie near, with the share of their nearest that both have."""
    import numpy as np

    found = neighbours.nearest(rows, NEAR).numbers
    near = _neighbourhoods(found)
    one, other = _pairs(found)
    both = np.asarray(near[one].multiply(near[other]).sum(axis=1)).ravel()
    sizes = np.diff(near.indptr)
    share = both / (sizes[one] + sizes[other] - both)
    told = zip(one.tolist(), other.tolist(), share.tolist(), strict=True)
    return list(told)


def _neighbourhoods(found: Numbers) -> Any:
    """Each row with its nearest, as a sparse row of ones."""
    import numpy as np
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    size = len(found)
    known = found >= 0
    own = np.flatnonzero(known.any(axis=1))
    source = np.concatenate([np.repeat(np.arange(size), known.sum(axis=1)), own])
    target = np.concatenate([found[known], own])
    return sparse.csr_array((np.ones(len(source)), (source, target)), shape=(size, size))


def _pairs(found: Numbers) -> tuple[Numbers, Numbers]:
    """Who is near whom, whichever way, each pair once."""
    import numpy as np

    size = len(found)
    source, place = np.nonzero(found >= 0)
    target = found[source, place]
    low, high = np.minimum(source, target), np.maximum(source, target)
    both = np.unique(low * size + high)
    return both // size, both % size


def _silent(done: int, total: int) -> None:
    """Nobody looks on."""
