"""What harvest looks at: what the lessons of a board say, whom they cite, and who carries them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import vectors, wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from swarm.board import Board
    from swarm.lsa import Rows
    from swarm.view import View
    from swarm.wording import Worded

_GROUPED = "lesson"  # what principles are made of; they and beliefs are no evidence
_SPENT = frozenset(("archived", "superseded"))

_FILES = (
    "SELECT d.oid, d.path, n.kind, n.marks, n.doc FROM node n JOIN doc d ON d.doc = n.doc "
    "WHERE n.view = ? ORDER BY n.place"
)
_NAMED = (
    "SELECT n.doc, d.id, n.kind, n.marks FROM node n JOIN doc d ON d.doc = n.doc "
    "WHERE n.view = ? ORDER BY n.place"
)
_LINKS = "SELECT DISTINCT source, target, type FROM link WHERE view = ?"


LSA = vectors.LSA


class Carrier(NamedTuple):
    """A principle, and the records that it was derived from, by number."""

    id: str
    sources: frozenset[int]


class Material(NamedTuple):
    """Records in the order in which they came; links and carriers go by their numbers.

    A link may lead further, to records that are not grouped.
    """

    every: list[Worded]  # all that is known: what vectors are learned from
    told: list[Worded]
    links: list[tuple[int, int]]
    against: list[tuple[int, int]]  # links that say that the other is wrong
    carriers: list[Carrier]

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.told]


def of(board: Board) -> Material:
    """All of it, as the board has it now."""
    every = wording.of(board.view)
    told = [each for each in every if _is_grouped(each)]
    number = {each.doc: at for at, each in enumerate(told)}
    found = board.view.rows(_LINKS, board.view.number)
    against = {
        (number[source], number[target])
        for source, target, kind in found
        if kind == "contradicts" and source in number and target in number
    }
    carriers = _carriers(every, found, number)
    return Material(every, told, _links(found, number), sorted(against), carriers)


def rows(board: Board, material: Material) -> Rows:
    """Their vectors: those that `swarm vectors build` makes, of all that is known.

    The view is let go first: making them may take minutes, in which others would wait.
    """
    choice = vectors.chosen(board.place.settings.model, board.place.repo.root)
    board.problems()  # they are asked for at the end, and by then the view is closed
    board.close()
    folder = board.cache.folder / "vectors"
    made = vectors.bring(
        folder, choice, [each.text for each in material.every], board.progress
    ).rows
    at = {each.doc: row for row, each in enumerate(material.every)}
    return made[[at[each.doc] for each in material.told]]


def state(view: View) -> str:
    """All that material and vectors are made of, without reading it: a digest."""
    place: dict[int, int] = {}
    told = blake2b(f"{vectors.FORMAT} {vectors.LEARNED}\n".encode(), digest_size=16)
    for at, (*row, doc) in enumerate(view.rows(_FILES, view.number)):
        place[doc] = at
        told.update("\0".join(map(str, row)).encode("utf-8", "surrogatepass") + b"\n")
    found = view.rows(_LINKS, view.number)
    links = sorted((place.get(one, -1), place.get(other, -1), kind) for one, other, kind in found)
    told.update(repr(links).encode("utf-8", "surrogatepass"))
    return told.hexdigest()


def citations(view: View) -> tuple[list[str], list[tuple[int, int]]]:
    """The ids of the same records, and the same links, without what the records say."""
    named = [
        (doc, record_id)
        for doc, record_id, kind, marks in view.rows(_NAMED, view.number)
        if _counts(kind, marks.split())
    ]
    number = {doc: at for at, (doc, _) in enumerate(named)}
    return [record_id for _, record_id in named], _links(view.rows(_LINKS, view.number), number)


def _is_grouped(record: Worded) -> bool:
    return _counts(record.kind, record.marks)


def _counts(kind: str, marks: Iterable[str]) -> bool:
    return kind == _GROUPED and _SPENT.isdisjoint(marks)


def _links(found: list[Any], number: dict[int, int]) -> list[tuple[int, int]]:
    """Who cites whom; what is not grouped has a number, too."""
    beyond: dict[int, int] = {}
    told = set()
    for source, target, _ in sorted(found):
        if source in number and source != target:
            other = number.get(target)
            if other is None:
                other = beyond.setdefault(target, len(number) + len(beyond))
            told.add((number[source], other))
    return sorted(told)


def _carriers(every: list[Worded], found: list[Any], number: dict[int, int]) -> list[Carrier]:
    sources: dict[int, set[int]] = {}
    for source, target, kind in found:
        if kind == "derived_from" and target in number:
            sources.setdefault(source, set()).add(number[target])
    return [
        Carrier(each.id, frozenset(sources[each.doc]))
        for each in every
        if each.kind == "principle" and each.doc in sources and _SPENT.isdisjoint(each.marks)
    ]
