"""swarm list: the records of a kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import render
from swarm.errors import UsageError
from swarm.records import KINDS, PAGE, Answer, Line, Listed, fold

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

_WORDS = {word: kind for kind in (*KINDS, PAGE) for word in (kind, f"{kind}s")}


@click.command()
@click.argument("kind", required=False)
@click.option("--where", multiple=True, metavar="K=V", help="Only those whose key K holds V.")
def command(board: Board, kind: str | None, where: tuple[str, ...]) -> Answer:
    """List the records of a KIND, or all of them.

    KIND is lesson, principle, belief, task, frontier, challenge, handoff, signal or page.
    """
    if kind is not None and kind.lower() not in _WORDS:
        raise UsageError(f"there is no kind {kind!r}", remedy="swarm list " + "|".join(KINDS))
    wanted = [_condition(each) for each in where]
    records = board.view.listed(_WORDS[kind.lower()] if kind else None)
    kept = (each._asdict() for each in records if all(_holds(each, *pair) for pair in wanted))
    shown = [{key: value for key, value in each.items() if key != "keys"} for each in kept]
    return Answer({"kind": kind, "records": shown})


def text(answer: Answer) -> Iterator[Line]:
    """A line each, in the order of their ids."""
    for record in answer.data["records"]:
        yield render.record(record, record["created"][:10])
    if not answer.data["records"]:
        what = answer.data["kind"] or "record"
        kind = what if what in KINDS else KINDS[0]
        yield f'no {what} here matches; to write one: swarm new {kind} "One sentence"'


def _condition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(
            f"{text!r} is no condition", remedy="swarm list --where domain=concurrency"
        )
    return key.strip(), fold(value)


def _holds(record: Listed, key: str, value: str) -> bool:
    own = {"id": record.id, "kind": record.kind, "title": record.title, "created": record.created}
    held = own[key] if key in own else record.keys.get(key)
    values = held if isinstance(held, list) else [held]
    if any(fold(_spelled(each)) == value for each in values):
        return True
    # the header block writes lists in one line
    return isinstance(held, str) and value in [fold(part) for part in held.split(",")]


def _spelled(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
