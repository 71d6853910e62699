"""A task is closed by what its command showed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import rule, tasks
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case


@rule(
    "verified-close", "an agent's word that something works is worth a command that shows it",
    hard=True,
)  # fmt: skip
def judge(case: Case) -> Iterator[Problem]:
    for change, after, before in tasks(case):
        from swarm import closure  # most writes are no task's

        past = case.verdicts is None  # it cannot be run again: there its commit is the witness
        verb = "import" if case.is_brought(change) else case.verb
        if past and verb == "close" and after.id not in case.trailers("Swarm-Task"):
            verb = ""
        against = closure.objection(
            before.keys if before else None, after.keys, (case.verdicts or {}).get(change.path),
            verb, past=past,
        )  # fmt: skip
        if against:
            yield Problem(change.path, 1, against.what, against.remedy)
