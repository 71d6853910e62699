"""Where a daughter comes to be: whole, or not at all.

She is made aside first, guards and all, and only then moved to where she was asked for.
Into a folder that is not there she moves by one rename. Into an empty one git's folder
moves first: from then on she is whole, and what a killed process has left out is
written by another `swarm init --from`, which takes away what lies aside, too. A
repository that is there gets one commit, after all of it has gone well aside.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm.daughter import filling, trials
from swarm.errors import NoRepository, NotFound, SwarmError, UsageError

if TYPE_CHECKING:
    from swarm.daughter.filling import Filled
    from swarm.daughter.handed import Legacy
    from swarm.git import Repo
    from swarm.records import Surroundings

locate, ask = filling.locate, filling.ask


class Grown(NamedTuple):
    """Where the daughter is, what became of her, and whether there was a repository before."""

    root: Path
    filled: Filled
    was_there: bool


def grow(legacy: Legacy, start: Path, folder: Path | None, around: Surroundings) -> Grown:
    """A daughter in a folder; where none is named, in the repository one stands in."""
    target = Path(os.path.abspath(start / folder if folder else start))  # noqa: PTH100 - no link
    if not os.path.lexists(target):
        return _in_new_folder(legacy, target, around)
    if not target.is_dir():
        raise UsageError("it is no folder", where=str(target), remedy="choose another name")
    repo = _repository(target, around)
    if repo is None:
        return _in_empty_folder(legacy, target, around)
    return _in_repository(legacy, repo, target if folder else None, around)


def _repository(place: Path, around: Surroundings) -> Repo | None:
    try:
        return locate(place, around.environ)
    except NoRepository:
        return None


def _in_new_folder(legacy: Legacy, target: Path, around: Surroundings) -> Grown:
    if not target.parent.is_dir():
        remedy = f"mkdir -p {quote(str(target.parent))}"
        raise NotFound("there is no such folder", where=str(target.parent), remedy=remedy)
    outer = _repository(target.parent, around)
    if outer:
        what = f"it would lie inside the repository {outer.root or outer.git_dir}"
        raise UsageError(what, where=str(target), remedy="choose a place outside of it")
    _clear(target.parent, f".{target.name}")
    aside = target.with_name(f".{target.name}.{around.now_ns:x}.swarm-new")
    with _made(legacy, aside, around, target) as filled:
        _move(aside, target)
    return Grown(target, filled, False)


def _in_empty_folder(legacy: Legacy, target: Path, around: Surroundings) -> Grown:
    _clear(target, "")
    if any(target.iterdir()):
        remedy = f"git init {quote(str(target))}, if its files are to stay beside hers"
        raise UsageError("it is not empty, and no repository", where=str(target), remedy=remedy)
    aside = target / f".{around.now_ns:x}.swarm-new"
    with _made(legacy, aside, around, target) as filled:
        _move(aside / ".git", target / ".git")
        for each in sorted(aside.iterdir()):
            _move(each, target / each.name)
    return Grown(target, filled, False)


def _in_repository(legacy: Legacy, repo: Repo, asked: Path | None, around: Surroundings) -> Grown:
    root, parent = repo.root, legacy.repo
    if root is None:
        what = "a repository without a work tree holds nothing that could be read there"
        raise UsageError(what, where=str(repo.git_dir), remedy="name a folder with a work tree")
    if repo.common_dir == parent.common_dir:
        what = "it lies inside the parent"
        raise UsageError(what, where=str(asked or root), remedy="swarm init --from PARENT DIR")
    if parent.root and parent.root in root.parents:
        what = f"it lies inside the work tree of the parent, {parent.root}"
        raise UsageError(what, where=str(root), remedy="choose a place outside of it")
    if asked is not None and asked.resolve() != root:
        what = f"it lies inside the repository {root}"
        raise UsageError(what, where=str(asked), remedy=f"name its top: {quote(str(root))}")
    filling.differing(root, legacy.files)
    _clear(root, "")
    _clear(repo.git_dir, "swarm")
    aside = repo.git_dir / f"swarm.{around.now_ns:x}.swarm-new"
    with _made(legacy, aside, around, aside):
        filled = filling.fill(repo, legacy, around)
    trials.hand_over(legacy, locate(root, around.environ))
    return Grown(root, filled, True)


@contextmanager
def _made(legacy: Legacy, aside: Path, around: Surroundings, home: Path) -> Iterator[Filled]:
    """A whole daughter in a place aside, which is nobody's, and is gone in the end.

    Her guards are trusted where she will be at home.
    """
    try:
        aside.mkdir()
    except OSError as error:
        remedy = f"ls -ld {quote(str(aside.parent))}"
        what = f"nothing can be written there: {error.strerror}"
        raise SwarmError(what, where=str(aside.parent), remedy=remedy) from error
    handle = os.open(aside, os.O_RDONLY)
    try:
        with _heeded():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ask(aside, around.environ, "init", "-q")
            filled = filling.fill(locate(aside, around.environ), legacy, around)
            daughter = locate(aside, around.environ)
            trials.hand_over(legacy, daughter)
            trials.try_out(legacy, daughter)
            trials.hand_over(legacy, daughter, home / ".git")
            yield filled
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        os.close(handle)


def _clear(folder: Path, name: str) -> None:
    """Take away what killed processes have left aside; not what one is still making."""
    left = re.compile(rf"{re.escape(name)}\.[0-9a-f]{{8,}}\.swarm-new")
    there: list[Path] = []
    with suppress(PermissionError):  # what nobody here may list, nobody here has left
        there = list(folder.iterdir())
    for each in there:
        if not left.fullmatch(each.name) or each.is_symlink() or not each.is_dir():
            continue
        with suppress(OSError):
            handle = os.open(each, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while it is made
                shutil.rmtree(each)
            finally:
                os.close(handle)


@contextmanager
def _heeded() -> Iterator[None]:
    """Have a process that is told to go, or whose terminal goes, end as by an error."""

    def ended(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    told = [each for each in (signal.SIGTERM, signal.SIGHUP)
            if signal.getsignal(each) == signal.SIG_DFL]  # fmt: skip
    for each in told:
        signal.signal(each, ended)
    try:
        yield
    finally:
        for each in told:
            signal.signal(each, signal.SIG_DFL)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        what = f"cannot be moved into its place: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy=f"ls -la {quote(str(target))}") from error
