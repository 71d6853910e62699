"""Whether what a record speaks of is still as it was when it was written.

A record may name files and commits of its repository. When one of those files
has changed or gone since the record last did, or a commit is no longer part of
history, the record may still be right: it is marked, not hidden.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm.errors import GitError
from swarm.records import FOLDERS

if TYPE_CHECKING:
    from swarm.git import Repo

_BOARD = tuple(f"{folder}/" for folder in FOLDERS)
MOST = 20  # names a record: one that lists more is an inventory

_PATH = re.compile(r"(?<![\w/.:@-])((?:[\w.-]+/)+[\w.-]*\w|\w[\w-]*\.[a-z]\w{0,4})(?![\w@/])")
_COMMIT = re.compile(r"\bcommit\s+`?([0-9a-f]{7,40})\b", re.IGNORECASE)


class Witness(NamedTuple):
    """A record that speaks of files and commits: where it lies, since when, what it says."""

    path: str
    since: str  # the commit that first held it
    text: str


def doubts(repo: Repo, head: str, witnesses: Sequence[Witness], *, whole: bool) -> dict[str, str]:
    """By record: what it names that has changed or vanished since it was written.

    Only a `whole` history can tell that a commit is no part of it. What git cannot
    say, as in half a clone without its remote, is a doubt as well.
    """
    if not head:
        return {}
    files = [(each, path) for each in witnesses if each.since for path in _paths(each)]
    try:
        told = _moved(repo, head, files)
        if whole and not repo.shallow:
            told |= _unreachable(repo, head, witnesses)
    except GitError as error:
        return {each.path: f"git cannot compare {path}: {error.what}" for each, path in files}
    return told


def _paths(witness: Witness) -> list[str]:
    """The files it names: from the repository's root, or `../` from where it lies itself."""
    here = posixpath.dirname(witness.path)
    found: dict[str, None] = {}
    for named in _PATH.findall(witness.text):
        path = posixpath.normpath(posixpath.join(here if named.startswith("../") else "", named))
        if not path.startswith(("../", *_BOARD)) and len(found) < MOST:
            found[path] = None  # other records are no evidence, and change for their own reasons
    return list(found)


def _moved(repo: Repo, head: str, files: Sequence[tuple[Witness, str]]) -> dict[str, str]:
    """Files that are not what they were when the record itself last changed.

    That takes a walk through history for each record, so it is asked only of those
    for which something differs since they were first written.
    """
    first = {each.path: each.since for each, _ in files}
    suspects = [(each, path) for each, path, _, _ in _differing(repo, head, files, first)]
    latest = {name: repo.last_change(head, name) for name in {each.path for each, _ in suspects}}
    changed = _differing(repo, head, suspects, latest)
    return {
        each.path: f"{path} has {'changed' if now else 'vanished'} since"
        for each, path, was, now in reversed(changed)
        if was
    }


def _differing(
    repo: Repo, head: str, files: Sequence[tuple[Witness, str]], since: Mapping[str, str]
) -> list[tuple[Witness, str, bool, bool]]:
    """Files that differ between a commit and now, each with whether it was there, and is.

    A folder changes with everything in it, so it counts only when it comes or goes.
    """
    then = [f"{since[each.path] or head}:{path}" for each, path in files]
    found = repo.objects([*then, *(f"{head}:{path}" for _, path in files)])
    return [
        (each, path, bool(was), bool(now))
        for (each, path), was, now in zip(files, found, found[len(files) :], strict=False)
        if was != now and not (was and now and "tree" in (was[1], now[1]))
    ]


def _unreachable(repo: Repo, head: str, witnesses: Sequence[Witness]) -> dict[str, str]:
    named = list(_commits(witnesses))
    if not named:
        return {}
    found = repo.objects(f"{commit}^{{commit}}" for _, commit in named)
    known = {commit: oid[0] for (_, commit), oid in zip(named, found, strict=True) if oid}
    outside = repo.unreachable(list(known.values()), head) if known else set()
    return {
        each.path: f"commit {commit[:12]} is not part of history"
        for each, commit in named
        if known.get(commit, "") in {*outside, ""}
    }


def _commits(witnesses: Sequence[Witness]) -> Iterator[tuple[Witness, str]]:
    for each in witnesses:
        for commit in _COMMIT.findall(each.text)[:MOST]:
            yield each, commit.lower()
