"""The oracle: what is about to be written, judged before it is.

One rule a file, found by its decorator. A rule is shown the change, what every
reader of its files will see, and what stood before; it says what is wrong and how
to mend it. How grave that is is decided here, for all rules alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from swarm.oracle import case, rule
from swarm.records import LEVELS, PAGE, SETTINGS, Level, Problem

Case = case.Case
Change = case.Change
File = case.File
Tree = case.Tree

GUARDED_KINDS = ("belief", "principle", "challenge")
GUARDED_FOLDERS = ("beliefs/", "memory/principles/")


class Finding(NamedTuple):
    """What a rule has against a write."""

    rule: str
    why: str
    problem: Problem
    commit: str = ""  # of a range: which one does it

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, **self.problem.as_json(), "why": self.why, "commit": self.commit}


def judge(told: Case) -> list[Finding]:
    """Everything that the rules have against a write, by the levels that stood before it."""
    found = []
    for each in rules():
        for problem, stood in _judged(each, told):
            level = _level(each, problem, told, stood)
            if level:
                found.append(Finding(each.name, each.why, problem._replace(level=level)))
    return sorted(found, key=_order)


def _order(found: Finding) -> tuple[int, str, int]:
    return LEVELS.index(found.problem.level), found.problem.path, found.problem.line


def rules() -> Iterator[rule.Rule]:
    """Every rule, in the order of their files' names."""
    for each in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{each}")
    yield from rule.FOUND.values()


def _judged(each: rule.Rule, told: Case) -> Iterator[tuple[Problem, bool]]:
    """What a rule says, each with whether it was so before, and nobody touched it."""
    if each.judge:
        yield from ((problem, False) for problem in each.judge(told))
    if not each.look:
        return
    for change in told.changes:
        if change.after is None or not (each.always or not told.is_brought(change)):
            continue
        found = list(each.look(change.after, told.tree))
        before = each.look(change.before, told.base) if found and change.before else ()
        known = {problem.what for problem in before}
        yield from ((problem, problem.what in known) for problem in found)


def _level(each: rule.Rule, problem: Problem, told: Case, stood: bool) -> Level | None:
    """How grave it is; none when the rule is off."""
    stated = told.settings.rules.get(each.name)
    if stated == "off":
        return None
    if stood:
        return "note"
    if stated == "error" or (stated is None and (each.hard or _is_guarded(problem.path, told))):
        return "error"
    return "warning"


def _is_guarded(path: str, told: Case) -> bool:
    """Whether a path is one of those that nothing wrong may be written to."""
    if path == SETTINGS or path.startswith(GUARDED_FOLDERS):
        return True
    kinds = {side.kind for side in told.sides(path)} or {_kind_at(path, told)}
    return not kinds.isdisjoint(GUARDED_KINDS)


def _kind_at(path: str, told: Case) -> str:
    there = told.tree.file(path) if path.endswith(".md") else None
    return there.kind if there else PAGE
