"""swarm handoff: what this run leaves for the next, as one record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import deposit, handoff
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_EXAMPLE = 'swarm handoff --done "what works" --next "what to do first"'


@click.command()
@click.option("--done", multiple=True, metavar="TEXT", help="What is finished.")
@click.option("--open", "left", multiple=True, metavar="TEXT", help="What is begun, or in doubt.")
@click.option("--next", "coming", multiple=True, metavar="TEXT", help="What to do first.")
@click.option("--blocked", multiple=True, metavar="TEXT", help="What waits, and for what.")
@click.option("--title", default="", help="Its title; else its first next step.")
@click.option("--body", default="", help="Text before all that; - reads standard input.")
@click.option("--release", is_flag=True, help="Give this run's claims back.")
@click.option("--no-commit", is_flag=True, help="Leave it in the work tree.")
def command(  # noqa: PLR0913, PLR0917 - what the command line can say
    board: Board,
    done: tuple[str, ...],
    left: tuple[str, ...],
    coming: tuple[str, ...],
    blocked: tuple[str, ...],
    title: str,
    body: str,
    release: bool,
    no_commit: bool,
) -> Answer:
    """Leave a record for the next run: done, open, next, blocked. orient shows the newest.

    Every option may be given more than once. The open tasks of this run that say
    what they expect are named in it.
    """
    said = dict(zip(handoff.SECTIONS, (done, left, coming, blocked), strict=True))
    told = _standard_input() if body == "-" else body
    if not told.strip() and not any(item.strip() for items in said.values() for item in items):
        raise UsageError("a handoff of nothing", remedy=_EXAMPLE)
    agent = board.around.agent
    awaited = list(handoff.awaited(board.view.listed("task"), agent)) if agent else []
    name = title.strip() or handoff.title(said, told)
    composed = f"\n{handoff.compose(told, said, awaited)}"
    made = deposit.deposit(board, "handoff", name, {}, [], composed, verb="handoff", keep=no_commit)
    expected = [each.id for each in awaited]
    released, kept = handoff.give_back(board) if release else ([], [])
    told_of = {
        "record": made.record, "commit": made.commit, "awaited": expected, "released": released,
    }  # fmt: skip
    failed = 1 if kept else made.exit_code
    return Answer(told_of, (*made.problems, *kept), failed, made.notes)


def text(answer: Answer) -> Iterator[Line]:
    """Its id and its file, and what is still awaited."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['path']}", "")]
    if answer.data["awaited"]:
        yield "expectations still open: " + ", ".join(answer.data["awaited"])
    if answer.data["released"]:
        yield "released: " + ", ".join(answer.data["released"])


def _standard_input() -> str:
    with click.open_file("-", "rb") as file:
        raw: bytes = file.read()
    return raw.decode("utf-8", "surrogateescape")
