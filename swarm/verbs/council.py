"""swarm council: several voices on one question, pooled, and the decision as a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import council, deposit
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board


@click.command()
@click.argument("name", metavar="ID")
@click.option(
    "--vote", "said", multiple=True, metavar="AGENT=yes:P", help="ada=yes:0.7, ben=no:0.6"
)
@click.option("--no-commit", is_flag=True, help="Leave the decision in the work tree.")
def command(board: Board, name: str, said: tuple[str, ...], no_commit: bool) -> Answer:
    """Pool what several agents hold for how likely, and write down what they came to.

    Each is weighed by how its own predictions came out. Without --vote, the votes are
    the records that link to ID and say `vote: yes`, `p: 0.7` and who they are `by`.
    """
    record = board.get(name)
    votes = [council.read(each) for each in said]
    if not votes:
        votes = council.written(each for _, each in board.view.links_to(record))
    decision = council.decide(votes, council.pasts(board))
    keys = {
        "council": record.id,
        "decision": decision.word,
        "pooled": round(decision.yes, 4),
        "confidence": "theorized",  # a vote is no evidence
    }
    cited = [record.id, *(each.record for each in votes if each.record)]
    lines = council.told(decision)
    body = "\n".join(["", *(f"- {line}" for line in lines), ""])
    title = f"Council: {decision.word} ({decision.yes:.2f}) to “{record.title}”"
    made = deposit.deposit(
        board, "lesson", title, keys, cited, body, verb="council", keep=no_commit
    )
    told = {
        "record": made.record, "commit": made.commit, "about": record.brief(),
        "decision": decision.word, "yes": decision.yes,
        "votes": [each.as_json() for each in decision.votes],
    }  # fmt: skip
    return Answer(told, made.problems, made.exit_code, made.notes, telling={"lines": lines})


def text(answer: Answer) -> Iterator[Line]:
    """The decision, and how the votes add up to it."""
    yield [(f"{answer.data['decision']}, {answer.data['yes']:.2f}", "bold"),
           (f"  to “{answer.data['about']['title']}”", "")]  # fmt: skip
    for line in answer.telling["lines"]:
        yield f"  {line}"
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['path']}", "")]
