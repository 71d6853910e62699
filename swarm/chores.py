"""What this clone has left lying: records in no commit, leases that ran out, claimed work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import moments, situation
from swarm.records import FOLDERS

if TYPE_CHECKING:
    from swarm.board import Board

SOON = 15 * 60  # seconds: a lease that ends so soon is better renewed now
FEW = 5  # files that are named one by one

Claim = situation.Claim
claims = situation.claims


class Chore(NamedTuple):
    """One thing to do, why, and the command that does it."""

    id: str
    why: str
    command: str


def uncommitted(board: Board) -> Iterator[Chore]:
    """Records that only this work tree has."""
    own = tuple(f"{folder}/" for folder in FOLDERS)
    paths = [
        path
        for path in board.place.repo.changed_paths()
        if path.startswith(own) or path in ("SWARM.md", "swarm.toml")
    ]
    if not paths:
        return
    folders = sorted({path.split("/", maxsplit=1)[0] for path in paths})
    named = paths if len(paths) <= FEW else folders
    what = paths[0] if len(paths) == 1 else f"{len(paths)} files of the board"
    verb = "is" if len(paths) == 1 else "are"
    added = " ".join(quote(each) for each in named)
    why = f"{what} {verb} in no commit: other clones do not have it"
    yield Chore("", why, f"git add -- {added} && git commit")


def due(board: Board, held: Iterable[Claim]) -> Iterator[Chore]:
    """What cannot be read, leases that ran out, and those of ours that soon will."""
    problems = board.problems()
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        yield Chore("", f"{problems[0].path}: {problems[0].what}{more}", "swarm doctor")
    for each in held:
        task = str(each.told["id"])
        if each.expired:
            why = f"the lease of {each.told['holder']} ended {each.told['expires']}"
            verb = "release" if each.mine else "claim"
            yield Chore(task, why, f"swarm {verb} {quote(task)}")
        elif each.mine and _ends_soon(board, each):
            yield Chore(
                task, f"your lease ends {each.told['expires']}", f"swarm renew {quote(task)}"
            )


def claimed(board: Board, held: Iterable[Claim]) -> Iterator[Chore]:
    """The work that this run has taken: said what to expect of it, or to be closed."""
    for each in sorted(held, key=lambda one: str(one.told["expires"])):
        if not each.mine or each.expired:
            continue
        task = str(each.told["id"])
        for record in board.view.named(task)[:1]:
            if record.kind != "task":
                command, why = f"swarm release {quote(task)}", "you hold it"
            elif record.keys.get("p") is None:
                command = f'swarm expect {quote(task)} "what you will see" --p 0.8 --verify CMD'
                why = "you hold it, and nothing is expected of it yet"
            else:
                command, why = f"swarm close {quote(task)}", f"you hold it: {record.title}"
            yield Chore(task, why, command)


def _ends_soon(board: Board, claim: Claim) -> bool:
    ends = moments.read(str(claim.told["expires"]))
    return ends is not None and ends - board.around.now_ns // 10**9 < SOON
