"""swarm claims: who holds what, and who you are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import desk, leases
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board

DAY = 86_400


@click.command()
@click.option("--mine", is_flag=True, help="Only what this run holds.")
@click.option("--sync", is_flag=True, help="Ask the remote first, and settle what it did not know.")
def command(board: Board, mine: bool, sync: bool) -> Answer:
    """List the leases of this blackboard, and the name this run goes by."""
    opened = desk.open_desk(board)
    problems: list[Problem] = []
    if sync:
        problems += desk.publish(opened)[1]
    me = opened.run.me
    rows = []
    for lease, slot in desk.listed(opened):
        if slot.fault:
            problems.append(Problem(f"refs/swarm/claims/{slot.key}", 0, slot.fault, slot.remedy))
        elif lease and not lease.released and (not mine or desk.is_mine(opened, lease)):
            rows.append(_row(opened, lease, slot.settled))
            problems += _doubts(lease, board.around.now_ns // 10**9)
    identity = {"agent": me.name, "derived": me.derived, "from": me.source}
    remote = opened.refs.remote
    data = {"identity": identity, "remote": remote.name if remote else None, "claims": rows}
    return Answer(data, tuple(problems))


def text(answer: Answer) -> Iterator[Line]:
    """A line for each lease, and who asks."""
    for lease in answer.data["claims"]:
        yield from desk.lease_line(lease, f"{lease['holder']}, {lease['state']}, until")
    if not answer.data["claims"]:
        yield "no lease is held here"
    me = answer.data["identity"]
    derived = "; set SWARM_AGENT to be believed" if me["derived"] else ""
    yield [(f"you are {me['agent']}, by {me['from']}{derived}", "dim")]


def _row(opened: Any, lease: leases.Lease, settled: bool) -> dict[str, Any]:
    scope = "local" if not opened.refs.remote else "remote" if settled else "unconfirmed"
    state = "live" if lease.live(opened.run.now) else "expired"
    return {**lease.as_json(), "scope": scope, "state": state, "mine": desk.is_mine(opened, lease)}


def _doubts(lease: leases.Lease, now: int) -> Iterator[Problem]:
    if lease.expires > now + leases.LONGEST + DAY:
        what = f"lasts until {lease.as_json()['expires']}: some clock is, or was, wrong"
        remedy = f"swarm release {lease.task} --nonce {lease.nonce}"
        yield Problem(f"refs/swarm/claims/{lease.key}", 0, what, remedy, "warning")
