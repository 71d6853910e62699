"""swarm next: what to do now, and the command that does it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import click

from swarm import dispatch, rounds
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True
TELLS_PROBLEMS = True


@click.command()
def command(board: Board) -> Answer:
    """Say what to do next, the most pressing first, each with its reason and its command.

    COMMIT, DUE, CLOSE, STRATEGY, DISPATCH, PERIODIC, META. Ask again after each step.
    """
    ranking = dispatch.rank(board)
    work = [each.as_json() for each in ranking.candidates[: rounds.EACH]]
    items = rounds.items(board, work)
    return Answer({"next": [each.as_json() for each in items]})


def text(answer: Answer) -> Iterator[Line]:
    """Each tier with its first items; the rest is counted."""
    items = answer.data["next"]
    if not items:
        yield "nothing is waiting: swarm new task, or swarm orient --for TEXT"
    for tier, group in groupby(items, key=lambda each: str(each["tier"])):
        found = list(group)
        yield [(tier, "bold")]
        for each in found[: rounds.EACH]:
            name = f"{each['id']}  " if each["id"] else ""
            yield [(name, "id"), (each["why"], "")]
            yield [("  ", ""), (each["command"], "dim")]
        if len(found) > rounds.EACH:
            yield [(f"  and {len(found) - rounds.EACH} more: swarm next --json", "dim")]
