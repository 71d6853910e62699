"""Trails: what newer records left on older ones, and how it fades. Pure.

A trail fades by forward decay. A deposit made at place t weighs 2^(t / half-life)
and is never touched again; a node keeps the logarithm of the sum, and how warm
it is now is that sum seen from the present place. So nothing has to be rewritten
as time passes, and the order of two nodes never depends on when you ask. The
clock counts records, not days: a fortnight's pause erases nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from swarm.records import first_word

SUCCESS = 2.0  # a close that its check confirmed says more than a citation
OUTCOMES = ("confirmed", "falsified", "null", "partial")
_COUNTED = ("confirmed", "falsified", "partial")  # what a posterior counts of them


class Citation(NamedTuple):
    """A link as its target sees it: what it says, from which record, made when."""

    place: int  # of the citing record, in the order of arrival
    type: str
    kind: str
    keys: Mapping[str, Any]  # of the citing record, where its kind has outcomes


class Deposit(NamedTuple):
    """What one record left on another: use, or a warning."""

    place: int
    weight: float
    warning: bool = False


def deposits(place: int, citations: Iterable[Citation]) -> list[Deposit]:
    """What newer records left on the node at `place`, in their order, at most one each.

    An older record that was edited to point ahead leaves nothing.
    """
    left: dict[int, Deposit] = {}
    for each in citations:
        deposit = _deposit(each) if each.place > place else None
        if deposit:
            known = left.get(each.place, deposit)
            left[each.place] = max(known, deposit, key=lambda one: (one.warning, one.weight))
    return [left[at] for at in sorted(left)]


def _deposit(citation: Citation) -> Deposit | None:
    """A citation is use, unless it says otherwise."""
    if citation.type == "supersedes":
        return None  # the mark says it; a trail to what was replaced would mislead
    if citation.type == "contradicts":
        return None if is_void(citation) else Deposit(citation.place, 1.0, warning=True)
    if citation.type == "tests" and citation.kind == "task":
        said, status = (first_word(citation.keys.get(key)) for key in ("outcome", "status"))
        if said == "falsified" or status == "abandoned":
            return Deposit(citation.place, 1.0, warning=True)
        if said == "confirmed" and is_verified(citation.kind, citation.keys):
            return Deposit(citation.place, SUCCESS)
    return Deposit(citation.place, 1.0)


def outcome(kind: str, keys: Mapping[str, Any]) -> str:
    """How a closed task ended, in a word; nothing of what is open, or does not say."""
    if kind != "task" or first_word(keys.get("status")) != "closed":
        return ""
    said = first_word(keys.get("outcome"))
    return said if said in OUTCOMES else ""


def is_verified(kind: str, keys: Mapping[str, Any]) -> bool:
    """Whether a command decided how a task ended; all else is somebody's word."""
    return bool(outcome(kind, keys)) and first_word(keys.get("found_by")) == "check"


def uncounted(citations: Sequence[Citation]) -> list[Citation]:
    """What says something that no posterior counts.

    A verified close and an open challenge are counted there, and what else the same
    record says of its target with them: one outcome enters one factor. A test that is
    only planned says nothing yet: planning makes no work look more worth doing.
    """
    counted = {each.place for each in citations if _is_counted(each) or _is_planned(each)}
    return [each for each in citations if each.place not in counted]


def _is_planned(citation: Citation) -> bool:
    return citation.type == "tests" and citation.kind == "task" and is_open(citation.keys)


def _is_counted(citation: Citation) -> bool:
    if citation.type == "contradicts" and citation.kind == "challenge":
        return is_open(citation.keys)
    return (
        citation.type == "tests"
        and is_verified(citation.kind, citation.keys)
        and outcome(citation.kind, citation.keys) in _COUNTED
    )


def is_open(keys: Mapping[str, Any]) -> bool:
    """Whether something is still to be settled: what does not say how it stands is."""
    return first_word(keys.get("status") or "open") == "open"


def is_void(citation: Citation) -> bool:
    """Whether it is a challenge that was turned down."""
    return citation.kind == "challenge" and first_word(citation.keys.get("status")) == "dismissed"


def fold(left: Iterable[Deposit], half_life: float) -> float | None:
    """The logarithm of all deposits' weights, each grown by the place it was made at.

    Sums of the weights themselves would overflow at some thousand records.
    """
    level: float | None = None
    for each in left:
        grown = each.place * math.log(2) / half_life + math.log(each.weight)
        if level is None:
            level = grown
        else:
            low, high = sorted((level, grown))
            level = high + math.log1p(math.exp(low - high))
    return level


def heat(level: float | None, now: int, half_life: float) -> float:
    """How warm a level is at a place: the deposits' weights, halved every half-life since."""
    return 0.0 if level is None else math.exp(level - now * math.log(2) / half_life)
