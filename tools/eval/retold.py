"""The ancestor imported again and again, each time as it was just before some work began.

A repository with two branches. On the first, each piece of work has a commit that
holds what `swarm import` would have written at that moment, and the work itself as an
open task. On the second the same, but every outcome is signed as a check's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from swarm.ancestor import dated, drafts, plan
from swarm.draft import Draft
from tools.eval.executed import Row, Work
from tools.eval.repository import Failed, Repository, git, made

AS_IT_IS, AS_IF_VERIFIED = "main", "verified"

_SOURCE = re.compile(rb"^source: .*\n", re.MULTILINE)
_OUTCOME = re.compile(rb"\A---\n(?:(?!---).*\n)*?outcome: .*\n")
_KNOWN_BEFORE = ("domain", "tests", "session", "by")

Say = Callable[[str], None]
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Moment:
    """A commit of the ancestor, and what an import just before it would have found."""

    commit: str
    when: int
    files: Mapping[str, bytes]
    seen: dated.Seen


@dataclass(slots=True)
class Branch:
    """Where each record stands on a branch, and what it says."""

    name: str
    paths: dict[str, str]
    files: Files

    def turned(self, records: Mapping[str, tuple[str, bytes]]) -> Iterator[bytes]:
        """What to tell git so that these are the records, each where it stood first."""
        placed = {self.paths.setdefault(name, path): raw for name, (path, raw) in records.items()}
        for path in sorted(self.files.keys() - placed.keys()):
            yield f"D {path}\n".encode()
        for path in sorted(placed):
            if self.files.get(path) != placed[path]:
                yield f"M 100644 inline {path}\ndata {len(placed[path])}\n".encode()
                yield placed[path] + b"\n"
        self.files = placed


def retold(repository: Repository, works: Sequence[Work], root: Path, say: Say) -> Repository:
    """The repository of all moments; one that is there already is taken for it."""

    def make(to: Path) -> None:
        git(to.parent, "init", "-q", "--bare", "-b", AS_IT_IS, str(to))
        told = b"".join(_told(repository, works, say))
        git(to, "fast-import", "--quiet", "--done", stdin=told + b"done\n")

    return made(root, make)


def commits(repository: Repository, branch: str) -> dict[str, str]:
    """The commit of each work by its name."""
    told = repository.run("log", "--format=%H %s", branch).decode()
    return {name: commit for commit, _, name in (each.partition(" ") for each in told.splitlines())}


def when(repository: Repository, commit: str) -> int:
    """The moment of a work's commit."""
    return int(repository.run("show", "-s", "--format=%at", commit).decode())


def records(files: Mapping[str, bytes], seen: dated.Seen) -> dict[str, tuple[str, bytes]]:
    """What an import would write, by id: path and bytes.

    Where a row stood is left out: else every row below a new one would be another record.
    """
    made = plan.plan(files.items(), partial(dated.first, seen), "")
    return {each.id: (each.path, unplaced(each.raw)) for each in made.records}


def unplaced(raw: bytes) -> bytes:
    """A record without the line and the commit that its row was read from."""
    return _SOURCE.sub(b"", raw, count=1)


def task(row: Row, when: int) -> tuple[str, str, bytes]:
    """A lane before it began, as the import would write it: its id, path and bytes."""
    keys = {key: row.keys[key] for key in _KNOWN_BEFORE if key in row.keys}
    bare = replace(row, title=row.id, body="", keys={"status": "open", **keys}, moments={})
    moment = f"{datetime.fromtimestamp(when, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
    one: tuple[Row, Draft] = (bare, drafts.draft(bare, lambda _: moment, ""))
    ((_, path, raw),) = drafts.placed([one])
    return row.id, path, unplaced(raw)


def verified(name: str, raw: bytes) -> bytes:
    """A record whose outcome, if it has one, a check decided: one of its own."""
    return _OUTCOME.sub(
        lambda found: found[0] + f"found_by: check\nverify: {name}\n".encode(), raw, count=1
    )


def moments(repository: Repository, wanted: Collection[str]) -> Iterator[Moment]:
    """What stood there before each of some commits, and when its rows were first seen."""
    commits, patches = list(repository.commits()), _patches(repository)
    tree: dict[str, str] = {}
    contents: Files = {}
    seen: dated.Seen = {}
    for commit in commits:
        when, patch = patches[commit.id]
        if commit.id in wanted:
            blobs = {path: blob for path, blob in tree.items() if blob not in contents}
            contents |= repository.blobs(blobs.values())
            contents = {blob: contents[blob] for blob in tree.values()}
            yield Moment(
                commit.id, when, {path: contents[blob] for path, blob in tree.items()}, dict(seen)
            )
        added = []
        for change in commit.changes:
            if dated.covered(change.path):
                if change.path not in tree:
                    added.append((change.path, when))
                tree[change.path] = change.blob
                if not change.blob:
                    del tree[change.path]
        for key, first in dated.first_seen(added, patch).items():
            seen[key] = min(first, seen.get(key, first))


def _told(repository: Repository, works: Sequence[Work], say: Say) -> Iterator[bytes]:
    begun: dict[str, list[Work]] = {}
    for each in works:
        begun.setdefault(each.commit, []).append(each)
    branches = [Branch(name, {}, {}) for name in (AS_IT_IS, AS_IF_VERIFIED)]
    for number, moment in enumerate(moments(repository, begun.keys()), 1):
        say(f"ancestor: moment {number} of {len(begun)}")
        before = records(moment.files, moment.seen)
        proven = {name: (path, verified(name, raw)) for name, (path, raw) in before.items()}
        for branch, stood in zip(branches, (before, proven), strict=True):
            yield from _committed(branch, moment.when, "before", stood)
            for work in begun[moment.commit]:
                name, path, raw = task(work.row, moment.when)
                if name in stood:
                    raise Failed(f"{name}: it is there before it begins")
                yield from _committed(branch, moment.when, name, {**stood, name: (path, raw)})


def _committed(
    branch: Branch, when: int, subject: str, stood: Mapping[str, tuple[str, bytes]]
) -> Iterator[bytes]:
    yield (
        f"commit refs/heads/{branch.name}\ncommitter swarm-eval <> {when} +0000\n"
        f"data {len(subject.encode())}\n{subject}\n"
    ).encode()
    yield from branch.turned(stood)


def _patches(repository: Repository) -> dict[str, tuple[int, bytes]]:
    """When each commit was made, and what it added to files of many rows."""
    told = repository.run(
        "log", "-p", "--first-parent", "--unified=0", "--diff-merges=first-parent", "--no-renames",
        "--text", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/",
        "--dst-prefix=b/", "--format=%x01%H %at", "HEAD", "--", *_FILES_OF_ROWS,
    )  # fmt: skip
    dates = repository.run("log", "--first-parent", "--format=%H %at", "HEAD").decode()
    found = {commit: (int(when), b"") for commit, when in map(str.split, dates.splitlines())}
    for piece in told.removeprefix(b"\x01").split(b"\n\x01") if told else ():
        commit, when = piece.split(b"\n", 1)[0].decode().split()
        found[commit] = int(when), b"\x01" + piece
    return found


# Lessons have a file each, which is as old as its name: their patches say nothing.
_FILES_OF_ROWS = (":(glob)**/*.md", ":(exclude)memory/lessons")
