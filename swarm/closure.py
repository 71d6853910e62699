"""When a task may be closed, and as what: a word, what a command proved, or a debt. Pure.

A command that passes proves that the expectation came true; one that fails, that it
did not; one that could not be run, or was stopped, proves nothing. A word may say
less than a check proved, never more and never the opposite.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from swarm import commands, kinds
from swarm.errors import SwarmError, UsageError
from swarm.records import first_word

OUTCOMES = kinds.OUTCOMES
words, mentioned, implied = commands.words, commands.mentioned, commands.implied

PASSED, FAILED, STOPPED = "passed", "failed", "stopped"

_PROVES = {PASSED: "confirmed", FAILED: "falsified"}
_MAY_SAY = {PASSED: ("confirmed", "partial", "null"), FAILED: ("falsified",), STOPPED: ()}

# `446 of 480`, `3.5 s`, `12%`, `3/4`; not L-601, v2, 1.2.3 or 2026-11-20, which only hold digits.
_NUMBER = r"[-+−~≈<>≤≥±×]*\d+(?:,\d+)*(?:\.\d+)?(?:e-?\d+)?(?:[-–/]\d+(?:\.\d+)?)?"
_FIGURE = re.compile(rf"(?:^|[\s=(\[]){_NUMBER}\s?(?:%|[a-zµ]{{,3}})(?=[)\],;:!?.]*(?:\s|$))")


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
    """What is to be run: YAML takes `true` and `false` for no words, and knows lists."""
    told = keys.get("verify")
    if isinstance(told, list):
        return shlex.join(map(str, told))
    if isinstance(told, bool):
        return str(told).lower()
    return "" if told is None else str(told).strip()


def is_measured(keys: Mapping[str, Any], word: Word) -> bool:
    """Whether it is a measurement: it tests a record, states a figure, or says that it is one."""
    if word.outcome == "null":
        return False
    stated = first_word(keys.get("confidence")) == "measured"
    return bool(keys.get("tests")) or stated or _FIGURE.search(word.observed) is not None


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


class Objection(NamedTuple):
    """Why a task may not be written as it is to be, and what to do instead."""

    what: str
    remedy: str


def objection(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], verdict: Verdict | None, verb: str,
    *, past: bool = False,
) -> Objection | None:  # fmt: skip
    """What is against writing a task so. Closed ones stay as they were closed.

    Only `swarm close` closes one, and one that has a command only by what the command
    showed. What is imported arrives as it was, and proves nothing. `past`: what was
    shown cannot be shown again, so that only what is said counts.
    """
    name = shlex.quote(str(after.get("id") or "ID"))
    if before is not None and is_closed(before):
        changed = [key for key in _LASTING if before.get(key) != after.get(key)]
        what = f"it is closed, and its `{''.join(changed[:1])}` would change"
        return Objection(what, "swarm new task … for what is left") if changed else None
    if not is_closed(after):
        early = [key for key in _PROOFS if after.get(key)]
        what = f"it is not closed, and says `{''.join(early[:1])}`: only closing it says so"
        return Objection(what, f"take `{early[0]}` out of its head") if early else None
    if verb == "import":
        proof = "verify" if command_of(after) else next(filter(after.get, _PROOFS), "")
        what = f"it was closed elsewhere, and its `{proof}` proves nothing here"
        return Objection(what, f"take `{proof}` out of its head") if proof else None
    if verb != "close":
        what = "it would be closed, and only `swarm close` closes a task"
        return Objection(what, f"write it open; then: swarm claim {name} && swarm close {name}")
    unfounded = _unfounded(after, verdict, past)
    return Objection(unfounded, f"swarm close {name}") if unfounded else None


def is_closed(keys: Mapping[str, Any]) -> bool:
    return first_word(keys.get("status")) == "closed"


def _unfounded(after: Mapping[str, Any], verdict: Verdict | None, past: bool) -> str:
    """What a task that is being closed, or was, has no ground to say."""
    outcome, by, command = after.get("outcome"), after.get("found_by"), command_of(after)
    if outcome not in OUTCOMES or by not in ("check", "person", "agent"):
        return "it would be closed, and does not say as what, or on whose word"
    if not command:
        if by == "check" or after.get("checked"):
            return "it says that a check found it, and has no command"
        return "" if after.get("debt") else "it has neither a command nor a debt"
    if past:
        return "" if after.get("checked") else "it does not say what its command was run on"
    if verdict is None:
        return "it would be closed, and its command was not run"
    if verdict.command != command:
        return f"it would be closed, and this is not what was run: {command}"
    if outcome not in _MAY_SAY[verdict.said] or (
        by == "check" and outcome != _PROVES[verdict.said]
    ):
        return f"it would be closed as {outcome!r}, and its command {verdict.why}"
    told = str(after.get("checked") or "")
    return "" if told == verdict.tree else "it does not say what its command was run on"


_PROOFS = ("found_by", "checked")
_LASTING = (
    "status", "outcome", "found_by", "checked", "concluded", "verify", "expect", "p",
    "predicted", "predicted_by", "tests", "observed", "n",
)  # fmt: skip
