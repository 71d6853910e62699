"""swarm claim: a lease on a task, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import desk, doubts
from swarm.errors import SwarmError, UsageError
from swarm.records import Answer, Line, Problem, Record, first_word

if TYPE_CHECKING:
    from swarm.board import Board

WORK = ("task", "frontier", "belief", "challenge")  # what can be worked on


@click.command()
@click.argument("name", metavar="ID")
@click.option("--ttl", default="2h", show_default=True, help="How long: 90m, 2h, 1d.")
@click.option("--path", "globs", multiple=True, metavar="GLOB", help="Files that it will change.")
@click.option("--nonce", default="", metavar="N", help="Shows that a lease is yours already.")
def command(board: Board, name: str, ttl: str, globs: tuple[str, ...], nonce: str) -> Answer:
    """Claim a task, so that nobody else takes it. Exit code 5: somebody has.

    With --path, also the files: claims whose globs may overlap exclude each other. What
    an open signal of an invariant stops can be claimed, and that is said.
    """
    seconds, paths = desk.seconds(ttl), desk.checked(globs)
    record = board.get(name)
    _open(record)
    opened = desk.open_desk(board)
    try:
        done = desk.take(opened, desk.Want(record.id, seconds, paths, nonce))
    except desk.Held as error:
        held = {**error.lease.as_json(), "held": "already" if error.already else "other"}
        told = Problem(error.where, 0, error.what, error.remedy)
        return Answer({"claim": None, "held": held}, (told,), error.exit_code)
    told_of = {**done.as_json(), "title": record.title}
    return Answer({"claim": told_of}, (*done.problems, *_doubted(board, record)))


def text(answer: Answer) -> Iterator[Line]:
    """What is held, until when, and how far that goes."""
    lease = answer.data["claim"]
    if not lease:
        return
    over = lease["taken_over_from"]
    yield from desk.lease_line(lease, f"{lease['holder']} holds it until")
    if over:
        yield f"  taken over from {over['holder']}, whose lease ended {over['expires']}"


def _doubted(board: Board, record: Record) -> Iterator[Problem]:
    """What puts in doubt that it should be worked on, where something does."""
    stopped = doubts.stopped_by(board)
    docs = board.view.called(record.path) if stopped else ()
    names = list(dict.fromkeys(name for doc in docs for name in stopped.get(doc, ())))
    if names:
        puts = "puts" if len(names) == 1 else "put"
        told = f"{', '.join(names)} {puts} an invariant in doubt, until a person answers"
        what = f"{record.id} should wait: {told}"
        gone = "" if board.view.called(names[0]) else " --at HEAD"
        remedy = f"swarm show {names[0]}{gone}"
        yield Problem(record.path, 1, what, remedy, "note")


def _open(record: Record) -> None:
    """Only what is still to be done can be claimed."""
    if record.kind not in WORK:
        what = f"{record.id} is a {record.kind}, which is nothing to work on"
        raise UsageError(what, where=record.path, remedy="swarm list task --where status=open")
    status = first_word(record.keys.get("status") or "open")
    if record.kind in ("task", "frontier") and status in ("closed", "abandoned", "answered"):
        what = f"{record.id} is {status}: there is nothing left to claim"
        raise SwarmError(what, where=record.path, remedy=f"swarm show {record.id}")
