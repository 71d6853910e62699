"""A new record on a board: an id nobody has, a file, a commit of its own."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import draft, gate
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.board import Board


scalar = draft.scalar
Rejected = gate.Rejected


class Deposited(NamedTuple):
    """The record as it was written, and what became of its commit."""

    record: dict[str, Any]
    commit: str
    problems: tuple[Problem, ...]  # why it is in no commit, if it is in none
    notes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 means that it is kept as it was asked for."""
        return 1 if self.problems else 0


def deposit(  # noqa: PLR0913 - what is said, of which kind, in which verb's name
    board: Board,
    kind: str,
    title: str,
    given: dict[str, Any],
    cited: list[str],
    body: str,
    *,
    verb: str,
    keep: bool,
) -> Deposited:
    """Write a record and commit it, alone; `keep`: leave it in the work tree."""
    files = [each.path for each in board.place.listing]  # counted, not read: a number will do
    keys = dict(given)
    fresh = draft.new_id(kind, os.urandom(8), len(files))
    record_id = str(keys.pop("id", fresh))
    author = board.around.agent
    complete = draft.complete(kind, keys, cited, author, board.around.moment)
    made = draft.Draft(id=record_id, kind=kind, title=title.strip(), keys=complete, body=body)
    draft.check(made)
    beside = made.path(0).rpartition("/")[0].encode() + b"/"
    path = made.path(sum(each.startswith(beside) for each in files))
    message = gate.Message(f"swarm: {verb} {made.id} — {made.title}", verb, author)
    done = gate.write(
        board.place.repo, board.root, {path: made.to_bytes()}, message,
        board.around.environ, board.around.now_ns, fresh=True, keep=keep,
    )  # fmt: skip
    told = {"id": made.id, "kind": kind, "title": made.title, "path": path, "keys": made.keys}
    notes = gate.notes(path, done)
    if done.commit or keep:
        return Deposited(told, done.commit, (), notes)
    remedy = f"git add {quote(path)} && git commit"
    problems = tuple(Problem(path, 0, each, remedy, "warning") for each in notes)
    return Deposited(told, done.commit, problems, ())
