"""What a mission holds fixed is changed by a person, and by nothing else on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm import mission
from swarm.oracle.rule import rule
from swarm.records import MISSION, Problem, fold, is_record_path

if TYPE_CHECKING:
    from swarm.oracle.case import Case, Change, File

_REMEDY = 'git commit --trailer "Escalation: NAME <ADDRESS>"'
_STEADY = ("evidence", "last_tested", "n", "cites", "supports")  # what a retest may add


@rule("escalation", "an agent that may move the goal will reach it", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    fixed = _fixed(case)
    moved = _moved(case, fixed)
    others = [each.path for each in case.touched if each.path not in moved]
    if moved and others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        remedy = f"commit it alone: git commit -- {' '.join(map(quote, moved))}"
        yield Problem(moved[0], 1, f"it would change together with {others[0]}{more}", remedy)
    if case.is_escalated:
        return
    if moved:
        what = "a mission and its invariants change only when a person says so"
        yield Problem(moved[0], 1, what, _REMEDY)
    for path in _verifying(case, fixed):
        what = "it verifies an invariant, and goes only when a person says so"
        yield Problem(path, 1, what, f"keep it; or a person says so: {_REMEDY}")


def _fixed(case: Case) -> str:
    """What the mission holds fixed; nothing while there is none. A first one is free."""
    manifest = case.base.file(MISSION)
    return _invariants(manifest) if manifest else ""


def _moved(case: Case, fixed: str) -> list[str]:
    """The paths of the mission and its invariants, of those that are touched."""
    if case.base.file(MISSION) is None:
        return []
    moved = [each.path for each in case.touched if each.path == MISSION]
    for each in case.changes:
        if _is_fixed(each, fixed) and each.before:
            moved += dict.fromkeys((each.before.path, each.path))
    return moved


def _verifying(case: Case, fixed: str) -> Iterator[str]:
    """What the mission's invariants name, and what goes, or can no more be run as it was."""
    for each in case.touched:
        if not each.is_less or is_record_path(each.path) or each.path not in fixed:
            continue
        if re.search(rf"(?<![\w./-])(?:\./)?{re.escape(each.path)}(?![\w/-]|\.\w)", fixed):
            yield each.path


def _invariants(manifest: File) -> str:
    """What a mission says of its invariants, in a key, or in sections as `mission check` has them.

    One that is called `Invariant`, of which it knows nothing, counts as well.
    """
    called = re.search(
        r"^(#+)[ \t]+\W*invariants?\b[^\n]*\n(.*?)(?=^#{1,6}[ \t]|\Z)", manifest.text,
        re.MULTILINE | re.DOTALL | re.IGNORECASE,
    )  # fmt: skip
    told = [each.text for each in mission.sections(manifest.text)
            if each.name == mission.INVARIANTS]  # fmt: skip
    key = str(manifest.keys.get("invariants", ""))
    return "\n".join([key, called[2] if called else "", *told])


def _is_fixed(change: Change, fixed: str) -> bool:
    before, after = change.before, change.after
    if not before or not before.id:
        return False
    named = re.search(rf"(?<![\w-]){re.escape(fold(before.id))}(?![\w-])", fixed.casefold())
    return named is not None and (after is None or _claim(before) != _claim(after))


def _claim(file: File) -> tuple[object, ...]:
    """What a record claims, and in which folder, without what a retest may add to it."""
    kept = {key: value for key, value in file.keys.items() if key not in _STEADY}
    told = file.record and (file.record.title, file.record.body)
    return file.id, file.kind, file.path.rpartition("/")[0], kept, told
