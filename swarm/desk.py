"""A desk for a verb: the board's repository, its remote for claims, and who asks."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm import claims, identity
from swarm.errors import NotFound
from swarm.records import Line, Problem, RefUpdate

if TYPE_CHECKING:
    from swarm.board import Board

Held, LeaseLost, Want, Outcome = claims.Held, claims.LeaseLost, claims.Want, claims.Outcome
take, renew, release, publish = claims.take, claims.renew, claims.release, claims.publish
seconds, checked = claims.seconds, claims.checked
listed, confirm, is_mine = claims.listed, claims.confirm, claims.is_mine


def open_desk(board: Board, *, asks: bool = True) -> claims.Desk:
    """Everything that leases need to know, read once. Who only reads `asks` no remote."""
    repo, environ = board.place.repo, board.around.environ
    now = board.around.now_ns // 10**9
    told = board.place.settings.claims_remote
    proofs = identity.Proofs(repo.common_dir / "swarm" / "state" / "claims")
    run = claims.Run(identity.whoami(environ), proofs, now)
    refs = claims.Arbiter(repo, claims.find_remote(repo, told) if asks else None, now)
    return claims.Desk(refs, run, identity.Proof)


def claimed_id(board: Board, desk: claims.Desk, name: str) -> str:
    """The id that a lease goes by; its record may be on another branch, or gone."""
    try:
        return board.get(name).id
    except NotFound:
        key = claims.Want(name).key
        if not desk.refs.read((key,))[key].oid:
            raise
        return name


def who(board: Board) -> str:
    """Whose word this run's is."""
    return "person" if identity.is_person(board.around.environ) else "agent"


def in_force(desk: claims.Desk, want: claims.Want) -> claims.Outcome:
    """What closing needs: a lease that is ours, and has not run out."""
    done = confirm(desk, want)
    if not done.lease.live(desk.run.now):
        what = f"its lease ended {done.as_json()['expires']}"
        raise LeaseLost(what, where=want.task, remedy=f"swarm renew {quote(want.task)}")
    return done


def fence(desk: claims.Desk, want: claims.Want) -> tuple[claims.Lease, list[RefUpdate]]:
    """The lease, and the refs that end it together with the branch that says why."""
    lease, refs = claims.fence(desk, want)
    if not refs:
        what = "its lease was released meanwhile"
        raise LeaseLost(what, where=want.task, remedy=f"swarm claim {quote(want.task)}")
    return lease, refs


def close(desk: claims.Desk, want: claims.Want) -> tuple[str, tuple[Problem, ...]]:
    """After its refs have moved: tell the remote, and forget what proved the lease."""
    told = publish(desk)
    for proof in desk.run.proofs.of(want.key):
        desk.run.proofs.drop(want.key, proof.nonce)
    return told


def lease_line(lease: dict[str, object], what: str) -> Iterator[Line]:
    """A lease in one line, and its paths in a second."""
    facts = f"  {what} {lease['expires']}, token {lease['token']}, {lease['scope']}"
    yield [(str(lease["id"]), "id"), (facts, "")]
    paths = lease["paths"]
    if isinstance(paths, list) and paths:
        yield [("  " + " ".join(map(str, paths)), "dim")]
