"""A source → what an import of it is going to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swarm.ancestor import origin, plan
from swarm.errors import NotFound

Count = plan.Count
Plan = plan.Plan
Refused = plan.Refused


@dataclass(frozen=True, slots=True)
class Load:
    """What was read, of which commit, and what there is to say about the source."""

    plan: Plan
    commit: str
    notes: tuple[str, ...]


def load(source: Path, environ: Mapping[str, str]) -> Load:
    """Every record that a source becomes."""
    place = origin.open_source(source, environ)
    made = plan.plan(place.files.items(), place.dates(), place.commit)
    if not made.records and not made.reported:
        raise NotFound(
            "no lessons, principles, beliefs, challenges, frontiers or lanes",
            where=str(source),
            remedy="name the folder that holds memory/, beliefs/ and tasks/ (committed)",
        )
    return Load(made, place.commit, place.notes())
