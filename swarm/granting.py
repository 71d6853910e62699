"""Who gets a lease, who keeps it and who has lost it: slots in, a plan out.

A plan is what the refs shall say. Nothing is moved here, and no remote is asked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import leases
from swarm.errors import SwarmError
from swarm.leases import PATHS, Lease, Sheet

seconds, checked = leases.seconds, leases.checked

__all__ = [
    "PATHS", "Damaged", "Held", "Lease", "LeaseLost", "Plan", "Run", "Want",
    "extended", "granted", "is_mine", "owned", "released",
]  # fmt: skip

if TYPE_CHECKING:
    from swarm.claimrefs import Slot
    from swarm.identity import Identity, Proofs


class Held(SwarmError):
    """Somebody else has it; or somebody of this very name, which proves nothing."""

    exit_code = 5

    def __init__(self, what: str, lease: Lease, *, already: bool, remedy: str) -> None:
        super().__init__(what, where=lease.task, remedy=remedy)
        self.lease = lease
        self.already = already


class LeaseLost(SwarmError):
    """The lease that was to be used is not the one that stands."""

    exit_code = 6


class Damaged(SwarmError):
    """A claim ref says nothing that can be understood."""


class Run(NamedTuple):
    """Who asks, what he can show, and when."""

    me: Identity
    proofs: Proofs
    now: int


class Want(NamedTuple):
    """What is asked for."""

    task: str
    ttl: int = 0
    paths: tuple[str, ...] = ()
    nonce: str = ""  # shown as a proof

    @property
    def key(self) -> str:
        return leases.key_of(self.task)


class Plan(NamedTuple):
    """What the refs shall say, and what that means."""

    sheets: Mapping[str, Sheet]
    lease: Lease
    held: str  # new | mine
    over: Lease | None = None


def granted(run: Run, want: Want, slots: Mapping[str, Slot]) -> Plan:
    slot = _sound(slots[want.key])
    last = slot.sheet.only if slot.sheet else None
    if last and not last.released and _repeats(run, want.nonce, last):
        until = max(last.expires, run.now + want.ttl)
        paths = tuple(dict.fromkeys((*last.paths, *want.paths)))
        if last.expires >= until and paths == last.paths:
            return Plan({}, last, "mine")
        return extended(run, last, until, paths, slots, "claim")
    if last and last.live(run.now):
        raise _held(run, want, last)
    lease = Lease(
        want.key, want.task, run.me.name, run.me.derived, os.urandom(16).hex(),
        leases.next_token(slot.sheet, run.now), run.now + want.ttl, "claim", False, want.paths,
    )  # fmt: skip
    over = last if last and not last.released else None
    return Plan(_sheets(run, lease, slots), lease, "new", over)


def extended(
    run: Run, lease: Lease, until: int, paths: tuple[str, ...],
    slots: Mapping[str, Slot], verb: str,
) -> Plan:  # fmt: skip
    longer = lease._replace(expires=until, paths=paths, verb=verb)
    try:
        return Plan(_sheets(run, longer, slots), longer, "mine")
    except Held as error:
        if verb != "renew":
            raise
        raise LeaseLost(error.what, where=lease.task, remedy=error.remedy) from error


def released(run: Run, want: Want, slots: Mapping[str, Slot]) -> Plan:
    lease = owned(run, want, slots, dead=True)
    if lease.released:
        return Plan({}, lease, "mine")
    dead = lease._replace(released=True, verb="release", paths=())
    sheets = {want.key: _sheet(dead.token, (dead,))}
    paths = slots[PATHS].sheet
    if lease.paths and paths and any(each.nonce == lease.nonce for each in paths.leases):
        left = tuple(each for each in paths.leases if each.nonce != lease.nonce)
        sheets[PATHS] = _sheet(leases.next_token(paths, run.now), left)
    return Plan(sheets, dead, "mine")


def _sheets(run: Run, lease: Lease, slots: Mapping[str, Slot]) -> dict[str, Sheet]:
    """The refs of a lease; Held when any of its paths may be another's."""
    sheets = {lease.key: _sheet(lease.token, (lease,))}
    if not lease.paths:
        return sheets
    paths = _sound(slots[PATHS]).sheet
    others = [
        each for each in (paths.leases if paths else ())
        if each.nonce != lease.nonce and each.live(run.now)
    ]  # fmt: skip
    for each in others:
        own = (each.holder, each.derived) == (lease.holder, False)
        if not own and leases.clash(lease.paths, each.paths):
            raise _held(run, Want(lease.task), each)
    sheets[PATHS] = _sheet(leases.next_token(paths, run.now), (*others, lease))
    return sheets


def _sheet(token: int, listed: tuple[Lease, ...]) -> Sheet:
    return Sheet(os.urandom(8).hex(), token, listed)


def _sound(slot: Slot) -> Slot:
    if slot.fault:
        raise Damaged(slot.fault, where=slot.key, remedy=slot.remedy)
    return slot


def is_mine(run: Run, lease: Lease, nonce: str = "") -> bool:
    """Whether a run may use a lease: one rule for what it renews, gives back and lists as its own.

    By a name that was given, by the nonce, or by what this clone kept. Two leases under
    one derived name prove neither.
    """
    if nonce or _repeats(run, nonce, lease):
        return _repeats(run, nonce, lease)
    kept = [each for each in run.proofs.of(lease.key) if each.holder == run.me.name]
    shown = any((each.nonce, each.token) == (lease.nonce, lease.token) for each in kept)
    return shown and (len(kept) == 1 or not run.me.derived)


def _repeats(run: Run, nonce: str, lease: Lease) -> bool:
    """Whether a claim may get this lease back: only a name that was given, or the nonce."""
    if nonce:
        return nonce == lease.nonce
    return not run.me.derived and not lease.derived and lease.holder == run.me.name


def owned(run: Run, want: Want, slots: Mapping[str, Slot], *, dead: bool = False) -> Lease:
    """The lease that stands, if it can be shown to be ours."""
    slot = _sound(slots[want.key])
    lease = slot.sheet.only if slot.sheet else None
    again = f"swarm claim {quote(want.task)}"
    if not lease:
        raise LeaseLost("there is no lease on it", where=want.task, remedy=again)
    if not is_mine(run, lease, want.nonce):
        raise LeaseLost(_by(lease), where=want.task, remedy=f"{again}, when it is free")
    if lease.released and not dead:
        raise LeaseLost("its lease was released", where=want.task, remedy=again)
    return lease


def _by(lease: Lease) -> str:
    told = lease.as_json()
    state = "was released by" if lease.released else "is held by"
    return f"{lease.task} {state} {lease.holder} until {told['expires']} (token {lease.token})"


def _held(run: Run, want: Want, lease: Lease) -> Held:
    already = run.me.derived and lease.derived and lease.holder == run.me.name
    what = _by(lease) + (f", with {', '.join(lease.paths)}" if lease.paths else "")
    remedy = "swarm orient" if lease.key == want.key else f"swarm claim {quote(want.task)} later"
    if already and lease.key == want.key:
        what = f"held: already. {what}, by a name that other runs may share"
        kept = run.proofs.path(lease.key, lease.nonce)
        remedy = f"if it is yours: swarm claim {quote(want.task)} --nonce N, with N from {kept}"
        remedy += "; next time set SWARM_AGENT"
    return Held(what, lease, already=already, remedy=remedy)
