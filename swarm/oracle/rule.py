"""What a rule is, and how one is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case, Change, File, Tree

Judge = Callable[["Case"], Iterable[Problem]]
Look = Callable[["File", "Tree"], Iterable[Problem]]


class Rule(NamedTuple):
    """A rule by its name, why there is one, and how it judges a write, or a record in its tree.

    `hard`: it refuses wherever it speaks; the others refuse what beliefs, principles
    and challenges say, and advise elsewhere. `always`: it holds for what an import
    brings, too.
    """

    name: str
    why: str
    judge: Judge | None = None
    look: Look | None = None
    hard: bool = False
    always: bool = False


FOUND: dict[str, Rule] = {}


def rule(name: str, why: str, *, hard: bool = False) -> Callable[[Judge], Judge]:
    """Marks a function that judges a whole write: what moves, what goes, what comes together."""

    def found(judge: Judge) -> Judge:
        FOUND[name] = Rule(name, why, judge=judge, hard=hard)
        return judge

    return found


def standing(name: str, why: str, *, always: bool = False) -> Callable[[Look], Look]:
    """Marks a function that looks at a record as it would stand.

    Only what the write makes worse counts against it: the same function looks at the
    record as it stood before, and what it says of both is no more than a note.
    """

    def found(look: Look) -> Look:
        FOUND[name] = Rule(name, why, look=look, always=always)
        return look

    return found


def tasks(case: Case) -> Iterator[tuple[Change, File, File | None]]:
    """The tasks that a case leaves behind: the change, the task after it, and before it."""
    for change in case.changes:
        if change.after and change.after.kind == "task":
            before = change.before
            yield change, change.after, before if before and before.kind == "task" else None
