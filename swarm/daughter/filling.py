"""A daughter's first commit: all that was handed down, through the gate, and looked at again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import founding, gate
from swarm.errors import SwarmError, UsageError

if TYPE_CHECKING:
    from swarm.daughter.handed import File, Legacy
    from swarm.git import Repo
    from swarm.records import Surroundings

locate, ask = founding.locate, founding.ask

_FEW = 3


class _Message(gate.Message):
    """What the commit says, with those who answered for the parent's settings."""

    answered: tuple[str, ...] = ()

    def text(self) -> str:
        return super().text() + "".join(f"{each}\n" for each in self.answered)


class Filled(NamedTuple):
    """The commit, what was written for it, what was there already, and what is advised."""

    commit: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def differing(root: Path, files: Mapping[str, File]) -> None:
    """Refuse a place where anything of what is handed down stands otherwise."""
    other = [path for path, file in files.items() if _stands(root, path, file) is False]
    if other:
        more = f" and {len(other) - _FEW} more" if len(other) > _FEW else ""
        what = f"there is something else already: {', '.join(other[:_FEW])}{more}"
        remedy = f"compare it with the parent's; then move it: git mv {quote(other[0])} elsewhere"
        raise UsageError(what, where=str(root), remedy=remedy)


def fill(repo: Repo, legacy: Legacy, around: Surroundings) -> Filled:
    """Write and commit all of it in a work tree; what was written goes again if that fails."""
    root = repo.root
    assert root is not None
    differing(root, legacy.files)
    fresh = [path for path, file in legacy.files.items() if not _stands(root, path, file)]
    kept = tuple(path for path in legacy.files if path not in fresh)
    begun: list[str] = []
    try:
        for path in fresh:
            founding.put(root, path, legacy.files[path].raw, runs=legacy.files[path].runs)
            begun.append(path)
        done = _committed(repo, root, legacy, around)
    except BaseException:
        _take_back(root, begun, legacy.files)
        raise
    _verify(repo, root, done.commit, legacy.files)
    founding.configure(repo)
    return Filled(done.commit, tuple(fresh), kept, gate.notes("what was handed down", done))


def _committed(repo: Repo, root: Path, legacy: Legacy, around: Surroundings) -> gate.Committed:
    """Commit what the last commit does not say already."""
    known = _known(repo, repo.head, legacy.files)
    changes = {path: file.raw for path, file in legacy.files.items() if path not in known}
    if not changes:
        return gate.Committed(repo.head, "", ())
    subject = f"swarm: init --from {legacy.name} at {legacy.commit[:12]}"
    message = _Message(subject, "import", around.agent)
    message.answered = legacy.answered
    done = gate.write(repo, root, changes, message, around.environ, around.now_ns)
    if not done.commit:
        raise SwarmError(f"nothing was inherited: {done.why}", where=str(root), remedy="git status")
    return done


def _known(repo: Repo, commit: str, files: Mapping[str, File]) -> set[str]:
    """The files that a commit has as they were handed down."""
    entries = repo.tree_files(commit, files) if commit else []
    found = {os.fsdecode(each.path): each for each in entries}
    there = [path for path in files if path in found]
    texts = zip(there, repo.blobs(found[path].oid for path in there), strict=True)
    return {
        path
        for path, raw in texts
        if raw == files[path].raw and found[path].mode == ("100644", "100755")[files[path].runs]
    }


def _stands(root: Path, path: str, file: File) -> bool | None:
    """Whether a file is there as it is to be; none when there is nothing."""
    target = root / path
    above = [root.joinpath(*Path(path).parts[:depth]) for depth in range(1, len(Path(path).parts))]
    if any(each.is_symlink() or (each.exists() and not each.is_dir()) for each in above):
        return False
    if not os.path.lexists(target):
        return None
    if target.is_symlink() or not target.is_file():
        return False
    return target.read_bytes() == file.raw and os.access(target, os.X_OK) >= file.runs


def _take_back(root: Path, paths: list[str], files: Mapping[str, File]) -> None:
    """Take away what was written, and the folders that were made for it."""
    for path in reversed(paths):
        with suppress(OSError):
            target = root / path
            if not target.is_symlink() and target.read_bytes() == files[path].raw:
                target.unlink()
        for above in Path(path).parents[:-1]:
            with suppress(OSError):
                (root / above).rmdir()  # refused while anything is in it


def _verify(repo: Repo, root: Path, commit: str, files: Mapping[str, File]) -> None:
    """Everything as it was handed down, in the commit and in the work tree."""
    known = _known(repo, commit, files)
    for path, file in files.items():
        if path not in known or not _stands(root, path, file):
            what = f"{path} is not as it was handed down"
            remedy = f"git -C {quote(str(root))} show {commit[:12]}"
            raise SwarmError(what, where=str(root), remedy=remedy)
