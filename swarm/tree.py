"""Where records are read from: the work tree, or any commit.

Both kinds of tree list the same entries and hand out the same bytes, so that
nothing further in cares which one it reads.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote

from swarm import settings
from swarm.errors import NotFound
from swarm.git import Entry, Repo, locate
from swarm.records import (
    FOLDERS,
    MAX_BYTES,
    Addition,
    Found,
    Loaded,
    Problem,
    shown,
    too_large,
)

Settings = settings.Settings
_SETTINGS = settings.FILE.encode()
SYMLINK, GITLINK = "120000", "160000"  # modes of a tree's entries


@dataclass(frozen=True)
class _GitTree:
    """What both kinds of tree ask of git."""

    repo: Repo

    @property
    def head(self) -> str:
        return self.repo.head

    @property
    def grafts(self) -> str:
        return self.repo.grafts

    @property
    def shallow(self) -> frozenset[str]:
        return self.repo.shallow

    @cached_property
    def settings(self) -> Settings:
        return settings.Settings()

    @property
    def half_life(self) -> float:
        return self.settings.weights.half_life

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.settings.problems

    @property
    def folders(self) -> list[str]:
        """The folders and files that records and pages lie below; none when that is everywhere."""
        found = {*FOLDERS, *map(settings.base, self.settings.pages)}
        return [] if "" in found else sorted(found)

    @cached_property
    def listing(self) -> tuple[Found, ...]:
        return ()

    @cached_property
    def state(self) -> str:
        """A digest that changes whenever a read could answer differently."""
        from _blake2 import blake2b  # hashlib would load OpenSSL, which takes 2 ms of every command

        told = blake2b(digest_size=20)
        told.update(repr(self.settings).encode("utf-8", "backslashreplace"))
        told.update(b"\n".join(b"%s\0%s" % (each.path, each.stamp) for each in self.listing))
        return told.hexdigest()

    def blobs(self, oids: Iterable[str]) -> Iterator[bytes]:
        return self.repo.blobs(oids)

    def additions(self, since: str) -> Iterator[Addition]:
        """The commits that added files, since another commit or since ever."""
        return self.repo.additions(self._span(since), self.folders) if self.head else iter(())

    def first_parents(self, since: str) -> list[tuple[str, str]]:
        return self.repo.first_parents(self._span(since)) if self.head else []

    def holds(self, commit: str) -> bool:
        return self.repo.is_ancestor(commit, self.head)

    def _span(self, since: str) -> str:
        return f"{since}..{self.head}" if since else self.head


@dataclass(frozen=True)
class WorkTree(_GitTree):
    """The files as they lie on disk now, committed or not."""

    root: Path

    @property
    def key(self) -> str:
        return f"worktree:{shown(os.fsencode(self.root))}"

    @cached_property
    def settings(self) -> Settings:
        try:
            return settings.read(_read(os.fsencode(self.root / settings.FILE)))
        except (FileNotFoundError, IsADirectoryError):
            return self._skipped_settings() if self.repo.is_sparse() else settings.Settings()
        except OSError as error:
            return settings.refused(error.strerror or "it is no file")

    @cached_property
    def listing(self) -> tuple[Found, ...]:
        root = os.fsencode(self.root)
        found = [each for folder in FOLDERS for each in _walk(root, folder.encode(), False)]
        found += self._pages(root, {each.path for each in found})
        if self.repo.is_sparse() or (self.root / ".gitmodules").exists():
            found += self._only_in_index({each.path for each in found})
        return tuple(sorted(found, key=lambda each: each.path))

    def load(self, entries: Iterable[Found]) -> Iterator[Loaded]:
        for each in entries:
            if each.oid or each.problem:
                yield Loaded(each, each.oid, problem=each.problem)
                continue
            try:
                raw = _read(os.fsencode(self.root) + b"/" + each.path)
            except OSError as error:
                what = f"cannot be read: {error.strerror}"
                path = shown(each.path)
                yield Loaded(each, "", problem=Problem(path, 1, what, f"ls -l {quote(path)}"))
            else:
                yield Loaded(each, _blob_id(raw, self.repo.object_format), raw)

    def _pages(self, root: bytes, known: set[bytes]) -> Iterator[Found]:
        globs = self.settings.pages
        covers = settings.matcher(globs)
        for folder in sorted({settings.base(glob) for glob in globs}):
            for each in _walk(root, folder.encode(), True):
                if covers.match(each.path) and each.path not in known:
                    known.add(each.path)
                    yield each

    def _skipped_settings(self) -> Settings:
        entries = self.repo.index_files([settings.FILE])
        oids = [each.oid for each in entries if each.skipped and each.path == _SETTINGS]
        return settings.read(b"".join(self.repo.blobs(oids)))

    def _only_in_index(self, known: set[bytes]) -> Iterator[Found]:
        """What sparse checkout left out of the work tree; submodules that nobody fetched."""
        covers = settings.matcher(self.settings.pages)
        for entry in self.repo.index_files(self.folders):
            absent = entry.skipped or entry.mode == GITLINK
            if absent and entry.path not in known and _wanted(entry.path, covers, entry.mode):
                yield _from_git(entry.path, entry.mode, entry.oid)


@dataclass(frozen=True)
class CommitTree(_GitTree):
    """The files of one commit."""

    commit: str

    @property
    def head(self) -> str:
        return self.commit

    @property
    def key(self) -> str:
        return "commit"

    @cached_property
    def settings(self) -> Settings:
        for entry in self.repo.tree_files(self.head, [settings.FILE]):
            if entry.path == _SETTINGS and entry.mode == SYMLINK:
                return settings.refused(os.strerror(errno.ELOOP))
            if entry.path == _SETTINGS and entry.mode != GITLINK:
                return settings.read(b"".join(self.repo.blobs([entry.oid])))
        return settings.Settings()

    @cached_property
    def listing(self) -> tuple[Found, ...]:
        covers = settings.matcher(self.settings.pages)
        entries = self.repo.tree_files(self.head, self.folders)
        found = [
            _from_git(entry.path, entry.mode, entry.oid)
            for entry in entries
            if _wanted(entry.path, covers, entry.mode)
        ]
        found += map(_no_record, _folders_like_records(entries))
        return tuple(sorted(found, key=lambda each: each.path))

    def load(self, entries: Iterable[Found]) -> Iterator[Loaded]:
        for each in entries:
            yield Loaded(each, each.oid, problem=each.problem)


AnyTree = WorkTree | CommitTree


def open_tree(start: Path, revision: str | None, environ: Mapping[str, str]) -> AnyTree:
    """The work tree, or a commit when one is asked for or there is no work tree."""
    repo = locate(start, environ)
    if revision is not None:
        return CommitTree(repo, repo.commit_of(revision))
    if repo.root is not None:
        return WorkTree(repo, repo.root)
    if not repo.head:
        raise _nothing_yet(repo)
    return CommitTree(repo, repo.commit_of("HEAD"))


def _nothing_yet(repo: Repo) -> NotFound:
    """Neither a work tree nor a commit: it has other branches, or it waits for its first push."""
    name = repo.branch.removeprefix("refs/heads/") or "HEAD"
    what = f"the branch {name} has no commit yet, and there is no work tree here"
    place = quote(str(repo.git_dir))
    remedy = f"git push {place} HEAD:{quote(name)} from a clone, or choose a branch that is there:"
    remedy += f" git -C {place} symbolic-ref HEAD refs/heads/BRANCH"
    return NotFound(what, where=str(repo.git_dir), remedy=remedy)


def _wanted(path: bytes, covers: re.Pattern[bytes], mode: str) -> bool:
    parts = path.split(b"/")
    hidden = any(part.startswith(b".") for part in parts)
    inside = parts[0].decode("utf-8", "replace") in FOLDERS and not hidden
    if mode == GITLINK or (mode == SYMLINK and b"." not in parts[-1]):
        return inside  # it may hide a folder full of records
    return (inside and path.endswith(b".md")) or covers.match(path) is not None


def _from_git(path: bytes, mode: str, oid: str) -> Found:
    """An entry of a tree; links are not followed here either."""
    stamp = f"{mode} {oid}".encode()
    if mode == SYMLINK:
        return Found(path, stamp, problem=_not_followed(path))
    if mode == GITLINK:
        return Found(path, stamp, problem=_not_ours(path))
    return Found(path, stamp, oid=oid)


def _folders_like_records(entries: list[Entry]) -> set[bytes]:
    found = set()
    for entry in entries:
        parts = entry.path.split(b"/")
        if parts[0].decode("utf-8", "replace") in FOLDERS and b"/." not in entry.path:
            ends = (at for at in range(1, len(parts)) if parts[at - 1].endswith(b".md"))
            found |= {b"/".join(parts[:at]) for at in ends}
    return found


def _no_record(path: bytes) -> Found:
    what = "a folder with the name of a record"
    return Found(path, b"folder", problem=Problem(shown(path), 1, what, "rename it"))


def _not_ours(path: bytes) -> Problem:
    what = "another repository lies in this folder, and is not read"
    return Problem(shown(path), 1, what, f"move {quote(shown(path))} elsewhere")


def _not_followed(path: bytes) -> Problem:
    remedy = f"put the file itself in its place: rm {quote(shown(path))}"
    return Problem(shown(path), 1, "a symbolic link, which is not followed", remedy)


def _walk(root: bytes, folder: bytes, hidden: bool) -> list[Found]:
    """The markdown below a folder. Links and other repositories are left alone."""
    try:
        info = os.lstat(root + b"/" + folder)
    except OSError:
        return []
    found: list[Found] = []
    if stat.S_ISDIR(info.st_mode):
        _walk_folder(root, folder, hidden, found)
    elif folder.endswith(b".md") or stat.S_ISLNK(info.st_mode):
        found.append(_file(folder, info))
    return found


def _walk_folder(root: bytes, folder: bytes, hidden: bool, found: list[Found]) -> None:
    try:
        with os.scandir(root + b"/" + folder) as entries:
            inside = list(entries)
    except OSError as error:
        what = f"cannot be listed: {error.strerror}"
        problem = Problem(shown(folder), 1, what, f"ls -ld {quote(shown(folder))}")
        found.append(Found(folder, b"unlisted", problem=problem))
        return
    if folder and any(entry.name == b".git" for entry in inside):
        found.append(Found(folder, b"repository", problem=_not_ours(folder)))
        return
    before = folder + b"/" if folder else b""
    for entry in inside:
        name = entry.name
        path = before + name
        if name.startswith(b".") and (not hidden or name == b".git"):
            continue
        if entry.is_dir(follow_symlinks=False):
            if name.endswith(b".md"):
                found.append(_no_record(path))
            _walk_folder(root, path, hidden, found)
        elif name.endswith(b".md") or (b"." not in name and entry.is_symlink()):
            try:
                found.append(_file(path, entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                continue  # gone between the two looks: then it is not there


def _file(path: bytes, info: os.stat_result) -> Found:
    stamp = b"%d %d %d %d %d" % (
        info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_mode,
    )  # fmt: skip
    problem = None
    if stat.S_ISLNK(info.st_mode):
        problem = _not_followed(path)
    elif not stat.S_ISREG(info.st_mode):
        problem = Problem(shown(path), 1, "not a regular file", "move it elsewhere")
    elif info.st_size > MAX_BYTES:
        problem = too_large(shown(path), info.st_size)
    return Found(path, stamp, info.st_ctime_ns, problem=problem)


def _read(path: bytes) -> bytes:
    """A file's bytes, unless it has become a link or a pipe since it was listed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read()


def _blob_id(raw: bytes, object_format: str) -> str:
    """The id git gives these bytes, so that a file and its blob share what was parsed."""
    import hashlib  # only a changed file pays for it

    return hashlib.new(object_format, b"blob %d\0" % len(raw) + raw).hexdigest()
