"""Everything that is wrong with a board, from one look at all of it. Pure but for the look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from swarm import kinds
from swarm.board import Board
from swarm.records import Problem


@dataclass(frozen=True, slots=True)
class Findings:
    """What a doctor tells: problems, worst first, and names that nothing bears yet."""

    problems: tuple[Problem, ...]
    placeholders: tuple[tuple[str, tuple[str, ...]], ...]  # name, where it is linked from


_WORST_FIRST = {"error": 0, "warning": 1, "note": 2}


def _order(told: Problem) -> tuple[int, str, Problem]:
    return _WORST_FIRST[told.level], told.what, told


def examine(board: Board) -> Findings:
    """All that can be said about the records as they stand."""
    view = board.view
    found = [*board.place.problems, *view.problems(), *view.clashes(), *view.misspelled()]
    for record in view.records():
        found += kinds.judge(record)
    cut = view.cut_history()
    if cut:
        what = f"history is shallow: when {cut} records were first seen is only a bound"
        found.append(Problem(".git/shallow", 1, what, "git fetch --unshallow", "note"))
    linked: dict[str, list[str]] = {}
    for each in view.placeholders():
        linked.setdefault(each.target, []).append(f"{each.path}:{each.line}")
    ordered = sorted(set(found), key=_order)
    return Findings(tuple(ordered), tuple((name, tuple(at)) for name, at in sorted(linked.items())))


def first_difference(cached: Iterable[str], rebuilt: Iterable[str]) -> tuple[str, str] | None:
    """Where two dumps of one board part, if they do."""
    for one, other in zip_longest(cached, rebuilt, fillvalue=""):
        if one != other:
            return one, other
    return None
