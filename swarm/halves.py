"""Texts by one half of all words, and by the other: two views, neither of which knows the other.

Which half a word belongs to is drawn from its spelling, so it is the same on every board.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from swarm import likeness, lsa

if TYPE_CHECKING:
    from swarm.chance import Group
    from swarm.clusters import Progress
    from swarm.lsa import Rows

# Half of the words say half as much: what few records share is lost among fewer directions.
_FINE = 512
_MANY = 20_000  # texts, for which that would take minutes


def found(texts: Sequence[str], progress: Progress | None = None) -> list[Group]:
    """The groups of some texts in the order of time, by half their words, tested by the rest."""
    one, other = split(texts)
    lengths = [each.count(" ") for each in other]
    return likeness.found(_rows(one), _rows(other), lengths, progress)


def split(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The texts in either half of their words."""
    told = [lsa.words_of(text) for text in texts]
    first = {word: _is_first(word) for each in told for word in each}
    one, other = (
        [" ".join(word for word in each if first[word] is wanted) for each in told]
        for wanted in (True, False)
    )
    return one, other


def _rows(texts: Sequence[str]) -> Rows:
    return lsa.embed(lsa.fit(texts, _FINE if len(texts) <= _MANY else 0), texts)


def _is_first(word: str) -> bool:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0] % 2 == 0
