"""The gate that every write goes through: what the oracle refuses is not written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swarm import commit, hearing
from swarm.errors import SwarmError
from swarm.records import Problem, RefUpdate

if TYPE_CHECKING:
    from swarm.closure import Verdict
    from swarm.git import Repo

__all__ = ["Committed", "Message", "Rejected", "notes", "write"]

Changes = Mapping[str, bytes | None]
Message = commit.Message

_SHOWN = 3  # pieces of advice, or reasons to refuse


class Committed(NamedTuple):
    """The commit that holds a write, why there is none, and what the oracle advises."""

    commit: str
    why: str
    advice: tuple[Problem, ...]


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
    judged = hearing.of_files(repo, changes, before, message.text(), verdicts or {})
    refused = [each.problem for each in judged if each.problem.level == "error"]
    if refused:
        what, remedy = ("; ".join(dict.fromkeys(told)) for told in _few(refused))
        raise Rejected(what, where=refused[0].path, remedy=remedy)
    done = commit.commit(
        repo, root, changes, message, environ, now_ns, refs=refs, fresh=fresh, keep=keep,
        start=start,
    )  # fmt: skip
    advice = tuple(each.problem for each in judged if each.problem.level == "warning")
    return Committed(done.commit, done.why, advice)


def _few(problems: Sequence[Problem]) -> tuple[list[str], list[str]]:
    """What is wrong, and what mends it; of many, as much as anybody reads at once."""
    shown = problems[:_SHOWN]
    more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    return [each.what for each in shown] + more, [each.remedy for each in shown]


def notes(what: str, done: Committed) -> tuple[str, ...]:
    """What a person must hear of a write. What is in no commit is judged again on its way there."""
    heard = commit.notes(what, commit.Committed(done.commit, done.why))
    if done.why and not done.commit:
        return heard
    pairs = zip_longest(*_few(done.advice))
    return (*heard, *(f"{told} → {remedy}" if remedy else told for told, remedy in pairs))


def _standing(repo: Repo, changes: Changes) -> dict[str, bytes]:
    """What the last commit holds in the places that would change."""
    found = repo.objects(f"{repo.head}:{path}" for path in changes) if repo.head else []
    there = {
        path: each[0]
        for path, each in zip(changes, found, strict=False)
        if each and each[1] == "blob"
    }
    return dict(zip(there, repo.blobs(there.values()), strict=True))
