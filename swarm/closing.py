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
    status = first_word(record.keys.get("status") or "open")
    if status != "open":
        what = f"{record.id} is {status} already"
        raise SwarmError(what, where=record.path, remedy=f"swarm show {quote(record.id)}")
    return record


def judge(board: Board, record: Record, word: judging.Word) -> judging.Judged:
    """What a task comes to, by its command or by a word with a debt."""
    command = str(record.keys.get("verify") or "").strip()
    place = judging.Asked(board.place.repo, board.root, record.id, record.path, command)
    return judging.judge(place, record.keys, word, board.around.environ)


def close(
    board: Board, record: Record, word: judging.Word, judged: judging.Judged, right: Right
) -> amend.Amended:
    """Write down what came of a task, and end its lease in the same transaction."""
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
    return amend.amend(board, record, keys, signed)


def offers(record: Record, word: judging.Word, judged: judging.Judged) -> list[str]:
    """What is worth writing down next, as commands."""
    finding = judged.finding
    title = quote(word.observed.strip() or record.title)
    cite = f"--cite {quote(record.id)}"
    if finding.outcome == "falsified":
        tested = [each.target for each in record.edges if each.type == "tests"]
        return [
            f"swarm new challenge {title} --set contradicts={quote(each)} {cite}" for each in tested
        ]
    if finding.outcome == "confirmed":
        measured = finding.found_by == "check" and word.n is not None
        sure = f"measured --set n={word.n}" if measured else "observed"
        return [f"swarm new lesson {title} {cite} --set confidence={sure} --body -"]
    return []
