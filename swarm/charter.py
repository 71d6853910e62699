"""The mission of a board: read where it stands, held against the files around it, begun."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import manifest, write
from swarm.errors import NotFound, SwarmError
from swarm.records import MISSION, Problem, first_word, fold

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.git import Repo

Manifest = manifest.Manifest


class Checked(NamedTuple):
    """A mission, and all that it lacks."""

    manifest: Manifest
    problems: tuple[Problem, ...]


def read(board: Board) -> Manifest:
    """The mission as it is, whatever it lacks."""
    return manifest.read(_text(board), _enforced(board))


def check(board: Board) -> Checked:
    """The mission, with everything that is missing, empty, or tied to nothing that is there."""
    text, enforced = _text(board), _enforced(board)
    found = tuple(manifest.problems(text, _files(board), enforced))
    return Checked(manifest.read(text, enforced), found)


def begin(board: Board) -> bool:
    """Write a mission to be filled in, unless there is one. Whether it was written.

    It stays in no commit: once a mission is in one, each change of it takes a person.
    """
    if (board.root / MISSION).exists():
        return False
    write.create(board.root, MISSION, manifest.template())
    return True


def _text(board: Board) -> str:
    raw = _files(board).raw(MISSION)
    if raw is None:
        raise NotFound("this board has no mission yet", where=MISSION, remedy="swarm mission init")
    refused = manifest.unreadable(raw)
    if refused:
        raise SwarmError(refused.what, where=refused.path, remedy=refused.remedy)
    return raw.decode("utf-8", "replace")


def _enforced(board: Board) -> dict[str, tuple[str, ...]]:
    """The beliefs that something enforces, each with what does."""
    found = {}
    for each in board.view.listed("belief"):
        named = each.keys.get("enforced_by")
        listed = named if isinstance(named, list) else [named]
        if first_word(each.keys.get("status") or "") == "enforced":
            found[fold(each.id)] = tuple(str(one) for one in listed if one)
    return found


def _files(board: Board) -> _Lying | _Committed:
    place = board.place
    return _Committed(place.repo, place.head) if place.key == "commit" else _Lying(board.root)


class _Lying(NamedTuple):
    """Files as they lie in the work tree."""

    root: Path

    def mode(self, path: str) -> str:
        try:
            mode = (self.root / path).stat().st_mode
        except (OSError, ValueError):
            return ""
        if stat.S_ISDIR(mode):
            return "040000"
        return ("100755" if mode & 0o111 else "100644") if stat.S_ISREG(mode) else ""

    def raw(self, path: str) -> bytes | None:
        if not self.mode(path).startswith("100"):
            return None
        try:
            return (self.root / path).read_bytes()
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            raise SwarmError(what, where=path, remedy=f"ls -l {quote(path)}") from error


class _Committed:
    """Files as a commit has them: listed once, however many are asked for."""

    def __init__(self, repo: Repo, commit: str) -> None:
        self._repo = repo
        self._entries = {os.fsdecode(each.path): each for each in repo.tree_files(commit, ())}
        folders = {str(above) for path in self._entries for above in PurePath(path).parents}
        self._folders = folders

    def mode(self, path: str) -> str:
        name = os.path.normpath(path)
        if name in self._entries:
            return self._entries[name].mode
        return "040000" if name in self._folders else ""

    def raw(self, path: str) -> bytes | None:
        there = self._entries.get(path)
        is_file = there and there.mode.startswith("100")
        return next(self._repo.blobs([there.oid])) if there and is_file else None
