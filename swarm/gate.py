"""The gate that every write goes through: what the oracle refuses is not written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swarm import oracle
from swarm.commit import Committed, Message, commit, notes
from swarm.errors import SwarmError
from swarm.records import RefUpdate

if TYPE_CHECKING:
    from swarm.closure import Verdict
    from swarm.git import Repo

__all__ = ["Committed", "Message", "Rejected", "notes", "write"]

Changes = Mapping[str, bytes | None]


class Rejected(SwarmError):
    """The oracle does not let this be written."""

    exit_code = 8


def write(  # noqa: PLR0913 - what a write is, where, by whom and when
    repo: Repo,
    root: Path,
    changes: Changes,
    message: Message,
    environ: Mapping[str, str],
    now_ns: int,
    *,
    refs: Sequence[RefUpdate] = (),
    fresh: bool = False,
    keep: bool = False,
    start: Mapping[str, bytes] | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
) -> Committed:
    """What `commit.commit` does, if no rule is against it. `verdicts`: what was shown, by path.

    What stood there before is what the last commit says, whatever a file says by now.
    """
    before = _standing(repo, changes)
    judged = oracle.judge(changes, before, verdicts or {}, message.verb)
    found = [each for each in judged if each.level == "error"]
    if found:
        raise Rejected(found[0].what, where=found[0].path, remedy=found[0].remedy)
    return commit(
        repo, root, changes, message, environ, now_ns, refs=refs, fresh=fresh, keep=keep,
        start=start,
    )  # fmt: skip


def _standing(repo: Repo, changes: Changes) -> dict[str, bytes]:
    """What the last commit holds in the places that would change."""
    found = repo.objects(f"{repo.head}:{path}" for path in changes) if repo.head else []
    there = {
        path: each[0]
        for path, each in zip(changes, found, strict=False)
        if each and each[1] == "blob"
    }
    return dict(zip(there, repo.blobs(there.values()), strict=True))
