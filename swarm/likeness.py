"""How much more the records of a group say alike, in words that did not form it, than by chance.

By chance each member would be another record, about as long and close to it in time: long texts
are alike for their length, and those of one week for the week. Likeness is what is left of a
cosine when what everybody has in common is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swarm import chance, clusters

if TYPE_CHECKING:
    from swarm.chance import Floats, Group
    from swarm.clusters import Progress
    from swarm.lsa import Rows

WITNESS = "words"
CLOSE = chance.CLOSE
_CLASSES = 10  # of length, if each then holds as many as are close
_DRAWS = 400  # of each group: enough for the third moment of a gamma curve


def found(
    rows: Rows, others: Rows, lengths: Sequence[int], progress: Progress | None = None
) -> list[Group]:
    """The groups of some rows in the order of time, tested by other rows of the same records."""
    groups = clusters.groups(rows, progress)
    return chance.judged(groups, test(groups, others, lengths), WITNESS)


def test(groups: Sequence[Sequence[int]], rows: Rows, lengths: Sequence[int]) -> chance.Tested:
    """How alike the members of each group are, and what chance would make of that."""
    import numpy as np

    apart = rows - rows.mean(axis=0)
    norms = np.linalg.norm(apart, axis=1, keepdims=True)
    apart = apart / np.where(norms > 0, norms, 1)
    drawn = np.random.RandomState(0)  # frozen: the same numbers in every version
    order, place, ends = _alleys(lengths)
    figures = []
    for each in groups:
        members = np.asarray(each)
        start, end = ends[:, place[members]]
        low = np.maximum(place[members] - CLOSE, start)
        high = np.minimum(place[members] + CLOSE + 1, end)
        picks = order[drawn.randint(low, high, size=(_DRAWS, len(members)))]
        by_chance = _likeness(apart[picks]) - _alone(picks, norms > 0)
        told = _likeness(apart[members][None])[0]
        mean = by_chance.mean()
        figures.append((told, mean, by_chance.var(), ((by_chance - mean) ** 3).mean()))
    told, mean, variance, third = np.array(figures).T if figures else np.zeros((4, 0))
    pairs = np.array([len(each) * (len(each) - 1) / 2 for each in groups])
    floor = mean + np.sqrt(pairs * variance)  # each pair is more alike by one spread of pairs
    return chance.Tested(told, mean, variance, third, np.zeros(len(groups)), floor)


def _alleys(lengths: Sequence[int]) -> tuple[Any, Any, Any]:
    """The records by classes of length, and in each by time.

    They, the place of each record among them, and where the class at a place begins and ends.
    """
    import numpy as np

    size = len(lengths)
    count = max(1, min(_CLASSES, size // (2 * CLOSE + 1)))
    ranks = np.argsort(np.argsort(np.asarray(lengths), kind="stable"), kind="stable")
    classes = ranks * count // max(size, 1)
    order = np.argsort(classes, kind="stable")
    bounds = np.searchsorted(classes[order], np.arange(count + 1))
    ends = np.stack([bounds[:-1], bounds[1:]])[:, classes[order]]
    return order, np.argsort(order, kind="stable"), ends


def _alone(picks: Any, known: Any) -> Any:
    """The pairs in each draw that are one record twice: it is like itself, which says nothing."""
    import numpy as np

    same = (picks[:, :, None] == picks[:, None, :]) & known.ravel()[picks][:, :, None]
    return np.triu(same, 1).sum(axis=(1, 2))


def _likeness(rows: Rows) -> Floats:
    """The likeness of all pairs among some rows, for each of several such sets."""
    import numpy as np

    whole = rows.sum(axis=1, dtype=np.float64)
    return np.asarray(((whole**2).sum(axis=1) - (rows.astype("f8") ** 2).sum(axis=(1, 2))) / 2)
