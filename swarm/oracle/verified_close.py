"""A task is closed by what its command showed."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from swarm import closure
from swarm.oracle.rule import Case, rule, tasks
from swarm.records import Problem


@rule("verified-close", "an agent's word that something works is worth a command that shows it")
def judge(case: Case) -> Iterator[Problem]:
    for change, after in tasks(case):
        verdict = case.verdicts.get(change.path)
        what = closure.objection(change.before, after, verdict)
        if what:
            remedy = f"swarm close {quote(str(after.get('id') or change.path))}"
            yield Problem(change.path, 1, what, remedy)
