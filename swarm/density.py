"""Which groups of records hang together by more than chance.

Groups are formed by what records say, and tested by what they cite: the same view would find a
pattern in any noise. Where most records cite nothing, the groups are formed by one half of all
words, and tested by the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import halves, swaps

if TYPE_CHECKING:
    from swarm.lsa import Rows

Group = swaps.Group
CITATIONS, WORDS = "citations", "words"


class Found(NamedTuple):
    """The groups of a board that could be tested, and what bore witness."""

    groups: list[Group]
    witness: str


def find(rows: Rows, texts: Sequence[str], links: Any) -> Found:
    """The groups of some records in the order of time, the densest first.

    `links` are (source, target), by number, without repeats.
    """
    citing = len({source for source, _ in links})
    if 2 * citing >= len(texts):
        groups, witness = swaps.found(rows, links), CITATIONS
    else:
        groups, witness = halves.found(texts), WORDS
    return Found(sorted(groups, key=lambda each: (-each.excess, each.members)), witness)
