"""What an outcome has falsified is not enforced, as if nothing had been seen.

Whoever closes a task is told of the belief that it leaves untouched: what was seen is
written down in any case. Enforcing a belief against its last outcome is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import rule, tasks
from swarm.records import Problem, first_word, fold

if TYPE_CHECKING:
    from swarm.oracle.case import Case, File


@rule("falsified-belief", "what a check has shown wrong must not go on being enforced")
def judge(case: Case) -> Iterator[Problem]:
    yield from _left_behind(case)
    for _, before, after in case.changes:
        if not after or not _is_enforced(after) or (before and _is_enforced(before)):
            continue
        last = _last_outcome(after, case)
        if last and _outcome(last) == "falsified":
            what = f"it would be enforced, and {last.id} falsified it"
            remedy = "close a task that tests it anew, and confirms it; or `status: aspirational`"
            yield Problem(after.path, after.line("status"), what, remedy)


def _left_behind(case: Case) -> Iterator[Problem]:
    """Enforced beliefs that a task falsifies, and that the write does not touch."""
    written = {change.path for change in case.changes}
    for _, after, before in tasks(case):
        if _outcome(after) != "falsified" or (before and _outcome(before) == "falsified"):
            continue
        for belief in (each for name in after.targets("tests") for each in case.tree.named(name)):
            if _is_enforced(belief) and belief.path not in written:
                what = f"it falsifies {belief.id}, which stays enforced"
                remedy = f"set `status:` of {belief.path} to falsified, or aspirational"
                yield Problem(after.path, after.line("outcome"), what, remedy)


def _last_outcome(belief: File, case: Case) -> File | None:
    """The task that was closed last of those that test a belief, if one was."""
    near = case.tree.files(case.tree.place.holding([belief.id], ["tasks"]))
    tested = [
        each for each in near if belief.names & {fold(name) for name in each.targets("tests")}
    ]
    decided = [each for each in tested if _outcome(each) in ("confirmed", "falsified")]
    return max(decided, key=lambda each: str(each.keys.get("concluded") or ""), default=None)


def _is_enforced(file: File) -> bool:
    return file.kind == "belief" and first_word(file.keys.get("status") or "") == "enforced"


def _outcome(task: File) -> str:
    closed = task.kind == "task" and first_word(task.keys.get("status") or "") == "closed"
    return first_word(task.keys.get("outcome") or "") if closed else ""
