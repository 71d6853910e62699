"""What closed tasks owe: outcomes that nothing checked or counted, and predictions that came late.

Read off tasks and their history each time. What arrived closed from an older board
owes nothing here: nobody here closed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import moments
from swarm.records import Record

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.view import View

_CLOSED = (
    "SELECT k.doc, d.id, d.title, d.path, d.created, d.keys FROM node k "
    "JOIN doc d ON d.doc = k.doc "
    "WHERE k.view = ? AND k.kind = 'task' AND k.status = 'closed' ORDER BY k.place"
)
_TESTED = (
    "SELECT DISTINCT l.source, l.target FROM link l "
    "JOIN node s ON s.view = l.view AND s.doc = l.source AND s.kind = 'task' "
    "WHERE l.view = ? AND l.type = 'tests'"
)


class Owing(NamedTuple):
    """What a task owes: since when, in seconds since 1970, and the rows that it is about."""

    kind: str  # unchecked | late
    id: str
    who: str
    why: str
    since: int
    about: tuple[int, ...]


class _Task(NamedTuple):
    doc: int
    id: str
    title: str
    path: str
    created: str | None
    keys: Mapping[str, Any]

    @property
    def since(self) -> int:
        told = (self.keys.get("concluded"), self.created)
        return next((at for each in told if (at := moments.read(str(each or ""))) is not None), 0)

    @property
    def who(self) -> str:
        return Record(self.id, "task", self.title, self.path, self.keys, "").author

    @property
    def is_shown(self) -> bool:
        """Whether a command decided it."""
        told = self.keys.get("outcome") in ("confirmed", "falsified", "partial")
        return self.keys.get("found_by") == "check" and told


def owing(board: Board) -> Iterator[Owing]:
    """What closed tasks owe; it is paid when a check has closed a task that tests them."""
    view = board.view
    tasks = [
        _Task(doc, name, title, path, created, json.loads(keys))
        for doc, name, title, path, created, keys in view.rows(_CLOSED, view.number)
    ]
    tests = _tests(view)
    paid = {doc for each in tasks if each.is_shown for doc in tests.get(each.doc, ())}
    late = _late(board, [each for each in tasks if each.doc not in paid])
    for each in tasks:
        if each.doc in paid:
            continue
        about = (each.doc, *tests.get(each.doc, ()))
        if each.keys.get("debt"):
            why = f"{each.title} was closed on a debt: {each.keys['debt']}"
            yield Owing("unchecked", each.id, each.who, why, each.since, about)
        if each.path in late:
            why, who = late[each.path]
            told = f"{each.title} was predicted late: {why}"
            yield Owing("late", each.id, who or each.who, told, each.since, about)


def _tests(view: View) -> dict[int, list[int]]:
    """The rows that each task tests."""
    found: dict[int, list[int]] = {}
    for source, target in view.rows(_TESTED, view.number):
        found.setdefault(source, []).append(target)
    return found


def _late(board: Board, tasks: Sequence[_Task]) -> dict[str, tuple[str, str]]:
    """Why the predictions of some tasks came late, and whose they were, by path."""
    if not tasks:
        return {}
    from swarm import forecasts  # a board where nothing is closed needs no history of it

    wanted = {each.path for each in tasks}
    return {
        each.path: (each.why, each.agent)
        for each in forecasts.read(board).forecasts
        if each.timing == "late" and each.kind != "imported" and each.path in wanted
    }
