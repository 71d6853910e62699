"""What enforces a belief stays, or the belief no longer says that it is enforced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.enforced import WHY, enforcers, trouble
from swarm.oracle.rule import rule
from swarm.records import Problem, first_word, is_record_path

if TYPE_CHECKING:
    from swarm.oracle.case import Case, File


@rule("enforcer-lost", WHY)
def judge(case: Case) -> Iterator[Problem]:
    lost = _lost(case)
    written = {change.path for change in case.changes if change.after}
    for belief in case.tree.files(case.tree.place.holding(lost, ["beliefs"])) if lost else ():
        relied = [] if belief.path in written else [each for each in lost if each in belief.text]
        for path in relied:
            if _relies(belief, path, case):
                what = f"{path} enforces it, and would no longer"
                remedy = f"keep it; or set {belief.id} to `status: aspirational` in the same commit"
                yield Problem(belief.path, belief.line("enforced_by"), what, remedy)


def _lost(case: Case) -> list[str]:
    """The files that go, or can no more be run as they were. No record enforces another."""
    return [each.path for each in case.touched if each.is_less and not is_record_path(each.path)]


def _relies(belief: File, path: str, case: Case) -> bool:
    enforced = first_word(belief.keys.get("status") or "") == "enforced"
    named = [each for each in enforcers(belief) if path in each]
    return belief.kind == "belief" and enforced and any(trouble(each, case.tree) for each in named)
