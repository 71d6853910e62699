"""The remote as arbiter: pushed to, asked, and this clone's refs brought into line."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from swarm import claimrefs, reconcile
from swarm.claimrefs import CLAIMS, SEEN, Slot, Slots, Verdict
from swarm.records import Problem, RefUpdate

if TYPE_CHECKING:
    from swarm.git import Repo
    from swarm.leases import Sheet

__all__ = [
    "STUCK", "TRIES", "Arbiter", "Gone", "Slot", "Verdict", "find_remote", "lasts", "pause",
    "unsent",
]  # fmt: skip

Gone = reconcile.Gone
find_remote, lasts = claimrefs.find_remote, claimrefs.lasts

TRIES = 60  # each fails only because somebody else was quicker
STUCK = 6  # or because something is in the way, and nobody moved anything
TURN = 60.0  # seconds to wait for another process of this clone that asks the remote


class Arbiter(NamedTuple):
    """The claim refs of this clone, and the remote that decides between clones, if any."""

    repo: Repo
    remote: claimrefs.Remote | None
    now: int
    wait: float = claimrefs.WAIT

    def turn(self) -> AbstractContextManager[None]:
        return claimrefs.turn(self.repo, TURN) if self.remote else nullcontext()

    def read(self, keys: Iterable[str] | None = None) -> dict[str, Slot]:
        return claimrefs.read(self.repo, keys, self.remote.name if self.remote else "")

    def swap(self, swaps: list[RefUpdate]) -> str:
        """Nothing, or why the refs did not move."""
        return claimrefs.swap(self.repo, swaps) if swaps else ""

    def put(self, slot: Slot, sheet: Sheet) -> tuple[Slot, RefUpdate]:
        """A sheet's object stored, and the swap that would make it the slot's."""
        oid = claimrefs.store(self.repo, sheet, slot.key, self.now)
        swap = RefUpdate(f"{CLAIMS}{slot.key}", oid, slot.oid)
        return slot._replace(oid=oid, sheet=sheet), swap

    def crossed(self, slots: Slots) -> bool:
        """Whether this clone's refs may not be pushed as they stand."""
        return self.remote is not None and any(
            reconcile.crossed(each, self.now) for each in slots.values()
        )

    def way_out(self, why: str) -> str:
        """What takes away that which git named as in the way, if it named anything."""
        return claimrefs.way_out(why, self.remote.name if self.remote else "")

    def push(self, unsent: list[Slot]) -> Verdict:
        """Ask the remote, and keep in mind what it says."""
        if not self.remote or not unsent:
            return Verdict("won")
        verdict = claimrefs.push(self.repo, self.remote, unsent, self.wait)
        if verdict.said == "won":
            seen = [RefUpdate(f"{SEEN}{each.key}", each.oid, each.seen) for each in unsent]
            claimrefs.swap(self.repo, seen)  # refused, it is only out of date
        return verdict

    def look(self, keys: tuple[str, ...] | None) -> tuple[Verdict, list[Gone]]:
        """What the remote says now, and this clone's refs brought into line with it."""
        assert self.remote
        verdict = claimrefs.fetch(self.repo, self.remote, keys, self.wait)
        return verdict, self.reconciled()

    def reconciled(self) -> list[Gone]:
        """Let what the remote says stand where this clone's refs cross it. What that ended."""
        slots = claimrefs.read(self.repo)
        done = reconcile.settle(slots, self.now, os.urandom(8).hex())
        stored = {
            key: claimrefs.store(self.repo, sheet, key, self.now)
            for key, sheet in done.fresh.items()
        }
        wanted = {**done.kept, **stored}
        swaps = [RefUpdate(f"{CLAIMS}{key}", oid, slots[key].oid) for key, oid in wanted.items()]
        if swaps and claimrefs.swap(self.repo, swaps):
            return []  # somebody moved them meanwhile: the next reading decides
        return list(done.lost)

    def scope(self, verdict: Verdict) -> tuple[str, tuple[Problem, ...]]:
        """How far a lease holds after such an answer."""
        if verdict.said == "won" or not self.remote:
            return ("remote" if self.remote else "local"), ()
        name = self.remote.name
        if verdict.said == "refused":
            what = f"{name} refuses claims, so this holds in this clone only: {verdict.why}"
            remedy = (
                'let it take refs/swarm/*, or write `remote = "none"` under [claims] in swarm.toml'
            )
        else:
            what = f"{name} could not be asked, so other clones do not know: {verdict.why}"
            remedy = "swarm claims --sync"
        remedy = claimrefs.way_out(verdict.why, name) or remedy
        scope = "unconfirmed" if verdict.said in ("unknown", "stale") else "local"
        return scope, (Problem(name, 0, what, remedy, "warning"),)

    def publish(self) -> tuple[str, list[Gone], tuple[Problem, ...]]:
        """Settle with the remote whatever this clone alone knows."""
        lost, verdict = list[Gone](), Verdict("won")
        with self.turn():
            for attempt in range(TRIES if self.remote else 0):
                verdict, more = self.look(None)
                lost += more
                waiting = [each for each in self.read().values() if unsent(each)]
                if verdict.said == "won" and waiting and not self.crossed(self.read()):
                    verdict = self.push(waiting)
                if verdict.said != "stale":
                    break
                pause(attempt)
        scope, problems = self.scope(verdict)
        return scope, lost, problems


def unsent(slot: Slot) -> bool:
    return not slot.fault and bool(slot.oid) and not slot.settled


def pause(attempt: int) -> None:
    """Longer after each defeat, and never for as long as the others."""
    time.sleep(min(attempt + 1, 10) * (1 + os.urandom(1)[0] / 64) / 1_000)
