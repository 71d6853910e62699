"""The repository's own guards have nothing against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import guards
from swarm.oracle.rule import rule
from swarm.records import MISSION, SETTINGS, Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case, Change, File

_GUARDED = ("belief", "principle", "challenge")


@rule("guards", "what a board can check for itself is checked before it is believed", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    if not case.touched or case.verdicts is None or not any(map(_is_guarded, case.changes)):
        return
    told = [each for change in case.changes for each in _told(change)]
    yield from guards.judge(case.base.place, told, case.message)


def _is_guarded(change: Change) -> bool:
    """Whether a change is of those that guards are asked about."""
    sides = [side for side in (change.before, change.after) if side]
    fixed = change.path in (SETTINGS, MISSION) or any(side.kind in _GUARDED for side in sides)
    return fixed and _differ(change.before, change.after)


def _differ(before: File | None, after: File | None) -> bool:
    if not before or not after:
        return True
    return (before.path, before.mode, before.raw) != (after.path, after.mode, after.raw)


def _told(change: Change) -> Iterator[dict[str, str | None]]:
    """A change as a guard is told it, path by path: what moved went here, and came there."""
    before, after = change.before, change.after
    if not _differ(before, after):
        return
    if before and after and before.path != after.path:
        yield {"path": before.path, "before": before.text, "after": None}
        before = None
    stood, stands = (side.text if side else None for side in (before, after))
    yield {"path": change.path, "before": stood, "after": stands}
