"""What guards a board stays as it is until a person says otherwise; one more is always welcome."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm import guards
from swarm.oracle.rule import rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.objects import Touched
    from swarm.oracle.case import Case


@rule("guard-kept", "who is guarded is not the one to send the guard away", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    touched = () if case.is_escalated else case.touched
    for each in touched:
        if each.is_guard and each.before and not guards.explains(each) and _is_other(each, case):
            what = "a guard would be another" if each.after else "a guard would be gone"
            remedy = (
                f"git restore --staged --worktree {quote(each.path)}; or a person says so: "
                'git commit --trailer "Escalation: NAME <ADDRESS>"'
            )
            yield Problem(each.path, 1, what, remedy)


def _is_other(touched: Touched, case: Case) -> bool:
    """Whether it would be run no more, or otherwise; what lies in the work tree has no id yet."""
    before, after, path = touched.before, touched.after, touched.path
    if guards.loosens(touched):
        return True
    same = before and after and before.oid == after.oid
    return not same and case.tree.place.raw(path) != case.base.place.raw(path)
