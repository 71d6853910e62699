"""When to say nothing: whether what a board holds bears on a text at all.

Some record always matches best, so a score cannot tell. What can: how much of
what was asked, weighed by how rare each word is, stands in the best hits and in
their titles. How much is usual differs from board to board, so each one is asked
what it knows itself: its newest records' own titles, answered by what was older.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from swarm import fulltext, words
from swarm.fulltext import Word

if TYPE_CHECKING:
    from swarm.view import View

HITS = 10  # the best hits that are looked into
SAMPLE = 128  # records whose titles set the floor
LOST = 0.035  # the share of those that may fall below it
FEWEST = 40  # a smaller board knows too little to be silent about what it matches
COMMON = 2_000  # records that hold a word which is not looked for any more
CEILING = 0.99  # a record that holds every word reaches 1, and is always told

# Words by which people ask; what they ask about are the others.
_ASKING = frozenset(
    words.segment(
        """a about all also an and any anything are as at be been best but by can could did do does
        everything explain find for from get give had handle has have help how i if in into is it
        its know learn let make me my need no not of on or our please should show so some
        something tell than that the their them then there these they this to up us use
        want was way we were what when where which who why will with would you your"""
    ).split()
)


class Verdict(NamedTuple):
    """How much of a text the board covers, and how much it takes to speak."""

    coverage: float
    floor: float

    @property
    def silent(self) -> bool:
        return self.coverage < self.floor or not self.coverage


# Which of some rows hold a word, anywhere or in their titles.
Holding = Callable[[Word, Collection[int], bool], AbstractSet[int]]


def judge(view: View, text: str) -> Verdict:
    """Whether the board has something to say about a text."""
    asked = _asked(fulltext.ask(view, text).words)
    held = {word: word.held for word in asked}
    found = [doc for doc, _ in _best(view, held, HITS)[:HITS]]
    coverage = covered(_rarity(held, view.size), found, partial(fulltext.holding, view))
    return Verdict(coverage, view.floor(lambda: floor(view)) if coverage else 0.0)


def covered(rarity: Mapping[Word, float], hits: Sequence[int], holding: Holding) -> float:
    """What the hits hold of what was asked, from 0 to 4: at best and on average, twice.

    Once anywhere in a record, once in its title.
    """
    whole = math.fsum(rarity.values())
    if not hits or not whole:
        return 0.0
    total = 0.0
    for titled in (False, True):
        told: dict[int, list[float]] = {doc: [] for doc in hits}
        for word, rare in rarity.items():
            for doc in holding(word, hits, titled) if word.held else ():
                if doc in told:
                    told[doc].append(rare)
        shares = [math.fsum(each) / whole for each in told.values()]
        total += max(shares) + math.fsum(shares) / HITS
    return total


def floor(view: View) -> float:
    """What the board's newest titles get from the records before them, but for a few."""
    if view.size < FEWEST:
        return 0.0
    newest = view.latest(min(SAMPLE, view.size // 2))
    titles = {doc: title for doc, title, *_ in view.texts(doc for doc, _ in newest)}
    holding = _remembering(view)
    later: set[int] = set()
    values = []
    for doc, place in newest:  # the newest first: what came later grows
        later.add(doc)
        asked = _asked(fulltext.ask(view, titles[doc]).words)
        held = {word: word.held - len(later & holding(word, later, False)) for word in asked}
        found = [hit for hit, at in _best(view, held, HITS + len(later)) if at < place]
        values.append(covered(_rarity(held, place), found[:HITS], holding))
    return min(sorted(values)[int(LOST * len(values))], CEILING)


def _remembering(view: View) -> Holding:
    """The same answers for a while of many questions: where a rare word stands is asked once."""
    known: dict[tuple[str, bool], AbstractSet[int]] = {}

    def holding(word: Word, docs: Collection[int], titled: bool) -> AbstractSet[int]:
        if word.held > COMMON:
            return fulltext.holding(view, word, docs, titled)
        if (word.match, titled) not in known:
            known[word.match, titled] = fulltext.holding(view, word, None, titled)
        return known[word.match, titled]

    return holding


def _asked(every: Sequence[Word]) -> list[Word]:
    return [each for each in every if each.text not in _ASKING] or list(every)


def _rarity(held: Mapping[Word, int], size: int) -> dict[Word, float]:
    """How much it says that a record holds a word; one that none holds says most."""
    return {
        word: max(math.log((size + 0.5) / (max(count, 0) + 0.5)), 1e-9)
        for word, count in held.items()
    }


def _best(view: View, held: Mapping[Word, int], most: int) -> list[tuple[int, int]]:
    """The records that match best, each with its place. Words that many hold find nothing new."""
    rare = sorted((count, word.match) for word, count in held.items() if count > 0)
    few = min(max(50, view.size // 10), COMMON)
    asked = [match for at, (count, match) in enumerate(rare) if count <= few or not at]
    rows = fulltext.best(view, " OR ".join(asked), most)
    places = view.places([doc for doc, _ in rows])
    ordered = sorted(rows, key=lambda row: (-row[1], -places[row[0]]))
    return [(doc, places[doc]) for doc, _ in ordered]
