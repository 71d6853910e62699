"""What orient says: everything that is worth a run's first look, in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swarm import agenda, knowledge

if TYPE_CHECKING:
    from swarm.board import Board


def prepare(board: Board, asked: str | None, limit: int) -> dict[str, Any]:
    """The brief for a text; without one, for what is at hand."""
    held = agenda.claims(board)
    clues = [] if asked is not None else agenda.clues(board, held)
    text = asked if asked is not None else " ".join(each.text for each in clues)
    known = knowledge.about(board, text, limit)
    docs = [each.ranked.node.doc for each in known.best]
    mission = agenda.mission(board)
    return {
        "for": text.encode("utf-8", "backslashreplace").decode(),  # no reader refuses that
        "from": ["--for"] if asked is not None else [each.source for each in clues],
        **({"mission": mission} if mission else {}),
        "due": agenda.due(board, held),
        "claims": [{**each.told, "mine": each.mine} for each in held if not each.expired],
        "relevant": [each.as_json() for each in known.best],
        "coverage": known.coverage,
        "floor": known.floor,
        "challenges": agenda.challenges(board, known.ranked),
        "recombine": agenda.pairs(board, docs),
        "next": agenda.work(board, known.ranked),
        "handoffs": agenda.handoffs(board),
        "records": board.view.size,
    }
