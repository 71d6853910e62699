"""Whether a group of records has its principle already, or has grown past it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from swarm.material import Carrier


class Cover(NamedTuple):
    """What carries a group: the principles that most of it went into, or that it grew out of."""

    covered: bool
    carriers: tuple[Carrier, ...]  # the one with most members first
    fresh: tuple[int, ...]  # members that none carries


def look(members: Sequence[int], carriers: Sequence[Carrier]) -> Cover:
    """Most of a covered group is carried; one that grew past a principle holds most of that."""
    inside = frozenset(members)
    near = [each for each in carriers if each.sources & inside]
    near.sort(key=lambda each: (-len(each.sources & inside), each.id))
    carried = frozenset[int]().union(*(each.sources for each in near)) & inside
    fresh = tuple(each for each in members if each not in carried)
    if 2 * len(carried) > len(inside):
        return Cover(True, tuple(near), fresh)
    outgrown = (each for each in near if 2 * len(each.sources & inside) > len(each.sources))
    return Cover(False, tuple(outgrown), fresh)
