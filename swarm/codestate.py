"""The code in a work tree: a digest of it, and what has become of it since."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swarm import git
from swarm.records import FOLDERS, shown

if TYPE_CHECKING:
    from swarm.git import Repo

LOCAL_VARIABLES = git.LOCAL_VARIABLES

_CHUNK = 1 << 20


class File(NamedTuple):
    """A file that differs from the last commit: what git says of it, and what it holds."""

    state: bytes
    mode: str  # as git has them; empty where there is no file
    oid: str


class CodeState(NamedTuple):
    """Where HEAD stands, and what differs from it."""

    head: str
    branch: str
    files: Mapping[bytes, File]


def look(repo: Repo, root: Path) -> CodeState:
    """The work tree as it is now; GitError when git cannot tell."""
    head = repo.attempt("rev-parse", "--verify", "--quiet", "HEAD").out.decode().strip()
    branch = shown(repo.attempt("symbolic-ref", "--quiet", "HEAD").out).strip()
    files = {}
    for row in _rows(repo, "status", "--porcelain=v2", "--no-renames", "-uall"):
        kind, path = row[:1], row.split(b" ", {b"1": 8, b"u": 10}.get(row[:1], 1))[-1]
        if kind in b"1u?":
            state = row[: -len(path)]
            files[path] = File(state, *_content(root / os.fsdecode(path), repo.object_format))
    return CodeState(head, branch, files)


def digest(repo: Repo, now: CodeState) -> str:
    """The code in twelve letters, the same whether it is committed yet or not; records aside."""
    code = {path: (each.mode, each.oid) for path, each in now.files.items() if _is_code(path)}
    code = dict(_committed(repo, now.head)) | code
    kept = sorted((path, *of) for path, of in code.items() if of[1])
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:12]


def _committed(repo: Repo, head: str) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """The code of a commit: of the board's own folders, which may be large, nothing is read."""
    tops = _rows(repo, "ls-tree", "--full-tree", "--name-only", head) if head else ()
    names = [os.fsdecode(each) for each in tops if _is_code(each)]
    for row in _rows(repo, "ls-tree", "-r", "--full-tree", head, "--", *names) if names else ():
        facts, _, path = row.partition(b"\t")
        mode, _, oid = facts.decode().split(" ")
        yield path, (mode, oid)


def changed(repo: Repo, root: Path, before: CodeState) -> tuple[str, ...]:
    """The files that are not what they were, and HEAD when it has moved."""
    after = look(repo, root)
    turned = {
        path
        for path in {*before.files, *after.files}
        if before.files.get(path) != after.files.get(path)
    }
    moved = (before.head, before.branch) != (after.head, after.branch)
    if before.head and after.head and before.head != after.head:
        asked = ("diff-tree", "-r", "--name-only", "--no-renames", before.head, after.head)
        turned.update(_rows(repo, *asked))
    return (*(["HEAD"] if moved else []), *sorted(map(shown, turned)))


def _rows(repo: Repo, verb: str, *asked: str) -> Iterator[bytes]:
    yield from filter(None, repo.run(verb, "-z", *asked).split(b"\0"))


def _content(path: Path, object_format: str) -> tuple[str, str]:
    """The mode and the object id that git would give a file; what is no file has neither."""
    try:
        if path.is_symlink():
            return "120000", _oid(os.fsencode(path.readlink()), object_format)
        if not path.is_file():  # a pipe or a device would keep us waiting
            return "", ""
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            found = hashlib.new(object_format, b"blob %d\0" % told.st_size)
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        return "100755" if told.st_mode & 0o100 else "100644", found.hexdigest()
    except OSError:
        return "", ""


def _oid(raw: bytes, object_format: str) -> str:
    return hashlib.new(object_format, b"blob %d\0%s" % (len(raw), raw)).hexdigest()


def _is_code(path: bytes) -> bool:
    """Whether a path is not the board's: records come and go without changing what is checked."""
    return shown(path).split("/", maxsplit=1)[0] not in FOLDERS
