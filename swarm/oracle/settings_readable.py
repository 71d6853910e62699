"""swarm.toml can be read, since by it everything else is judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import settings
from swarm.oracle.rule import rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case


@rule("settings-readable", "what was set is not to be guessed while records are judged", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    written = any(each.path == settings.FILE for each in case.touched)
    now = settings.read(case.tree.place.raw(settings.FILE)) if written else case.settings
    for problem in now.problems:
        if problem.level == "error" and (problem not in case.settings.problems or not written):
            remedy = f"{problem.remedy}, in a commit of its own"
            yield problem._replace(remedy=remedy)
