"""swarm renew: the same lease, longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import desk, leases
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board


@click.command()
@click.argument("name", metavar="ID")
@click.option("--ttl", default="2h", show_default=True, help="How long from now: 90m, 2h, 1d.")
@click.option("--nonce", default="", metavar="N", help="Shows that the lease is yours.")
def command(board: Board, name: str, ttl: str, nonce: str) -> Answer:
    """Renew a lease before it ends. Exit code 6: it is yours no more."""
    seconds, opened = leases.seconds(ttl), desk.open_desk(board)
    want = desk.Want(desk.claimed_id(board, opened, name), seconds, (), nonce)
    done = desk.renew(opened, want)
    return Answer({"claim": done.as_json()}, done.problems)


def text(answer: Answer) -> Iterator[Line]:
    """Until when it is held now."""
    yield from desk.lease_line(answer.data["claim"], "renewed until")
