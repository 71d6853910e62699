"""What a mission holds fixed is changed by a person, and by nothing else on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm import mission
from swarm.oracle.rule import rule
from swarm.records import MISSION, Problem, fold

if TYPE_CHECKING:
    from swarm.oracle.case import Case, Change, File

_STEADY = ("evidence", "last_tested", "n", "cites", "supports")  # what a retest may add


@rule("escalation", "an agent that may move the goal will reach it", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    moved = _moved(case)
    if not moved:
        return
    first = moved[0]
    others = [each.path for each in case.touched if each.path not in moved]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        remedy = f"commit it alone: git commit -- {' '.join(map(quote, moved))}"
        yield Problem(first, 1, f"it would change together with {others[0]}{more}", remedy)
    if not case.is_escalated:
        what = "a mission and its invariants change only when a person says so"
        yield Problem(first, 1, what, 'git commit --trailer "Escalation: NAME <ADDRESS>"')


def _moved(case: Case) -> list[str]:
    """The paths that a mission holds fixed, of those that are touched. A first one is free."""
    manifest = case.base.file(MISSION)
    if manifest is None:
        return []
    fixed = _invariants(manifest)
    moved = [each.path for each in case.touched if each.path == MISSION]
    return moved + [each.path for each in case.changes if _is_fixed(each, fixed)]


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
    """What a record claims, without what a retest may add to it."""
    kept = {key: value for key, value in file.keys.items() if key not in _STEADY}
    return file.id, file.kind, kept, file.record and (file.record.title, file.record.body)
