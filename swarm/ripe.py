"""Which groups are ripe for a principle: denser than chance, and not carried by one yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from swarm import covering, density

if TYPE_CHECKING:
    from swarm.lsa import Rows
    from swarm.material import Material

Group = density.Group
Progress = density.Progress


class Ripe(NamedTuple):
    """A group that fired, and the principles that it has grown past."""

    group: Group
    names: tuple[str, ...]  # the ids of its members
    outgrown: tuple[str, ...]  # the ids of these principles
    fresh: tuple[int, ...]  # members that no principle carries


class Crop(NamedTuple):
    """What a board holds: the ripe groups, densest first, and how many there are of the others."""

    ripe: list[Ripe]
    tested: int
    covered: int


def of(material: Material, rows: Rows, rate: float, progress: Progress | None = None) -> Crop:
    """The groups of some material that are ripe, with so many false ones among those that fire."""
    found = density.find(rows, material.texts, material.links, progress)
    fired = density.fired(found, rate)
    covers = [(each, covering.look(each.members, material.carriers)) for each in fired]
    ripe = [_ripe(material, each, cover) for each, cover in covers if not cover.covered]
    return Crop(ripe, len(found), len(fired) - len(ripe))


def _ripe(material: Material, group: Group, cover: covering.Cover) -> Ripe:
    names = tuple(material.told[at].id for at in group.members)
    return Ripe(group, names, tuple(each.id for each in cover.carriers), cover.fresh)
