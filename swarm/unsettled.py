"""What a board owes: challenges that nobody tests, beliefs that outlived a failed test, debts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import signals
from swarm.debts import order

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.view import View

Debt = order.Debt

_STANDING = ("aspirational", "enforced")

_CHALLENGED = (
    "SELECT cd.id, cd.title, td.id, td.title FROM node c JOIN doc cd ON cd.doc = c.doc "
    "JOIN link l ON l.view = c.view AND l.source = c.doc AND l.type = 'contradicts' "
    "JOIN doc td ON td.doc = l.target "
    "WHERE c.view = ?1 AND c.kind = 'challenge' AND c.status = 'open' AND NOT EXISTS ("
    "SELECT 1 FROM link t JOIN node k ON k.view = t.view AND k.doc = t.source "
    "WHERE t.view = ?1 AND t.target IN (l.target, c.doc) AND t.type = 'tests' "
    "AND k.kind = 'task' AND k.status = 'open') ORDER BY c.place"
)
_CLOSED = (
    "SELECT k.doc, d.id, d.title, d.keys FROM node k JOIN doc d ON d.doc = k.doc "
    "WHERE k.view = ? AND k.kind = 'task' AND k.status = 'closed' ORDER BY k.place"
)
_TESTED = (
    "SELECT l.source, b.doc, d.id, d.title, b.kind, b.status FROM link l "
    "JOIN node s ON s.view = l.view AND s.doc = l.source AND s.kind = 'task' "
    "JOIN node b ON b.view = l.view AND b.doc = l.target JOIN doc d ON d.doc = b.doc "
    "WHERE l.view = ? AND l.type = 'tests' ORDER BY b.place"
)
_CONTRADICTED = (
    "SELECT DISTINCT l.target FROM link l JOIN node c ON c.view = l.view AND c.doc = l.source "
    "WHERE l.view = ? AND l.type = 'contradicts' AND c.kind = 'challenge'"
)


class Owed(NamedTuple):
    """Something to be settled: which record, what about it, and what it is about."""

    id: str
    title: str
    why: str
    about: str = ""


class Unsettled(NamedTuple):
    """All that is owed, each the oldest first; of debts, the one to be paid first."""

    challenges: tuple[Owed, ...]
    falsified: tuple[Owed, ...]
    debts: tuple[Debt, ...]
    signals: tuple[signals.Signal, ...]


class _Closed(NamedTuple):
    doc: int
    id: str
    title: str
    keys: dict[str, Any]

    def checked(self, *outcomes: str) -> bool:
        """Whether a command proved one of some outcomes."""
        return self.keys.get("found_by") == "check" and self.keys.get("outcome") in outcomes


def look(board: Board) -> Unsettled:
    """What a board leaves unsettled."""
    view = board.view
    closed = [
        _Closed(doc, record_id, title, json.loads(keys))
        for doc, record_id, title, keys in view.rows(_CLOSED, view.number)
    ]
    tested = view.rows(_TESTED, view.number)
    return Unsettled(
        tuple(
            Owed(record_id, title, f"open against {target}, and no open task tests it", target)
            for record_id, title, target, _ in view.rows(_CHALLENGED, view.number)
        ),
        tuple(_outlived(view, closed, tested)),
        tuple(order.owed(board)),
        tuple(signals.standing(view)),
    )


def _outlived(view: View, closed: list[_Closed], tested: list[Any]) -> list[Owed]:
    """Beliefs that stand although a check falsified them, where nobody has said so."""
    failed = {each.doc: each for each in closed if each.checked("falsified")}
    said = {doc for (doc,) in view.rows(_CONTRADICTED, view.number)} if failed else set()
    found = {}
    for source, doc, record_id, title, kind, status in tested:
        stands = kind == "belief" and status in _STANDING and doc not in said
        if source in failed and stands:
            why = f"is {status}, and {failed[source].id} falsified it"
            found[doc] = Owed(record_id, title, why, failed[source].id)
    return list(found.values())
