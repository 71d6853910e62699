"""A real history as it would have been on a blackboard: every commit of its beliefs, imported."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from conftest import Repository

from swarm import git
from swarm.ancestor import plan
from swarm.records import id_in_name

BUNDLE = Path(__file__).parents[2] / "shared" / "corpora" / "ancestor.bundle"

Records = dict[str, bytes]  # path → file

_ROWS = re.compile(r"beliefs/|memory/PRINCIPLES\.md$|(?:domains/[^/]+/)?tasks/FRONTIER")
_WHERE = ("beliefs", "memory/PRINCIPLES.md", "tasks", "domains")
_SOURCE = re.compile(rb"^source: .*\n", re.MULTILINE)


def reader(repo: Repository) -> Callable[[str], Records]:
    """What the beliefs, principles and open questions of a commit become, one record a file."""
    opened = git.locate(repo.root, repo.environ)

    @cache
    def records(path: str, oid: str) -> Records:
        raw = next(opened.blobs([oid]))
        made = plan.plan([(path, raw)], lambda *_: "", "").records
        return {each.path: each.raw for each in made}

    def read(commit: str) -> Records:
        found: Records = {}
        ids: set[str | None] = set()
        for entry in opened.tree_files(commit, _WHERE):
            path = os.fsdecode(entry.path)
            if _ROWS.match(path) and entry.mode.startswith("100"):
                fresh = records(path, entry.oid)
                found |= {each: raw for each, raw in fresh.items() if _id(each) not in ids}
                ids |= set(map(_id, fresh))
        return found

    return read


def replay(repo: Repository) -> None:
    """Each commit that touched the ancestor's beliefs, on `main`, after one that holds its lessons.

    Without the key by which an import says where a record stood: these are to be judged.
    """
    repo.git("fetch", "-q", str(BUNDLE), "main:ancestor")
    read = reader(repo)
    log = repo.git("log", "--reverse", "-z", "--format=%H%x00%B", "ancestor", "--", "beliefs")
    fields = log.split("\0")
    lessons = repo.git("rev-parse", "ancestor:memory/lessons").strip()
    stream = [_commit(0, b"lessons\n"), f"M 040000 {lessons} memory/lessons\n".encode()]
    stood: Records = {}
    for number, (commit, message) in enumerate(zip(fields[0::2], fields[1::2], strict=False), 1):
        now = {path: _SOURCE.sub(b"", raw, count=1) for path, raw in read(commit).items()}
        stream.append(_commit(number, f"{message}\n\nAncestor: {commit}\n".encode()))
        stream += [f"D {path}\n".encode() for path in sorted(stood.keys() - now.keys())]
        changed = {path: raw for path, raw in now.items() if stood.get(path) != raw}
        stream += [_file(path, raw) for path, raw in changed.items()]
        stood = now
    repo.git("fast-import", "--quiet", "--force", stdin=b"".join(stream))


def _id(path: str) -> str | None:
    return id_in_name(path.rsplit("/", 1)[-1].removesuffix(".md"))


def _commit(number: int, message: bytes) -> bytes:
    who = b"committer Ada <ada@example.org> %d +0000" % (1_700_000_000 + 3600 * number)
    return b"commit refs/heads/main\n%s\ndata %d\n%s\n" % (who, len(message), message)


def _file(path: str, raw: bytes) -> bytes:
    return b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(raw), raw)
