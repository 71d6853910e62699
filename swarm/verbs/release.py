"""swarm release: give a lease back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import desk
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board


@click.command()
@click.argument("name", metavar="ID")
@click.option("--nonce", default="", metavar="N", help="Shows that the lease is yours.")
def command(board: Board, name: str, nonce: str) -> Answer:
    """Release a lease, so that others can take the task. Exit code 6: it was not yours."""
    opened = desk.open_desk(board)
    want = desk.Want(desk.claimed_id(board, opened, name), nonce=nonce)
    done = desk.release(opened, want)
    return Answer({"claim": {**done.as_json(), "released": True}}, done.problems)


def text(answer: Answer) -> Iterator[Line]:
    """That it is free."""
    lease = answer.data["claim"]
    yield [(lease["id"], "id"), (f"  released, token {lease['token']}, {lease['scope']}", "")]
