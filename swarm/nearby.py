"""Whether a text that is about to be written is there already, in nearly the same words.

What is near is a matter of the board: on one where everybody writes of one thing, records lie
close. So a text is too near when it is nearer to a record than nearly all of those close to it
in time are to any other of them, and has more in common with it than not. A title alone is too
little to go by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from swarm import fulltext, words

if TYPE_CHECKING:
    from swarm.records import Record
    from swarm.view import View

FEW = 12  # words; of fewer nobody can tell
HALF = 0.5  # of what both say
_CLOSE = 50  # the newest records of the kind: as many as are close in time to one among them
_HITS, _SOUGHT = 5, 50
_READ = 20_000  # characters of each text
_OF_KIND = "SELECT doc FROM node WHERE view = ? AND kind = ? AND doc IN ({})"

Weights = Mapping[str, float]


class Near(NamedTuple):
    """A record that says nearly the same: how alike they are, and what is usual here."""

    record: Record
    likeness: float
    usual: float  # what all but one of twenty stay below


def look(view: View, kind: str, text: str, rate: float, known: Sequence[str] = ()) -> Near | None:
    """The record of a kind that a text comes too near to, if there is one that it does not name."""
    said = Counter(words.segment(text[:_READ]).split())
    if sum(said.values()) < FEW:
        return None
    hits = _hits(view, kind, text[:_READ])
    records = {doc: each for doc, each in view.at(hits) if each.id not in known}
    if not records:
        return None
    newest = view.newest(kind, _CLOSE)
    texts = _texts(view, dict.fromkeys([*records, *newest]))
    every = [said, *texts.values()]
    held = Counter(word for each in every for word in each)
    own = _weighed(said, held, len(every))
    weighed = {doc: _weighed(each, held, len(every)) for doc, each in texts.items()}
    best = max(records, key=lambda doc: (_alike(own, weighed[doc]), -doc))
    likeness = _alike(own, weighed[best])
    if likeness <= HALF:
        return None
    usual = _usual([weighed[doc] for doc in newest], rate)
    return Near(records[best], likeness, usual) if likeness > usual else None


def _hits(view: View, kind: str, text: str) -> list[int]:
    """The rows of a kind that hold most of the words."""
    found = list(fulltext.anywhere(view, fulltext.ask(view, text), _SOUGHT))
    asked = _OF_KIND.format(", ".join(map(str, found)))
    of_kind = {doc for (doc,) in view.rows(asked, view.number, kind)}
    return [doc for doc in found if doc in of_kind][:_HITS]


def _texts(view: View, docs: Mapping[int, None]) -> dict[int, Counter[str]]:
    return {
        doc: Counter(words.segment(f"{title}\n{head}\n{body}"[:_READ]).split())
        for doc, title, _, head, body in view.texts(docs)
    }


def _weighed(said: Counter[str], held: Counter[str], size: int) -> Weights:
    """A text's words, each by how rare it is, as a row of length 1."""
    row = {word: (1 + log(often)) * log(1 + size / held[word]) for word, often in said.items()}
    length = sqrt(sum(weight * weight for weight in row.values())) or 1.0
    return {word: weight / length for word, weight in row.items()}


def _usual(near: Sequence[Weights], rate: float) -> float:
    """The likeness to their nearest that so few of some records exceed; nothing for too few."""
    if len(near) * rate < 1:
        return 0.0
    nearest = sorted(
        (max(_alike(one, other) for other in near if other is not one) for one in near),
        reverse=True,
    )
    return nearest[int(len(near) * rate)]


def _alike(one: Weights, other: Weights) -> float:
    """The cosine between two texts."""
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * many[word] for word, weight in few.items() if word in many)
