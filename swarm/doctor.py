"""Everything that is wrong with a board, from one look at all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from swarm import audit, kinds
from swarm.records import LEVELS, Problem

if TYPE_CHECKING:
    from swarm.view import View


@dataclass(frozen=True, slots=True)
class Findings:
    """What a doctor tells: problems, worst first, and names that nothing bears yet."""

    problems: tuple[Problem, ...]
    placeholders: tuple[tuple[str, tuple[str, ...]], ...]  # name, where it is linked from


def _order(told: Problem) -> tuple[int, str, Problem]:
    return LEVELS.index(told.level), told.what, told


def examine(view: View, heard: Iterable[Problem] = ()) -> Findings:
    """All that can be said about the records as they stand, with what was heard before."""
    found = [*heard, *view.problems(worst=False), *audit.clashes(view), *audit.misspelled(view)]
    for record in view.records():
        if all(each.level != "error" for each in record.problems):  # what is broken may lack keys
            found += kinds.judge(record)
    cut = audit.cut_history(view)
    if cut:
        what = f"history is shallow: when {cut} records were first seen is only a bound"
        found.append(Problem(".git/shallow", 1, what, "git fetch --unshallow", "note"))
    linked: dict[str, list[str]] = {}
    for each in audit.placeholders(view):
        linked.setdefault(each.target, []).append(f"{each.path}:{each.line}")
    ordered = tuple(sorted(set(found), key=_order))
    return Findings(ordered, tuple((name, tuple(at)) for name, at in sorted(linked.items())))


def part_ways(view: View, again: View) -> tuple[str, str] | None:
    """Where a view and its rebuild differ first, if they do."""
    for one, other in zip_longest(audit.dump(view), audit.dump(again), fillvalue=""):
        if one != other:
            return one, other
    return None
