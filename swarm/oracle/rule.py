"""What a rule is, and what it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.records import Problem, kind_of_id

if TYPE_CHECKING:
    from swarm.closure import Verdict


class Change(NamedTuple):
    """A record's head before a write, and after it; none where there is no file."""

    path: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def is_task(self) -> bool:
        """Whether a task is written, by its word or by the letter of its id."""
        keys = self.after or {}
        stated = str(keys.get("kind") or "") or kind_of_id(str(keys.get("id") or ""))
        return (stated or kind_of_id(self.path.rsplit("/", 1)[-1]) or "task") == "task" and (
            self.path.startswith("tasks/")
        )


class Case(NamedTuple):
    """A whole write: its changes, and what was shown for them."""

    changes: tuple[Change, ...]
    verdicts: Mapping[str, Verdict]  # by path


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


def tasks(case: Case) -> Iterator[tuple[Change, Mapping[str, Any]]]:
    """The tasks that a case leaves behind."""
    for change in case.changes:
        if change.after is not None and change.is_task:
            yield change, change.after
