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
    found = re.fullmatch(r"0?\.[0-9]+|[1-9][0-9]?(?:\.[0-9]+)?%", text.strip())
    value = 0.0
    if found:
        value = float(found[0].rstrip("%")) / (100 if "%" in found[0] else 1)
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
    if told.verify:
        trust.words(told.verify)
        keys["verify"] = told.verify.strip()
    changed = tuple(
        key for key, value in keys.items() if record.keys.get(key) not in (None, "", value)
    )
    if told.tests:
        stated = [each.target for each in record.edges if each.type == "tests"]
        keys["tests"] = list(dict.fromkeys([*stated, *told.tests]))
    if any(record.keys.get(key) != value for key, value in keys.items()):
        keys["predicted"] = board.around.moment
        done = amend.amend(board, record, keys, amend.Signed("expect", agent))
    else:
        done = amend.Amended("", (), (f"{record.id} says so already",))
    if told.verify:
        place = board.place.repo, board.root, record.id, record.path, told.verify.strip()
        trust.note_typed(trust.Asked(*place))
    return Expected({**record.brief(), **keys}, changed, done)


class Expected(NamedTuple):
    """The record as it is now, which of a former prediction was changed, and the commit."""

    record: dict[str, Any]
    changed: tuple[str, ...]
    done: amend.Amended
