"""Which groups of records hang together by more than chance.

Groups are formed by what records say, and tested by what they cite: the same view would find a
pattern in any noise. Where records cite less than once each, most groups could not show what they
are: then groups are also formed by one half of all words, and tested by the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swarm import halves, swaps

if TYPE_CHECKING:
    from swarm.lsa import Rows

Group = swaps.Group
Progress = swaps.Progress


def find(
    rows: Rows, texts: Sequence[str], links: Any, progress: Progress | None = None
) -> list[Group]:
    """The groups of some records in the order of time, the densest first; words come last.

    `links` are (source, target), by number, without repeats.
    """
    cited = _ordered(swaps.found(rows, links, progress)) if len(links) else []
    if len(links) >= len(texts):
        return cited
    said = _ordered(halves.found(texts, progress))
    # Two ways to be found are two chances to be wrong.
    return [_less_sure(each) for each in (*cited, *said)] if cited else said


def fired(groups: Sequence[Group], rate: float) -> list[Group]:
    """Those that are no chance. What was found twice is told once."""
    found: list[Group] = []
    for each in groups:
        inside = set(each.members)
        again = any(2 * len(inside & set(other.members)) > len(inside) for other in found)
        if each.fires(rate) and not again:
            found.append(each)
    return found


def _ordered(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda each: (-each.excess, each.members))


def _less_sure(group: Group) -> Group:
    return group._replace(rate=min(1.0, 2 * group.rate))
