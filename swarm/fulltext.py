"""Which records hold the words of a text, and how well: questions to a view's full text.

sqlite's bm25 gives a word that more than half of the records hold next to no
weight. On a board of a thousand that is right; on a board of five it is every
word there is. So such words are asked for one by one, and weighed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from swarm import words

if TYPE_CHECKING:
    from swarm.records import Record
    from swarm.view import View

# How much a word counts by where it stands: title, aliases and domain, head, body.
COLUMNS = (1.0, 1.0, 1.0, 1.0)

_TITLES = "{title aliases} : "
_SMALL = 100  # below it the words that most records hold are worth their time
_CLAMPED = 1e-6  # what bm25 takes for the weight of a word in more than half of the rows


class Word(NamedTuple):
    """A word of a question, and in how many records it stands."""

    match: str  # as FTS5 is asked for it
    text: str
    held: int


class Question(NamedTuple):
    """A text, as a board hears it."""

    words: tuple[Word, ...]  # distinct, in the order of the text
    pairs: tuple[str, ...]  # of neighbours
    size: int  # records there are

    def rarity(self, word: Word) -> float:
        """How much it says that a record holds the word; never nothing."""
        return math.log(1 + (self.size - word.held + 0.5) / (word.held + 0.5))


class Hit(NamedTuple):
    """A record that a query found, with the terms its score is made of."""

    record: Record
    terms: dict[str, float]

    @property
    def score(self) -> float:
        return sum(self.terms.values())


def find(view: View, text: str, limit: int) -> list[Hit]:
    """The records whose words match best; ties in the order of their paths.

    What is called exactly that comes before what merely says it; words that were
    typed together, as in `close_lane` or "small batches", count once more as a phrase.
    """
    question = ask(view, text)
    scores = anywhere(view, question, limit)
    for doc, score in best(view, " OR ".join(words.read(text).phrases), limit):
        scores[doc] = scores.get(doc, 0.0) + score
    called = {record.path: record for record in view.named(text)}
    hits = [
        Hit(record, {"words": scores[doc]})
        for doc, record in view.at(scores)
        if record.path not in called
    ]
    most = max((hit.score for hit in hits), default=0.0)
    hits += [Hit(record, {"name": most + 1.0}) for record in called.values()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.record.path))[:limit]


def ask(view: View, text: str) -> Question:
    """What a text asks of this board."""
    listed = words.read(text).terms
    distinct = dict.fromkeys(listed)
    if not view.heard:
        _open_vocabulary(view)
    for term in distinct:
        if term not in view.heard:
            view.heard[term] = _known(view, term)
    pairs = dict.fromkeys(
        f"{one} + {other}" for one, other in pairwise(listed) if not other.endswith("*")
    )
    return Question(tuple(view.heard[term] for term in distinct), tuple(pairs), view.size)


def _open_vocabulary(view: View) -> None:
    """A table that tells in how many records a word stands."""
    how = f"fts5vocab(main, words_{view.number}, row)"
    view.rows(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary_{view.number} USING {how}")


def _known(view: View, term: str) -> Word:
    text = term.strip('"*')
    if not term.isascii() or term.endswith("*"):  # sqlite folds accents: its index knows best
        return Word(term, text, _count(view, term))
    ask = f"SELECT doc FROM temp.vocabulary_{view.number} WHERE term = ?"
    rows = view.rows(ask, text)
    return Word(term, text, int(rows[0][0]) if rows else 0)


def _titled(view: View, word: Word) -> int:
    """In how many titles a word stands."""
    return _count(view, _TITLES + word.match) if word.held else 0


def _count(view: View, expression: str) -> int:
    table = f"words_{view.number}"
    return int(view.rows(f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", expression)[0][0])


def holding(view: View, word: Word, docs: Iterable[int] | None, titled: bool) -> set[int]:
    """Which rows hold a word, of some or of all, anywhere or in their titles."""
    table = f"words_{view.number}"
    ask = f"SELECT rowid FROM {table} WHERE {table} MATCH ?"
    if docs is not None:
        ask += f" AND rowid IN ({', '.join(str(int(doc)) for doc in docs)})"
    return {doc for (doc,) in view.rows(ask, ("title : " if titled else "") + word.match)}


def anywhere(view: View, question: Question, limit: int) -> dict[int, float]:
    """How well records hold the words, wherever they stand."""
    common = [each for each in question.words if 2 * each.held >= question.size]
    return _weighed(view, question, common, "", limit)


def in_titles(view: View, question: Question, limit: int) -> dict[int, float]:
    """How well their titles do."""
    common = [each for each in question.words if 2 * _titled(view, each) >= question.size]
    return _weighed(view, question, common, _TITLES, limit)


def in_pairs(view: View, question: Question, limit: int) -> dict[int, float]:
    """How well they hold neighbouring words side by side."""
    return dict(best(view, " OR ".join(question.pairs), limit))


def _weighed(
    view: View, question: Question, common: Sequence[Word], where: str, limit: int
) -> dict[int, float]:
    rare = " OR ".join(each.match for each in question.words if each.held and each not in common)
    scores = dict(best(view, f"{where}({rare})" if rare else "", limit))
    if rare and question.size > _SMALL:
        return scores
    for word in common:
        weight = question.rarity(word) / _CLAMPED
        for doc, score in best(view, f"{where}({word.match})", limit):
            scores[doc] = scores.get(doc, 0.0) + score * weight
    return scores


def best(view: View, expression: str, limit: int) -> list[tuple[int, float]]:
    """The best rows and all that tie with the last of them."""
    if not expression:
        return []
    table = f"words_{view.number}"
    ask = (
        f"SELECT rowid, -bm25({table}, {', '.join(map(str, COLUMNS))}) AS score FROM {table} "
        f"WHERE {table} MATCH ? ORDER BY score DESC"
    )
    rows = view.rows(f"{ask} LIMIT ?", expression, limit + 50)
    if len(rows) == limit + 50 and rows[-1][1] == rows[limit - 1][1]:
        rows = view.rows(ask, expression)  # ties reach further than what was fetched
    worst = rows[min(limit, len(rows)) - 1][1] if rows else 0.0
    return [(doc, score) for doc, score in rows if score >= worst]
