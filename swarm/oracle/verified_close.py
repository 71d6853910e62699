"""A task is closed by what its command showed."""

from __future__ import annotations

from collections.abc import Iterator

from swarm import closure
from swarm.oracle.rule import Case, rule, tasks
from swarm.records import Problem


@rule("verified-close", "an agent's word that something works is worth a command that shows it")
def judge(case: Case) -> Iterator[Problem]:
    for path, before, after in tasks(case):
        against = closure.objection(before, after, case.verdicts.get(path), case.verb)
        if against:
            yield Problem(path, 1, against.what, against.remedy)
