"""When a task may be closed, and as what: a word, what a command proved, or a debt. Pure.

A command that passes proves that the expectation came true; one that fails, that it
did not; one that could not be run, or was stopped, proves nothing. A word may say
less than a check proved, never more and never the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from swarm.errors import SwarmError, UsageError
from swarm.kinds import OUTCOMES
from swarm.records import first_word

PASSED, FAILED, STOPPED = "passed", "failed", "stopped"

_PROVES = {PASSED: "confirmed", FAILED: "falsified"}
_MAY_SAY = {PASSED: ("confirmed", "partial", "null"), FAILED: ("falsified",), STOPPED: ()}


__all__ = [
    "FAILED", "OUTCOMES", "PASSED", "STOPPED", "Finding", "Unproven", "Verdict", "Word",
    "command_of", "complete", "decide", "objection",
]  # fmt: skip


class Unproven(SwarmError):
    """Nothing shows that it is so."""

    exit_code = 7
    verdict: Verdict | None = None  # what was seen, where something was


class Verdict(NamedTuple):
    """What came of running a task's command."""

    command: str
    said: str  # passed | failed | stopped
    why: str  # how it ended, in words
    tail: str = ""  # the end of what it printed
    tree: str = ""  # digest of the code it ran on
    rewrote: tuple[str, ...] = ()  # files that it changed

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "rewrote": list(self.rewrote)}


class Word(NamedTuple):
    """What whoever closes a task says of it."""

    outcome: str = ""
    observed: str = ""
    n: int | None = None
    debt: str = ""
    who: str = "agent"  # agent | person


class Finding(NamedTuple):
    """The outcome that is written down, and where it came from."""

    outcome: str
    found_by: str  # check | person | agent


def decide(keys: Mapping[str, Any], word: Word, verdict: Verdict | None) -> Finding:
    """The outcome of a task by its command, or by a word with a debt where it has none."""
    complete(keys, word)
    return _by_check(word, verdict) if command_of(keys) else Finding(word.outcome, word.who)


def complete(keys: Mapping[str, Any], word: Word) -> None:
    """Refuse what nothing could close: asked before a command is run."""
    debt = word.debt.strip()
    if not command_of(keys) and not debt:
        remedy = '--debt "why it cannot be checked"; next time swarm expect ID … --verify CMD'
        raise Unproven("it has no command that would show it", remedy=remedy)
    if not command_of(keys) and not word.outcome:
        raise UsageError("without a command, you must say what came of it", remedy="--outcome …")
    if is_measured(keys, word) and word.n is None and not debt:
        what = "a measured outcome needs --n, how often it was seen"
        raise UsageError(what, remedy='--n 48, or --debt "why it is not counted"')


def command_of(keys: Mapping[str, Any]) -> str:
    return str(keys.get("verify") or "").strip()


def is_measured(keys: Mapping[str, Any], word: Word) -> bool:
    """Whether it is a measurement: it tests a record, states a figure, or says that it is one."""
    if word.outcome == "null":
        return False
    stated = first_word(keys.get("confidence")) == "measured"
    return bool(keys.get("tests")) or stated or re.search(r"\d", word.observed) is not None


def _by_check(word: Word, verdict: Verdict | None) -> Finding:
    if verdict is None or verdict.said == STOPPED:
        why = verdict.why if verdict else "was not run"
        raise Unproven(f"its command proves nothing: it {why}", remedy="mend it, and close again")
    proven = _PROVES[verdict.said]
    if not word.outcome and verdict.said == FAILED:
        remedy = "mend the work; or --outcome falsified, if that is what was learned"
        raise Unproven(f"its command {verdict.why}", remedy=remedy)
    if word.outcome and word.outcome not in _MAY_SAY[verdict.said]:
        what = f"its command {verdict.why}, which is not {word.outcome!r} but {proven!r}"
        raise Unproven(what, remedy=f"--outcome {proven}, or mend what is wrong")
    if word.outcome in ("", proven):
        return Finding(proven, "check")
    return Finding(word.outcome, word.who)


def objection(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], verdict: Verdict | None
) -> str:
    """Why a task may not be written as it is to be; nothing when it may.

    Closed ones stay as they were closed, and only a verdict closes one that has a command.
    """
    closed = first_word(after.get("status")) == "closed"
    if before is not None and first_word(before.get("status")) == "closed":
        changed = [key for key in _LASTING if before.get(key) != after.get(key)]
        return f"it is closed, and its `{changed[0]}` would change" if changed else ""
    outcome, by = first_word(after.get("outcome")), after.get("found_by")
    if not closed:
        return f"it is not closed, and says `found_by: {by}`" if by else ""
    command = command_of(after)
    if not command:
        return "it says that a check found it, and has no command" if by == "check" else ""
    if verdict is None or verdict.command != command:
        return "it would be closed, and its command was not run"
    if outcome not in _MAY_SAY[verdict.said] or (
        by == "check" and outcome != _PROVES[verdict.said]
    ):
        return f"it would be closed as {outcome!r}, and its command {verdict.why}"
    return ""


_LASTING = ("status", "outcome", "found_by", "verify", "expect", "p", "observed", "n", "checked")
