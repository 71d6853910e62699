"""Inheritance: a daughter blackboard gets what a parent's last commit has agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.daughter import handed, hooking

if TYPE_CHECKING:
    from swarm.daughter.handed import Legacy
    from swarm.daughter.placing import Grown
    from swarm.records import Surroundings


class Inherited(NamedTuple):
    """A daughter, of whom she is, and what else is to be told."""

    legacy: Legacy
    grown: Grown
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        parent, filled = self.legacy.repo, self.grown.filled
        return {
            "root": str(self.grown.root),
            "parent": str(parent.root or parent.git_dir),
            "parent_commit": self.legacy.commit,
            "commit": filled.commit,
            "repository": "was there" if self.grown.was_there else "is new",
            "written": list(filled.written),
            "kept": list(filled.kept),
            "guards": list(self.legacy.guards),
            "principles": [{"id": each} for each in self.legacy.principles],
            "notes": list(self.notes),
        }


def grow(
    start: Path, around: Surroundings, parent: Path, folder: Path | None, principles: Sequence[str]
) -> Inherited:
    """Grow a daughter: verified, in one commit, or not at all."""
    legacy = handed.read(start / parent, around.environ, principles)
    grown, told = hooking.grow(legacy, start, folder, around)
    return Inherited(legacy, grown, (*grown.filled.notes, *_lacking(legacy), *told))


def _lacking(legacy: Legacy) -> Iterator[str]:
    """What a parent did not have."""
    if not legacy.has_mission:
        yield "the parent has no mission: nothing constrains what the daughter is for"
    if not legacy.guards:
        yield "the parent has no guards"
    if not legacy.principles:
        yield "no principle was measured there, and none was asked for: --principle ID"
