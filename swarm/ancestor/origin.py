"""Where an import reads from: a git repository at HEAD, or a folder as it lies on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from swarm import git
from swarm.ancestor import dated
from swarm.errors import NoRepository, NotFound, UsageError

_FOLDERS = ("memory", "beliefs", "tasks", "domains")
_LINK = "a symbolic link, which is not followed"


@dataclass(frozen=True)
class Folder:
    """A folder without git: what lies in it now, with no history."""

    root: Path
    commit: str = ""

    @cached_property
    def files(self) -> dict[str, bytes | str]:
        """Each file that is read, by path: its bytes, or why there are none."""
        return {
            path: _content(self.root / path) for path in _walk(self.root) if dated.covered(path)
        }

    def dates(self) -> Callable[[str, str, str], str]:
        return lambda kind, record_id, moment: ""

    def notes(self) -> tuple[str, ...]:
        linked = (path for path in _walk(self.root) if (self.root / path).is_symlink())
        said = "the source has no history: records keep the dates that their rows state"
        return (said, *_links(linked))


@dataclass(frozen=True)
class Repository:
    """A repository as HEAD has it, from some folder of it down."""

    repo: git.Repo
    prefix: str  # empty, or a path that ends with a slash
    commit: str

    @cached_property
    def files(self) -> dict[str, bytes | str]:
        """Each file that is read, by path: its bytes, or why there are none."""
        covered = [(path, entry) for path, entry in self._entries if dated.covered(path)]
        regular = [(path, entry.oid) for path, entry in covered if entry.mode.startswith("100")]
        blobs = self.repo.blobs(oid for _, oid in regular)
        found: dict[str, bytes | str] = {path: _LINK for path, _ in covered}
        return found | dict(zip((path for path, _ in regular), blobs, strict=True))

    def dates(self) -> Callable[[str, str, str], str]:
        """By kind, id and moment, when a record was first seen: `dated.first`."""
        added = [
            (self._below(path), each.when)
            for each in self.repo.additions(self.commit, self._folders)
            for path in each.paths
        ]
        listed = sorted({self.prefix + path for path, _ in added if dated.by_line(path)})
        seen = dated.first_seen(added, self._patches(listed) if listed else b"")
        return partial(dated.first, seen)

    def notes(self) -> tuple[str, ...]:
        said = []
        if self.repo.shallow:
            said.append("the source is a shallow clone: what is older than it is dated too late")
        if self.repo.root is not None:
            lying = Folder(self.repo.root / self.prefix).files
            changed = sum(_text(self.files.get(path)) != _text(lying[path]) for path in lying)
            if changed:
                said.append(
                    f"{changed} files of the source differ from HEAD, which is what was read"
                )
        return (*said, *_links(path for path, entry in self._entries if entry.mode == "120000"))

    @cached_property
    def _entries(self) -> list[tuple[str, git.Entry]]:
        listing = self.repo.tree_files(self.commit, self._folders)
        return [(self._below(entry.path), entry) for entry in listing]

    @property
    def _folders(self) -> list[str]:
        return [self.prefix + folder for folder in _FOLDERS]

    def _below(self, path: bytes) -> str:
        return os.fsdecode(path).removeprefix(self.prefix)

    def _patches(self, paths: list[str]) -> bytes:
        """All that was ever added to some files, on every parent's side."""
        below = (f"--relative={self.prefix}",) if self.prefix else ()
        return self.repo.run(
            "log", "-p", "--unified=0", "--full-history", "--diff-merges=first-parent",
            "--no-renames", "--no-follow", "--text", "--no-color", "--no-ext-diff", "--no-textconv",
            "--no-show-signature", "--src-prefix=a/", "--dst-prefix=b/", "--format=%x01%H %at",
            *below, "--end-of-options", self.commit, "--", *paths,
        )  # fmt: skip


def open_source(source: Path, environ: Mapping[str, str]) -> Folder | Repository:
    """The repository that `source` is, or is a folder of; else the folder itself."""
    if source.is_file():
        raise UsageError(
            "a file, where a folder or a repository is expected", where=str(source),
            remedy=f"if it is a bundle: git clone {source} DIR, then swarm import DIR",
        )  # fmt: skip
    if not source.is_dir():
        raise NotFound("there is no such folder", where=str(source), remedy=f"ls {source.parent}")
    try:
        repo = git.locate(source, environ)
    except NoRepository:
        return Folder(source)
    prefix = _prefix(source.resolve(), repo.root)
    if not repo.head or (prefix and not repo.tree_files(repo.head, [prefix])):
        return Folder(source)  # nothing of it is committed
    return Repository(repo, prefix, repo.head)


def _prefix(source: Path, root: Path | None) -> str:
    """What paths in the repository begin with, when only a folder of it is the source."""
    if root is None or source == root or root not in source.parents:
        return ""
    return f"{source.relative_to(root).as_posix()}/"


def _content(path: Path) -> bytes | str:
    """A file's bytes, or why there are none. A link to it is not it."""
    if path.is_symlink():
        return _LINK
    if not path.is_file():
        return "not a regular file"
    try:
        return path.read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _walk(root: Path) -> Iterator[str]:
    """The files below the folders that are read, and the links: none is followed."""
    for folder in _FOLDERS:
        if (root / folder).is_symlink():
            yield folder
            continue
        for place, inside, names in os.walk(root / folder, followlinks=False):
            inside[:] = sorted(each for each in inside if each != ".git")
            links = [each for each in inside if (Path(place) / each).is_symlink()]
            for name in sorted([*names, *links]):
                yield (Path(place) / name).relative_to(root).as_posix()


def _links(paths: Iterable[str]) -> Iterator[str]:
    """A link to a file that would be read is reported with the rows; one to a folder hides many."""
    return (f"{path} is {_LINK}" for path in paths if not dated.covered(path))


def _text(content: bytes | str | None) -> bytes | str | None:
    return content.replace(b"\r\n", b"\n") if isinstance(content, bytes) else content
