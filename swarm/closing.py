"""Closing a task: what it came to is written into its record, and its lease ends with that."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import amend, judging
from swarm.errors import SwarmError, UsageError
from swarm.records import Record, RefUpdate, first_word

if TYPE_CHECKING:
    from swarm.board import Board

Word, Judged, Unproven, OUTCOMES = judging.Word, judging.Judged, judging.Unproven, judging.OUTCOMES


class Right(NamedTuple):
    """By what right a task is closed: whose lease, its token, and the refs that end it."""

    agent: str
    token: int
    refs: Sequence[RefUpdate]


def open_task(board: Board, name: str) -> Record:
    """The task that a name means, if there is still something to be done about it."""
    record = board.get(name)
    if record.kind != "task":
        what = f"{record.id} is a {record.kind}, and no task"
        raise UsageError(what, where=record.path, remedy="swarm list task --where status=open")
    stated = record.keys.get("status") or "open"
    if first_word(stated) != "open":
        raise _done_already(board, record, f"{record.id} is {stated} already")
    return record


def _done_already(board: Board, record: Record, what: str) -> SwarmError:
    """A close that was killed, or could not be committed, is told from one that is in history."""
    name, path = quote(record.id), quote(record.path)
    before = amend.as_committed(board, record.path)
    if not before or first_word(before.get("status") or "open") != "open":
        return SwarmError(what, where=record.path, remedy=f"swarm show {name}")
    again = f"git restore --source=HEAD --staged --worktree -- {path} && swarm close {name}"
    remedy = f"git add {path} && git commit && swarm release {name}; or undo it: {again}"
    return SwarmError(f"{what}, in its file and in no commit", where=record.path, remedy=remedy)


def judge(board: Board, record: Record, word: judging.Word) -> judging.Judged:
    """What a task comes to, by its command or by a word with a debt."""
    command = judging.command_of(record.keys)
    place = judging.Asked(board.place.repo, board.root, record.id, record.path, command)
    board.close()  # nobody has to wait for our reading while a command runs
    return judging.judge(place, record.keys, word, board.around.environ)


def close(
    board: Board, path: str, word: judging.Word, judged: judging.Judged, right: Right
) -> amend.Amended:
    """Write down what came of a task, and end its lease in the same transaction.

    The board is read anew: its command took its time, and others went on.
    """
    finding, verdict = judged
    told: dict[str, Any] = {
        "status": "closed",
        "outcome": finding.outcome,
        "observed": word.observed.strip(),
        "n": word.n,
        "debt": word.debt.strip(),
        "found_by": finding.found_by,
        "checked": verdict.tree if verdict else "",
        "concluded": board.around.moment,
    }
    keys = {key: value for key, value in told.items() if value not in ("", None)}
    signed = amend.Signed("close", right.agent, str(right.token), right.refs, verdict)
    now = board.again()
    try:
        record = open_task(now, path)
        done = amend.amend(now, record, keys, signed)
    finally:
        now.close()
    also = f" && swarm release {quote(record.id)}"
    waiting = tuple(each._replace(remedy=each.remedy + also) for each in done.problems)
    return done._replace(problems=waiting)


def offers(record: Record, word: judging.Word, judged: judging.Judged) -> list[str]:
    """What is worth writing down next, as commands."""
    finding = judged.finding
    title = " ".join(word.observed.split()) or record.title
    given = f"-- {quote(title)}" if title.startswith("-") else quote(title)
    cite = f"--cite {quote(record.id)}"
    if finding.outcome == "falsified":
        tested = [each for each in record.edges if each.type == "tests"]
        names = [f"/{each.target}" if each.form == "path" else each.target for each in tested]
        return [
            f"swarm new challenge --set contradicts={quote(each)} {cite} {given}" for each in names
        ]
    if finding.outcome == "confirmed":
        measured = finding.found_by == "check" and word.n is not None
        sure = f"measured --set n={word.n}" if measured else "observed"
        return [f"swarm new lesson {cite} --set confidence={sure} --body - {given}"]
    return []
