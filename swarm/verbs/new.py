"""swarm new: write a record, one file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import door
from swarm.errors import UsageError
from swarm.records import EDGE_TYPES, KINDS, SIGNAL_CLASSES, Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_LISTS = (*EDGE_TYPES, "domain", "tags", "aliases")


@click.command()
@click.argument("kind", type=click.Choice(KINDS, case_sensitive=False))
@click.argument("title")
@click.option("--set", "keys", multiple=True, metavar="K=V", help="A key of its head.")
@click.option("--cite", "cites", multiple=True, metavar="ID", help="A record it builds on.")
@click.option("--class", "sort", type=click.Choice(SIGNAL_CLASSES), help="What a signal doubts.")
@click.option("--body", help="Its text; - reads standard input.")
@click.option("--no-commit", is_flag=True, help="Leave it in the work tree.")
def command(  # noqa: PLR0913 - what is said, of which kind, and what becomes of it
    board: Board, kind: str, title: str, keys: tuple[str, ...], cites: tuple[str, ...],
    body: str, *, sort: str | None, no_commit: bool,
) -> Answer:  # fmt: skip
    """Write a new record of a KIND and commit it, alone. Its id needs no coordination."""
    given = dict(_pair(each) for each in keys)
    if sort and kind != "signal":
        remedy = f"swarm new signal … --class {sort}"
        raise UsageError(f"a {kind} has no class, only a signal has", remedy=remedy)
    given |= {"class": sort} if sort else {}
    cited = [*given.pop("cites", []), *(board.reference(name) for name in cites)]
    said = _standard_input() if body == "-" else body or ""
    command = _proof(given) if kind == "task" else ""
    entered = door.enter(board, kind, title, given, cited, said, keep=no_commit)
    done, near = entered.done, entered.near
    if command:
        _note_typed(board, done.record, command)
    told: dict[str, Any] = {"record": done.record, "commit": done.commit}
    if near:
        told["near"] = {**near.record.brief(), "likeness": near.likeness, "usual": near.usual}
    return Answer(told, done.problems, done.exit_code, entered.notes)


def text(answer: Answer) -> Iterator[Line]:
    """Its id, for the next command, and its file, for the editor."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['path']}", "")]


def _proof(given: dict[str, Any]) -> str:
    """The command that is to show whether a task is done, if it is one that can be run."""
    from swarm import trust  # it brings along what runs commands, and few records have one

    command = trust.command_of(given)
    if command:
        trust.words(command)
    return command


def _note_typed(board: Board, record: dict[str, Any], command: str) -> None:
    """What was typed here may be run here."""
    from swarm import trust

    place = board.place.repo, board.root, record["id"], record["path"], command
    trust.note_typed(trust.Asked(*place))


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key.isidentifier():
        raise UsageError(f"{text!r} sets nothing", remedy="--set domain=concurrency")
    if key in _LISTS:
        return key, [part.strip() for part in value.split(",") if part.strip()]
    return key, door.scalar(value)


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
