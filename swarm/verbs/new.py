"""swarm new: write a record, one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import deposit, trust
from swarm.errors import UsageError
from swarm.records import EDGE_TYPES, KINDS, Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_LISTS = (*EDGE_TYPES, "domain", "tags", "aliases")


@click.command()
@click.argument("kind", type=click.Choice(KINDS, case_sensitive=False))
@click.argument("title")
@click.option("--set", "keys", multiple=True, metavar="K=V", help="A key of its head.")
@click.option("--cite", "cites", multiple=True, metavar="ID", help="A record it builds on.")
@click.option("--body", help="Its text; - reads standard input.")
@click.option("--no-commit", is_flag=True, help="Leave it in the work tree.")
def command(
    board: Board, kind: str, title: str, keys: tuple[str, ...], cites: tuple[str, ...],
    body: str, no_commit: bool,
) -> Answer:  # fmt: skip
    """Write a new record of a KIND and commit it, alone. Its id needs no coordination."""
    given = dict(_pair(each) for each in keys)
    cited = [*given.pop("cites", []), *(board.reference(name) for name in cites)]
    said = _standard_input() if body == "-" else body or ""
    command = trust.command_of(given) if kind == "task" else ""
    if command:
        trust.words(command)
    done = deposit.deposit(board, kind, title, given, cited, said, verb="new", keep=no_commit)
    if command:
        place = board.place.repo, board.root, done.record["id"], done.record["path"], command
        trust.note_typed(trust.Asked(*place))
    told = {"record": done.record, "commit": done.commit}
    return Answer(told, done.problems, done.exit_code, done.notes)


def text(answer: Answer) -> Iterator[Line]:
    """Its id, for the next command, and its file, for the editor."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['path']}", "")]


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key.isidentifier():
        raise UsageError(f"{text!r} sets nothing", remedy="--set domain=concurrency")
    if key in _LISTS:
        return key, [part.strip() for part in value.split(",") if part.strip()]
    return key, deposit.scalar(value)


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
