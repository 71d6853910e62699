"""The oracle's own rules are loosened by a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import settings
from swarm.oracle.rule import FOUND, rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case

_ORDER = ("off", "warning", "", "error")  # nothing said: error where it matters, else a warning


@rule("rule-levels", "whoever can turn a rule off is bound by none", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    if not any(each.path == settings.FILE for each in case.touched):
        return
    now = settings.read(case.tree.place.raw(settings.FILE))
    known = {problem.what for problem in case.settings.problems}
    for problem in now.problems:
        if problem.what.startswith("`oracle") and problem.what not in known:
            yield problem
    for name in sorted(now.rules.keys() - case.settings.rules.keys() - FOUND.keys()):
        what = f"`oracle.{name}` is no rule"
        yield Problem(settings.FILE, 1, what, f"one of {', '.join(sorted(FOUND))}")
    loosened = [name for name in FOUND if _rank(now, name) < _rank(case.settings, name)]
    if loosened and not case.is_escalated:
        what = f"`{loosened[0]}` would be loosened, and no person says so"
        yield Problem(settings.FILE, 1, what, 'git commit --trailer "Escalation: NAME <ADDRESS>"')


def _rank(told: settings.Settings, name: str) -> int:
    return _ORDER.index(told.rules.get(name, ""))
