"""Taking, renewing and giving back leases: read, decide, one compare-and-swap, and again.

The swap decides between processes of this clone, the push between clones. A
lease is taken here first: killed anywhere in between, what is left is a lease
that its holder can take up, and that ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import granting
from swarm.arbiter import (
    STUCK,
    TRIES,
    Arbiter,
    Gone,
    Slot,
    Verdict,
    find_remote,
    lasts,
    pause,
    unsent,
)
from swarm.errors import SwarmError
from swarm.granting import PATHS, Damaged, Held, Lease, LeaseLost, Plan, Run, Want
from swarm.records import Problem, RefUpdate

seconds, checked = granting.seconds, granting.checked

__all__ = ["Arbiter", "Desk", "Held", "Lease", "LeaseLost", "Outcome", "Run", "Want", "find_remote"]

if TYPE_CHECKING:
    from swarm.identity import Proof


class Desk(NamedTuple):
    """Where leases are dealt with, by whom, and when."""

    refs: Arbiter
    run: Run
    proof: Callable[[str, str, int, str], Proof]


class Outcome(NamedTuple):
    """What came of it."""

    lease: Lease
    scope: str  # remote | local | unconfirmed
    held: str
    over: Lease | None
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        over = self.over.as_json() if self.over else None
        return {
            **self.lease.as_json(), "scope": self.scope, "held": self.held,
            "taken_over_from": over and {name: over[name] for name in ("holder", "expires")},
        }  # fmt: skip


Planner = Callable[[Mapping[str, Slot]], Plan]


def take(desk: Desk, want: Want) -> Outcome:
    """A lease on a task and its paths, all of it or nothing."""
    return _carry_out(desk, want, lambda slots: granting.granted(desk.run, want, slots))


def renew(desk: Desk, want: Want) -> Outcome:
    """The same lease, longer. Its token and nonce stay."""

    def plan(slots: Mapping[str, Slot]) -> Plan:
        lease = granting.owned(desk.run, want, slots)
        return granting.extended(
            desk.run, lease, desk.run.now + want.ttl, lease.paths, slots, "renew"
        )

    return _carry_out(desk, want, plan)


def release(desk: Desk, want: Want) -> Outcome:
    """A tombstone in its place, which keeps the token."""
    done = _carry_out(desk, want, lambda slots: granting.released(desk.run, want, slots))
    for proof in desk.run.proofs.of(want.key):
        desk.run.proofs.drop(want.key, proof.nonce)
    return done


def confirm(desk: Desk, want: Want) -> Outcome:
    """The lease as it stands, asked of the remote: what comes before any use of it."""

    def plan(slots: Mapping[str, Slot]) -> Plan:
        return Plan({}, granting.owned(desk.run, want, slots), "mine")

    return _carry_out(desk, want, plan, look=True)


def fence(desk: Desk, want: Want) -> tuple[Lease, list[RefUpdate]]:
    """What a close adds to its own transaction, so that it fails when the lease has moved.

    The caller moves these refs and its branch with one `update-ref`, then calls `publish`.
    """
    lease = confirm(desk, want).lease
    slots = desk.refs.read((want.key, PATHS))
    _, swaps = _stored(desk, slots, granting.released(desk.run, want, slots))
    return lease, swaps


def publish(desk: Desk) -> tuple[str, tuple[Problem, ...]]:
    """Settle with the remote whatever this clone alone knows. The scope, and what was lost."""
    scope, lost, problems = desk.refs.publish()
    return scope, (*_told(desk, lost), *problems)


def is_mine(desk: Desk, lease: Lease) -> bool:
    """Whether whoever asks may use a lease."""
    return granting.is_mine(desk.run, lease)


def listed(desk: Desk) -> Iterator[tuple[Lease | None, Slot]]:
    """Every claim ref: its lease, or none where it cannot be read."""
    for slot in desk.refs.read().values():
        if slot.fault or (slot.key != PATHS and slot.sheet):
            yield (None if slot.fault or not slot.sheet else slot.sheet.only), slot


def _carry_out(desk: Desk, want: Want, plan: Planner, *, look: bool = False) -> Outcome:
    """Read, plan, swap, push; from the start whenever somebody was quicker."""
    refs, both = desk.refs, (want.key, PATHS)
    asked, lost, why = None if refs.remote else Verdict("won"), list[Gone](), ""
    last: dict[str, Slot] = {}
    stuck = 0
    with refs.turn():
        for attempt in range(TRIES):
            slots = refs.read(both)
            if refs.crossed(slots):
                lost += refs.reconciled()
                slots = refs.read(both)
            stuck = stuck + 1 if slots == last else 0
            if stuck > (0 if lasts(why) else STUCK):
                break
            last = slots
            planned = None if look and not asked else _planned(plan, slots, asked)
            if not planned:  # only the remote can tell
                asked, more = refs.look(both)
                lost += more
                continue
            after, swaps = _stored(desk, slots, planned)
            why = refs.swap(swaps)
            if not why:
                sent = _unsent_with(desk, planned, slots, after)
                verdict = refs.push(sent) if sent else asked or Verdict("won")
                if verdict.said != "stale":
                    return _outcome(desk, planned, verdict, lost)
                why = verdict.why
                refs.swap([RefUpdate(each.ref, each.old, each.new) for each in swaps])
                asked, more = refs.look(both)
                lost += more
            if planned.held == "new":
                desk.run.proofs.drop(want.key, planned.lease.nonce)
            pause(attempt)
    remedy = refs.way_out(why) or "swarm claims --sync, and try again"
    raise SwarmError(f"the claim refs could not be moved: {why}", where=want.task, remedy=remedy)


def _planned(plan: Planner, slots: Mapping[str, Slot], asked: Verdict | None) -> Plan | None:
    """A plan; none when it is refused on the word of a remote that was not asked today."""
    try:
        return plan(slots)
    except (Held, LeaseLost, Damaged) as error:
        if not asked:
            return None
        if asked.said != "won":
            error.what += f" (as last seen, since the remote could not be asked: {asked.why})"
        raise


def _outcome(desk: Desk, planned: Plan, verdict: Verdict, lost: list[Gone]) -> Outcome:
    """What is told of a plan that was carried out, with the proofs left tidy."""
    if planned.held == "new":
        least = planned.over.token if planned.over else planned.lease.token
        for each in desk.run.proofs.of(planned.lease.key):
            if each.token < least:  # older than the lease taken over: nobody's any more
                desk.run.proofs.drop(each.key, each.nonce)
    scope, problems = desk.refs.scope(verdict)
    told = (*_told(desk, lost), *problems)
    return Outcome(planned.lease, scope, planned.held, planned.over, told)


def _told(desk: Desk, lost: list[Gone]) -> list[Problem]:
    """Those leases that this clone took and that are no more."""
    problems = {}
    for mine, theirs in lost:
        if any(each.nonce == mine.nonce for each in desk.run.proofs.of(mine.key)):
            whom = f"{theirs.holder} has it" if theirs else "its paths are another's"
            what = f"the lease of {mine.holder} (token {mine.token}) is no more: {whom}"
            problems[mine.nonce] = Problem(mine.task, 0, what, "swarm claims", "warning")
    return list(problems.values())


def _stored(
    desk: Desk, slots: Mapping[str, Slot], planned: Plan
) -> tuple[dict[str, Slot], list[RefUpdate]]:
    """The objects and the proof of a plan; the refs are where they were."""
    if planned.held == "new":
        lease = planned.lease
        desk.run.proofs.add(desk.proof(lease.key, lease.nonce, lease.token, lease.holder))
    after, swaps = dict(slots), []
    for key, sheet in planned.sheets.items():
        after[key], swap = desk.refs.put(slots[key], sheet)
        swaps.append(swap)
    return after, swaps


def _unsent_with(
    desk: Desk, planned: Plan, before: Mapping[str, Slot], after: Mapping[str, Slot]
) -> list[Slot]:
    """What goes to the remote in one piece. Paths never go without the tasks they belong to."""
    if not desk.refs.remote:
        return []
    paths = PATHS in planned.sheets or bool(planned.lease.paths)
    if paths and unsent(before[PATHS]):
        return [each for each in desk.refs.read().values() if unsent(each)]
    return [each for each in after.values() if unsent(each) and (each.key != PATHS or paths)]
