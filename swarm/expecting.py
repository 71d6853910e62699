"""A prediction, written into its task and committed before the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import amend, trust
from swarm.errors import UsageError

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.records import Record


class Prediction(NamedTuple):
    """What is expected, how surely, what would show it, and of what that tells."""

    text: str
    p: float
    verify: str = ""
    tests: tuple[str, ...] = ()


def probability(text: str) -> float:
    """A probability that can be right or wrong: 0 and 1 leave no way to learn."""
    found = re.fullmatch(r"(?:0?\.[0-9]{1,15}|([0-9]{1,2}(?:\.[0-9]{1,13})?)\s?%)", text.strip())
    value = 0.0
    if found:
        value = float(found[1]) / 100 if found[1] else float(found[0])
    if not 0 < value < 1:
        what = f"{text!r} is no probability between 0 and 1"
        raise UsageError(what, remedy="--p 0.8; never 0 or 1, which leave nothing to learn")
    return value


def expect(board: Board, record: Record, told: Prediction, agent: str) -> Expected:
    """Write a prediction down and commit it; a command that was typed here may run here."""
    text = " ".join(told.text.split())
    if not text:
        raise UsageError("an expectation of nothing", remedy='swarm expect ID "what you will see"')
    keys: dict[str, Any] = {"expect": text, "p": told.p}
    command = told.verify.strip()
    if command:
        trust.words(command)
        keys["verify"] = command
    stated = {**record.keys, "verify": trust.command_of(record.keys)}
    fresh = {key: value for key, value in keys.items() if not _says(stated.get(key), value)}
    changed = tuple(key for key in fresh if stated.get(key) not in (None, ""))
    if fresh or not record.keys.get("predicted"):
        fresh["predicted"] = board.around.moment
        if agent or record.keys.get("predicted_by"):  # nobody answers for another's odds
            fresh["predicted_by"] = agent or "unsigned"
    fresh |= _tested(record, told.tests)
    if fresh:
        done = amend.amend(board, record, fresh, amend.Signed("expect", agent))
    else:
        done = amend.Amended("", (), (f"{record.id} says so already",))
    if command:
        place = board.place.repo, board.root, record.id, record.path, command
        trust.note_typed(trust.Asked(*place))
    told_now = {key: stated[key] for key in _KEYS if stated.get(key)}
    return Expected({**record.brief(), **told_now, **keys, **fresh}, changed, done)


def _says(stated: Any, value: Any) -> bool:
    """Whether a head says so already; in a header block a number is a word."""
    if isinstance(value, float) and isinstance(stated, str):
        return stated.strip() == repr(value)
    return bool(stated == value)


def _tested(record: Record, named: tuple[str, ...]) -> dict[str, Any]:
    """What it tests, with what is named now. A list that stands there stays as it was written."""
    edges = [each for each in record.edges if each.type == "tests"]
    more = [each for each in dict.fromkeys(named) if each not in {edge.target for edge in edges}]
    stated = record.keys.get("tests")
    if not isinstance(stated, list):
        stated = [f"/{edge.target}" if edge.form == "path" else edge.target for edge in edges]
    return {"tests": [*stated, *more]} if more else {}


_KEYS = ("verify", "tests", "predicted")


class Expected(NamedTuple):
    """The record as it is now, which of a former prediction was changed, and the commit."""

    record: dict[str, Any]
    changed: tuple[str, ...]
    done: amend.Amended
