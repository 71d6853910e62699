"""swarm dispatch: what is worth doing next, and taking the best of it that is free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import dispatch
from swarm.errors import UsageError
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board

READS = True  # but for --claim, which writes a ref and refuses --at

_SHOWN = 5  # of what waits


@click.command()
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 100_000),
              help="At most so many candidates.")  # fmt: skip
@click.option("--claim", is_flag=True, help="Claim the best that is free.")
@click.option("--ttl", default="2h", show_default=True, help="For how long: 90m, 2h, 1d.")
def command(board: Board, top: int, claim: bool, ttl: str) -> Answer:
    """What is worth doing next, the best first, each with the reason.

    Open tasks and questions, beliefs due for a test, pairs to combine. What is held,
    blocked or waits for itself is said below. Exit code 5 of --claim: nothing is free.
    """
    if claim and board.place.key == "commit":
        what = "a claim is made now, and --at asks about another time"
        raise UsageError(what, remedy="swarm dispatch --claim")
    ranked = dispatch.rank(board)
    told = {
        "candidates": [each.as_json() for each in ranked.candidates[:top]],
        "waiting": [each.as_json() for each in ranked.waiting],
        "found": len(ranked.candidates),
        "due": ranked.due,
    }
    if not claim:
        return Answer(told)
    board.problems()  # all that is read is read before anything is taken
    taken, lost = _take(board, ranked, ttl)
    told |= {"claim": taken.data["claim"], "lost": lost}
    return Answer(told, taken.problems, taken.exit_code)


def _take(board: Board, ranked: dispatch.Ranking, ttl: str) -> tuple[Answer, list[dict[str, Any]]]:
    """The claim of the best that nobody else has by now; and those that somebody has."""
    from swarm.verbs import claim  # only who claims pays for it

    lost: list[dict[str, Any]] = []
    for each in ranked.candidates:
        if each.kind == dispatch.PAIR:
            continue
        answer: Answer = claim.command.callback(board, each.path, ttl, (), "")  # type: ignore[misc]
        if answer.data["claim"]:
            return answer, lost
        held = answer.data["held"]
        lost.append({"id": each.id, "holder": held["holder"], "expires": held["expires"]})
    what = f"nothing is free: {len(ranked.waiting) + len(lost)} wait, and are listed"
    told = Problem(board.where, 0, what, "swarm claims --sync", "error")
    return Answer({"claim": None}, (told,), 5), lost


def text(answer: Answer) -> Iterator[Line]:
    """What was claimed; a candidate in two lines, the second saying why; what waits."""
    data = answer.data
    if data.get("claim"):
        from swarm.verbs import claim

        yield from claim.text(answer)
    for each in data.get("lost", ()):
        yield f"{each['id']} went to {each['holder']}, until {each['expires']}"
    for each in data["candidates"]:
        yield [(f"{each['score']:.2f}  ", "dim"), (each["id"], "id"), (f"  {each['title']}", "")]
        yield [(f"  {each['why']}", "dim")]
    more = data["found"] - len(data["candidates"])
    if more:
        yield [(f"and {more} more: swarm dispatch --top {data['found']}", "dim")]
    if not data["found"]:
        yield 'nothing here can be begun; to say what could: swarm new task "One sentence"'
    yield from _waiting(data["waiting"])


def _waiting(waiting: list[dict[str, Any]]) -> Iterator[Line]:
    if waiting:
        yield [("waiting", "bold")]
    for each in waiting[:_SHOWN]:
        yield [(each["id"], "id"), (f"  {each['title']}", ""), (f"  {each['why']}", "dim")]
    states = [each["state"] for each in waiting[_SHOWN:]]
    if states:
        counts = (f"{states.count(name)} {name}" for name in dict.fromkeys(states))
        yield [(f"and {len(states)} more ({', '.join(counts)}): --json lists them", "dim")]
