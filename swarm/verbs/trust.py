"""swarm trust: allow a task's command, or a guard, to be run in this clone."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

import click

from swarm import guards, trust
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board


@click.command()
@click.argument("name", metavar="ID|GUARD")
def command(board: Board, name: str) -> Answer:
    """Allow the command of a task, as it is now, with the files it names as they are now.

    Or a guard, such as tools/guards/NAME, as the last commit has it, with what it names
    and all that lies beside it. Read it first: it will run with your rights. Any change
    to it takes the trust away.
    """
    if guards.is_named(name):
        return _guard(board, name)
    record = board.get(name)
    told = trust.command_of(record.keys)
    if not told:
        what = f"{record.id} names no command"
        remedy = f'swarm expect {quote(record.id)} "…" --p 0.8 --verify CMD'
        raise UsageError(what, where=record.path, remedy=remedy)
    asked = trust.Asked(board.place.repo, board.root, record.id, record.path, told)
    kept, files = trust.allow(asked)
    data = {"record": record.brief(), "command": told, "files": list(files), "kept": str(kept)}
    return Answer({"trust": data})


def _guard(board: Board, name: str) -> Answer:
    guard = guards.committed(board.place.repo, board.root, name)
    kept = trust.allow_guard(guard)
    files = [guard.path, *trust.guarded_with(guard)]
    data = {"record": None, "command": guard.path, "files": files, "kept": str(kept)}
    return Answer({"trust": data})


def text(answer: Answer) -> Iterator[Line]:
    """The command and the files: what was allowed."""
    told = answer.data["trust"]
    if not told["record"]:
        yield [(told["command"], "bold"), ("  may judge here, as the last commit has it", "")]
        yield from (f"  with {path} as it is now" for path in told["files"][1:21])
        return
    yield [(told["record"]["id"], "id"), ("  may run here: ", ""), (told["command"], "bold")]
    for path in told["files"][:20]:
        yield f"  with {path} as it is now"
    if not told["files"]:
        yield "  it names no file of this repository: whatever it reads may change"
    if len(told["files"]) > 20:
        yield f"  and {len(told['files']) - 20} more files"
