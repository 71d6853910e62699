"""swarm close: run a task's check, and write down what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import closing, desk
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board

_SHOWN = 20  # lines of output; all that was kept is in the JSON


@click.command()
@click.argument("name", metavar="ID")
@click.option("--observed", default="", metavar="TEXT", help="What was seen, in a sentence.")
@click.option("--outcome", type=click.Choice(closing.OUTCOMES), help="Its command decides.")
@click.option("--n", "count", type=click.IntRange(1), metavar="N", help="How often it was seen.")
@click.option("--debt", default="", metavar="WHY", help="Why it is not checked, or not counted.")
@click.option("--nonce", default="", metavar="N", help="Shows that the lease is yours.")
def command(
    board: Board,
    name: str,
    observed: str,
    outcome: str | None,
    count: int | None,
    debt: str,
    nonce: str,
) -> Answer:
    """Close a task that you have claimed. Its verify command is run, and decides the outcome.

    Exit code 6: the lease is not yours. Exit code 7: nothing shows that it is so.
    """
    record = closing.open_task(board, name)
    opened = desk.open_desk(board)
    want = desk.Want(record.id, nonce=nonce)
    desk.in_force(opened, want)  # before a command is run for nothing
    word = closing.Word(outcome or "", observed, count, debt, desk.who(board))
    try:
        judged = closing.judge(board, record, word)
    except closing.Unproven as error:
        seen = error.verdict.as_json() if error.verdict else None
        told = Problem(error.where or record.path, 0, error.what, error.remedy)
        nothing = {"record": None, "verdict": seen, "commit": "", "claim": None, "offers": ()}
        return Answer(nothing, (told,), error.exit_code)
    lease, refs = desk.fence(opened, want)
    right = closing.Right(opened.run.me.name, lease.token, refs)
    done = closing.close(board, record.path, word, judged, right)
    scope, problems = desk.close(opened, want) if done.commit else ("", ())
    finding, verdict = judged
    data = {
        "record": {**record.brief(), **finding._asdict()},
        "verdict": verdict.as_json() if verdict else None,
        "commit": done.commit,
        "claim": {**lease.as_json(), "released": bool(done.commit), "scope": scope},
        "offers": closing.offers(record, word, judged),
    }
    notes = done.notes
    if scope == "remote":
        notes += (f"{record.id} is open in other clones until this branch is pushed",)
    return Answer(data, (*done.problems, *problems), 1 if done.problems else 0, notes)


def text(answer: Answer) -> Iterator[Line]:
    """What came of it, what the command printed, what is worth writing down."""
    verdict, record = answer.data["verdict"], answer.data["record"]
    if verdict:
        yield from _seen(verdict)
    if not record:
        return
    by = {"check": "by its check"}.get(record["found_by"], f"on the word of a {record['found_by']}")
    yield [
        (record["id"], "id"),
        (f"  {record['outcome']}, {by}", "bold"),
        (f"  {record['path']}", ""),
    ]
    for each in answer.data["offers"]:
        yield [("worth a record? ", "dim"), (each, "")]


def _seen(verdict: dict[str, Any]) -> Iterator[Line]:
    lines = verdict["tail"].splitlines()
    for line in lines[-_SHOWN:]:
        yield [(f"  {line}", "dim")]
    yield [(f"{verdict['command']} ", ""), (verdict["why"], "bold")]
    if verdict["rewrote"]:
        shown = ", ".join(verdict["rewrote"][:5])
        more = f" and {len(verdict['rewrote']) - 5} more" if len(verdict["rewrote"]) > 5 else ""
        yield [("while it ran, these changed: ", "warning"), (f"{shown}{more}", "")]
