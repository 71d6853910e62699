"""The table of kinds: what each must say, what it may say, and how it may move."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from shlex import quote
from typing import Any, Final

from swarm import records
from swarm.records import SIGNAL_CLASSES, Problem, Record, first_word


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `defaults` are what `new` writes when nobody says otherwise."""

    name: str
    folder: str
    meaning: str
    required: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # edge types of which it needs at least one
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # status → legal moves
    defaults: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what keys of its own say


_KINDS = (
    Kind(
        "lesson", "memory/lessons", "what was learned",
        required=("confidence",),
        defaults={"level": 1, "confidence": "theorized"},
    ),
    Kind(
        "principle", "memory/principles", "what several lessons come down to",
        required=("confidence",),
        links=("derived_from",),
        defaults={"confidence": "theorized"},
    ),
    Kind(
        "belief", "beliefs", "a claim with evidence and a way to be wrong",
        required=("evidence", "falsified_if", "status"),
        statuses={
            "aspirational": ("enforced", "falsified", "superseded"),
            "enforced": ("aspirational", "falsified", "superseded"),
            "falsified": ("superseded",),
            "superseded": (),
        },
        defaults={"status": "aspirational"},
    ),
    Kind(
        "task", "tasks", "work with an expectation",
        required=("status",),
        statuses={
            "open": ("closed", "abandoned"),
            "abandoned": ("open",),
            "closed": (),
        },
        defaults={"status": "open"},
    ),
    Kind(
        "frontier", "tasks", "an open question",
        required=("status",),
        statuses={
            "open": ("answered", "abandoned"),
            "answered": ("open",),
            "abandoned": ("open",),
        },
        defaults={"status": "open"},
    ),
    Kind(
        "challenge", "beliefs/challenges", "why a belief is wrong",
        required=("status",),
        links=("contradicts",),
        statuses={"open": ("upheld", "dismissed"), "upheld": (), "dismissed": ("open",)},
        defaults={"status": "open"},
    ),
    Kind("handoff", "memory/handoffs", "what one run leaves for the next"),
    Kind(
        "signal", "beliefs/signals", "a surprise, by what it puts in doubt",
        required=("class", "status"),
        statuses={"open": ("answered",), "answered": ("open",)},
        defaults={"status": "open"},
        words={"class": SIGNAL_CLASSES},
    ),
)  # fmt: skip

TABLE: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _KINDS}

CONFIDENCES: Final = records.CONFIDENCES
OUTCOMES: Final = ("confirmed", "falsified", "null", "partial")


def _one_of(*words: str) -> tuple[Callable[[Any], bool], str]:
    return (lambda value: first_word(value) in words), "one of " + ", ".join(words)


def _probability(value: Any) -> bool:
    return re.fullmatch(r"0|1|0?\.\d+|[01]\.0*|\d(?:\.\d+)?e-\d+", str(value)) is not None


def _whole(value: Any) -> bool:
    return re.fullmatch(r"\d+", str(value)) is not None


# What a key may hold in any kind of record.
LEGAL: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "confidence": _one_of(*CONFIDENCES),
    "outcome": _one_of(*OUTCOMES),
    "level": (lambda value: re.fullmatch("L?[1-5]", str(value)) is not None, "a level from 1 to 5"),
    "n": (_whole, "a count"),
    "p": (_probability, "a probability from 0 to 1"),
}


def judge(record: Record) -> list[Problem]:
    """Where a record falls short of its kind. Foreign spellings are told, not refused."""
    kind = TABLE.get(record.kind)
    if kind is None:
        return []
    return [
        Problem(record.path, 1, what, f"edit {quote(record.path)}: {remedy}", "warning")
        for what, remedy in _shortfalls(record, kind)
    ]


def legal_keys(kind: Kind) -> Iterator[tuple[str, tuple[Callable[[Any], bool], str]]]:
    """What a key may hold in this kind of record."""
    yield from LEGAL.items()
    yield from ((key, _one_of(*words)) for key, words in kind.words.items())


def _shortfalls(record: Record, kind: Kind) -> list[tuple[str, str]]:
    keys = record.keys
    found = [
        (f"a {kind.name} needs `{key}`", f"add `{key}:` to its head")
        for key in kind.required
        if keys.get(key) in (None, "", [])
    ]
    typed = {edge.type for edge in record.edges}
    found += [
        (f"a {kind.name} needs `{link}`", f"name what it {link.replace('_', ' ')}")
        for link in kind.links
        if link not in typed
    ]
    for key, (legal, meaning) in legal_keys(kind):
        if keys.get(key) is not None and not legal(keys[key]):
            found.append((f"`{key}` is not {meaning}: {keys[key]}", f"make `{key}` {meaning}"))
    status = keys.get("status")
    if kind.statuses and status and str(status) not in kind.statuses:
        meaning = "one of " + ", ".join(kind.statuses)
        found.append((f"`status` is not {meaning}: {status}", f"make `status` {meaning}"))
    return found


def may_move(kind: str, before: str, after: str) -> bool:
    """Whether a record of this kind may go from one status to another."""
    if before == after:
        return True
    return after in TABLE[kind].statuses.get(before, ())
