"""When to say nothing: whether what a board holds bears on a text at all.

Some record always matches best, so a score cannot tell. What can: how much of
what was asked, weighed by how rare each word is, stands in the best hits and in
their titles. How much is usual differs from board to board, so each one is asked
what it knows itself: its newest records' own titles, answered by what was older.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import fulltext, words

if TYPE_CHECKING:
    from swarm.fulltext import Word
    from swarm.view import View

HITS = 10  # the best hits that are looked into
SAMPLE = 128  # records whose titles set the floor
LOST = 0.035  # the share of those that may fall below it
FEWEST = 40  # a smaller board knows too little to be silent about what it matches
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


class Said(NamedTuple):
    """The words of a record: of its title, and all of them."""

    title: frozenset[str]
    all: frozenset[str]


def judge(view: View, text: str) -> Verdict:
    """Whether the board has something to say about a text."""
    asked = _asked(fulltext.ask(view, text).words)
    size = view.size
    held = {word: word.held for word in asked}
    found = _best(view, held, size, HITS)
    said = _said(view, [doc for doc, _ in found[:HITS]])
    coverage = covered(_rarity(held, size), list(said.values()))
    return Verdict(coverage, view.floor(lambda: floor(view)) if coverage else 0.0)


def covered(rarity: Mapping[Word, float], hits: Sequence[Said]) -> float:
    """What the hits hold of what was asked, from 0 to 4: at best and on average, twice.

    Once anywhere in a record, once in its title.
    """
    whole = math.fsum(rarity.values())
    if not hits or not whole:
        return 0.0
    total = 0.0
    for said in ([hit.all for hit in hits], [hit.title for hit in hits]):
        shares = [
            math.fsum(rare for word, rare in rarity.items() if _in(word, each)) / whole
            for each in said
        ]
        total += max(shares) + math.fsum(shares) / HITS
    return total


def floor(view: View) -> float:
    """What the board's newest titles get from the records before them, but for a few."""
    size = view.size
    if size < FEWEST:
        return 0.0
    newest = view.latest(min(SAMPLE, size // 2))
    said = _said(view, [doc for doc, _ in newest])
    titles = {doc: title for doc, title, *_ in view.texts(said)}
    later: Counter[str] = Counter()
    values = []
    for number, (doc, place) in enumerate(newest, 1):  # the newest first: what came later grows
        later.update(said[doc].all)
        asked = _asked(fulltext.ask(view, titles[doc]).words)
        held = {word: word.held - later[word.text] for word in asked}
        found = [hit for hit, at in _best(view, held, size, HITS + number) if at < place]
        said |= _said(view, [hit for hit in found[:HITS] if hit not in said])
        hits = [said[hit] for hit in found[:HITS]]
        values.append(covered(_rarity(held, place), hits))
    return min(sorted(values)[int(LOST * len(values))], CEILING)


def _asked(every: Sequence[Word]) -> list[Word]:
    return [each for each in every if each.text not in _ASKING] or list(every)


def _rarity(held: Mapping[Word, int], size: int) -> dict[Word, float]:
    """How much it says that a record holds a word; one that none holds says most."""
    return {
        word: max(math.log((size + 0.5) / (max(count, 0) + 0.5)), 1e-9)
        for word, count in held.items()
    }


def _best(view: View, held: Mapping[Word, int], size: int, most: int) -> list[tuple[int, int]]:
    """The records that match best, each with its place. Words that many hold find nothing new."""
    rare = sorted((count, word.match) for word, count in held.items() if count > 0)
    few = min(max(50, size // 10), 2_000)
    asked = [match for at, (count, match) in enumerate(rare) if count <= few or not at]
    rows = fulltext.best(view, " OR ".join(asked), most)
    places = view.places([doc for doc, _ in rows])
    ordered = sorted(rows, key=lambda row: (-row[1], -places[row[0]]))
    return [(doc, places[doc]) for doc, _ in ordered]


def _said(view: View, docs: Sequence[int]) -> dict[int, Said]:
    found = {}
    for doc, title, *rest in view.texts(docs):
        named = _words(title)
        found[doc] = Said(named, named.union(*map(_words, rest)))
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(_plain(words.segment(text)).split())


def _plain(text: str) -> str:
    """Without accents, as sqlite's index has it: what it finds must not be denied here."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f"))


def _in(word: Word, said: frozenset[str]) -> bool:
    asked = _plain(word.text)
    if asked in said:
        return True
    return word.match.endswith("*") and any(each.startswith(asked) for each in said)
