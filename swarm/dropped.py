"""What a merge takes back: one of its parents changed it, and the merge has it as it was. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from swarm import objects

Blob = objects.Blob
Touched = objects.Touched


class Dropped(NamedTuple):
    """What a merge takes back of what a parent had: each path as it is there, and in the merge."""

    parent: str
    touched: tuple[Touched, ...]


Sides = Mapping[str, Sequence[Touched]]  # what lies between each parent of a merge, and the merge


def in_none(sides: Iterable[Iterable[Touched]]) -> set[str]:
    """The paths at which a merge differs from all of its parents."""
    return set.intersection(*({each.path for each in touched} for touched in sides))


def found(
    sides: Sides, bases: Callable[[str], Sequence[str]], since: Callable[[str], set[str]]
) -> Iterator[Dropped]:
    """What is taken back of each parent.

    A side may be taken whole where it has changed something itself. Where the merge is
    as it was before the sides parted, and one of them is not, nobody has decided
    against that one. `bases` tells where a parent and the others parted, `since` at
    which paths the merge differs from there.
    """
    own = in_none(sides.values())
    for parent, touched in sides.items():
        moved = {each.after.oid for each in touched if each.after and not each.before}
        lost = [each for each in touched if each.path not in own and _may_matter(each, moved)]
        for base in bases(parent) if lost else ():
            changed = since(base)
            lost = [each for each in lost if each.path not in changed]
        if lost:
            yield Dropped(parent, tuple(lost))


def _may_matter(touched: Touched, moved: set[str]) -> bool:
    """Whether it concerns the board, or what a belief may name; what only moved is not gone."""
    gone = touched.before if not touched.after else None
    return (touched.is_of_board or touched.is_less) and not (gone and gone.oid in moved)
