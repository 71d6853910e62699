"""swarm expect: say what will come of a task, before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

import click

from swarm import closing, expecting
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board


@click.command()
@click.argument("name", metavar="ID")
@click.argument("told", metavar="TEXT")
@click.option("--p", "chance", required=True, metavar="P", help="How likely it is: 0.8.")
@click.option("--verify", default="", metavar="CMD", help="The command that will show it.")
@click.option("--tests", multiple=True, metavar="ID", help="A record that this will tell about.")
def command(
    board: Board, name: str, told: str, chance: str, verify: str, tests: tuple[str, ...]
) -> Answer:
    """Write down what you expect of a task, how surely, and what will show it.

    It is committed at once, so that later it can be seen to have come first. To
    change it later is counted as a late expectation.
    """
    record = closing.open_task(board, name)
    p = expecting.probability(chance)
    tested = tuple(board.reference(each) for each in tests)
    prediction = expecting.Prediction(told, p, verify, tested)
    made = expecting.expect(board, record, prediction, board.around.agent)
    problems = list(made.done.problems)
    if made.changed:
        what = f"changes what was predicted ({', '.join(made.changed)}): it is counted as late"
        remedy = f"swarm new task … for another prediction; git log -p -- {record.path}"
        problems.append(Problem(record.path, 0, what, remedy, "warning"))
    for each in tested:
        if not board.view.named(each):
            what = f"tests {each}, which nothing is called yet"
            problems.append(Problem(record.path, 0, what, f"swarm find {quote(each)}", "warning"))
    data = {"record": made.record, "commit": made.done.commit, "changed": list(made.changed)}
    return Answer(data, tuple(problems), 1 if made.done.problems else 0, made.done.notes)


def text(answer: Answer) -> Iterator[Line]:
    """What is expected now, of what, how surely."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  p {record['p']:g}: “{record['expect']}”", "")]
    if record.get("verify"):
        yield [("  shown by ", "dim"), (record["verify"], "")]
