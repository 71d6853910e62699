"""What a board knows about a text: each record with its standing, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import consult, staleness
from swarm.records import KNOWLEDGE

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.records import Record
    from swarm.retrieve import Ranked


class Known(NamedTuple):
    """One record that bears on what was asked, and why."""

    ranked: Ranked
    record: Record
    doubt: str  # what it speaks of that is not as it was

    def as_json(self) -> dict[str, Any]:
        return {
            **self.record.brief(),
            "score": self.ranked.score,
            "terms": self.ranked.terms,
            "marks": [*self.ranked.node.marks, *(["stale?"] if self.doubt else [])],
            "doubt": self.doubt,
            "by": self.record.author,
            "created": self.record.created,
            "gist": self.record.gist(),
        }


class Knowledge(NamedTuple):
    """What was found: the best that can be known, what else bears on it, how sure the board is."""

    best: tuple[Known, ...]
    ranked: tuple[Ranked, ...]  # of every kind
    coverage: float
    floor: float


def about(board: Board, text: str, limit: int) -> Knowledge:
    """What the board knows about a text."""
    told = consult.consult(board.view, text, board.place.settings.weights)
    best = [each for each in told.ranked if each.kind in KNOWLEDGE][:limit]
    return Knowledge(_known(board, best), told.ranked, told.coverage, told.floor)


def _known(board: Board, best: Sequence[Ranked]) -> tuple[Known, ...]:
    docs = [each.node.doc for each in best]
    records = dict(board.view.at(docs))
    born = board.view.born(docs)
    witnesses = [
        staleness.Witness(records[doc].path, born.get(doc, ""), records[doc].body) for doc in docs
    ]
    whole = not board.view.trouble_with_history()
    doubts = staleness.doubts(board.place.repo, board.place.head, witnesses, whole=whole)
    return tuple(Known(each, records[each.node.doc], doubts.get(each.path, "")) for each in best)
