"""What was believed is corrected, and stays to be read."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm.oracle.rule import rule
from swarm.records import PAGE, Problem, fold

if TYPE_CHECKING:
    from swarm.oracle.case import Case, File


def gone(case: Case) -> list[File]:
    """The records that a write takes away: those that only move, or have a twin, are not gone."""
    here = {fold(change.after.id) for change in case.changes if change.after}
    lost = [
        change.before
        for change in case.changes
        if change.before and change.before.kind != PAGE and fold(change.before.id) not in here
    ]
    return [file for file in lost if not case.tree.bearers(file.id)]


@rule("correct-not-delete", "who deletes a claim deletes the reason not to make it again")
def judge(case: Case) -> Iterator[Problem]:
    for file in gone(case):
        remedy = (
            f"git checkout HEAD -- {quote(file.path)}; then supersede it by a new record, "
            f"or move it: git mv {quote(file.path)} memory/archive/"
        )
        yield Problem(file.path, 1, f"{file.id} would be gone", remedy)
