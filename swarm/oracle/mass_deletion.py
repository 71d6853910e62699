"""No write takes many records away at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.kept import gone
from swarm.oracle.rule import rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case

MOST = 20


@rule("mass-deletion", "more than anybody reads is deleted by accident", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    lost = gone(case) if len(case.changes) > MOST else []
    if len(lost) > MOST:
        what = f"{len(lost)} records would be gone at once"
        remedy = f"git restore --staged . ; archive them, or delete no more than {MOST} at a time"
        yield Problem(lost[0].path, 1, what, remedy)
