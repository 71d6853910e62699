"""What a rule is, and what it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.closure import Verdict


class Head(NamedTuple):
    """What a file is to every reader: its kind, and the keys of its head."""

    kind: str
    keys: Mapping[str, Any]


class Change(NamedTuple):
    """A file's head before a write, and after it; none where there is no file."""

    path: str
    before: Head | None
    after: Head | None


class Case(NamedTuple):
    """A whole write: its changes, what was shown for them, and in which verb's name."""

    changes: tuple[Change, ...]
    verdicts: Mapping[str, Verdict]  # by path
    verb: str


Judge = Callable[[Case], Iterable[Problem]]


class Rule(NamedTuple):
    """A rule by its name, why there is one, and how it judges."""

    name: str
    why: str
    judge: Judge


FOUND: dict[str, Rule] = {}


def rule(name: str, why: str) -> Callable[[Judge], Judge]:
    """Marks a function as the rule of that name."""

    def found(judge: Judge) -> Judge:
        FOUND[name] = Rule(name, why, judge)
        return judge

    return found


Keys = Mapping[str, Any]


def tasks(case: Case) -> Iterator[tuple[str, Keys | None, Keys]]:
    """The tasks that a case leaves behind: the path, what the task said, what it will say."""
    for path, before, after in case.changes:
        if after and after.kind == "task":
            yield path, before.keys if before and before.kind == "task" else None, after.keys
