"""This clone's claim refs beside those of the remote: which of the two stands, key by key.

It goes by what the sheets say and never by which was there first, so that a
process may be killed anywhere and the next one comes to the same end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from swarm import leases
from swarm.leases import PATHS, Lease, Sheet

if TYPE_CHECKING:
    from swarm.claimrefs import Slot


Gone = tuple[Lease, Lease | None]  # a lease of this clone's refs, and the one that stands instead


class Settlement(NamedTuple):
    """What this clone's refs must say: an object that is there, or a sheet to be stored."""

    kept: Mapping[str, str]
    fresh: Mapping[str, Sheet]
    lost: tuple[Gone, ...]


def crossed(slot: Slot, now: int) -> bool:
    """Whether this clone's ref may not be put over the remote's as it stands."""
    if slot.settled or not slot.seen_sheet:
        return False
    if slot.key == PATHS or not slot.sheet:
        return True
    return not leases.follows(slot.sheet, slot.seen_sheet, now)


def settle(slots: Mapping[str, Slot], now: int, stamp: str) -> Settlement:
    """What stands of two sides. What was never on the remote gives way to what is."""
    sound = {key: slot for key, slot in slots.items() if not slot.fault}
    tasks = {key: slot for key, slot in sound.items() if key != PATHS}
    gone = {key for key, slot in tasks.items() if crossed(slot, now)}
    kept = {key: tasks[key].seen for key in gone}
    fresh: dict[str, Sheet] = {}
    paths = sound.get(PATHS)
    if paths and crossed(paths, now):
        both, losers = _paths(paths, tasks, gone, now)
        for each in losers:
            slot = tasks[each.key]
            gone.add(each.key)
            if slot.seen_sheet:
                kept[each.key] = slot.seen
            elif slot.sheet:
                dead = slot.sheet.only._replace(released=True, verb="release", paths=())
                fresh[each.key] = Sheet(stamp, slot.sheet.token, (dead,))
        _keep_paths(paths, both, kept, fresh, stamp)
    lost = tuple(
        (slot.sheet.only, slot.seen_sheet.only if slot.seen_sheet else None)
        for slot in (tasks[key] for key in sorted(gone))
        if slot.sheet and not slot.sheet.only.released
    )
    return Settlement(kept, fresh, tuple(pair for pair in lost if not _one(*pair)))


def _one(mine: Lease, theirs: Lease | None) -> bool:
    return theirs is not None and mine.same(theirs)


def _paths(
    slot: Slot, tasks: Mapping[str, Slot], gone: set[str], now: int
) -> tuple[list[Lease], list[Lease]]:
    """The path leases of both sides. A task's own ref is the truth about its paths."""

    def only_here(each: Lease) -> bool:
        task = tasks.get(each.key)
        return (
            task is not None and task.sheet is not None and not task.settled
            and each.key not in gone and task.sheet.only.same(each)
            and not task.sheet.only.released
        )  # fmt: skip

    def ended(each: Lease) -> bool:
        """In doubt it has not: what the remote shows of a task may be older than this."""
        task = tasks.get(each.key)
        sheet = (task.seen_sheet if each.key in gone else task.sheet) if task else None
        if not sheet:
            return False
        held = sheet.only
        return held.token > each.token or (held.same(each) and held.released)

    mine = [each for each in (slot.sheet.leases if slot.sheet else ()) if only_here(each)]
    theirs = slot.seen_sheet.leases if slot.seen_sheet else ()
    return leases.joined(mine, [each for each in theirs if not ended(each)], now)


def _keep_paths(
    slot: Slot, both: list[Lease], kept: dict[str, str], fresh: dict[str, Sheet], stamp: str
) -> None:
    """Keep an object that says the same already, so that sides that agree come to rest."""
    assert slot.seen_sheet
    if set(both) == set(slot.seen_sheet.leases):
        kept[PATHS] = slot.seen
        return
    top = max(slot.seen_sheet.token, slot.sheet.token if slot.sheet else 0)
    if slot.sheet and set(both) == set(slot.sheet.leases) and slot.sheet.token > 0:
        return
    fresh[PATHS] = Sheet(stamp, top + 1, tuple(both))
