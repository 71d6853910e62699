"""Where a daughter comes to be: whole, or not at all.

She is made aside first, guards and all, and only then moved to where she was asked for.
Into a folder that is not there she moves by one rename. Into an empty one git's folder
moves first: from then on she is whole, and what a killed process has left out is
written by another `swarm init --from`. A repository that is there gets one commit,
after all of it has gone well aside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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
    aside = target.with_name(f".{target.name}.{around.now_ns:x}.swarm-new")
    with _made(legacy, aside, around) as filled:
        _move(aside, target)
    return Grown(target, filled, False)


def _in_empty_folder(legacy: Legacy, target: Path, around: Surroundings) -> Grown:
    if any(target.iterdir()):
        remedy = f"git init {quote(str(target))}, if its files are to stay beside hers"
        raise UsageError("it is not empty, and no repository", where=str(target), remedy=remedy)
    aside = target / f".{around.now_ns:x}.swarm-new"
    with _made(legacy, aside, around) as filled:
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
    aside = repo.git_dir / f"swarm.{around.now_ns:x}.swarm-new"
    with _made(legacy, aside, around):
        filled = filling.fill(repo, legacy, around)
    trials.hand_over(legacy, repo)
    return Grown(root, filled, True)


@contextmanager
def _made(legacy: Legacy, aside: Path, around: Surroundings) -> Iterator[Filled]:
    """A whole daughter in a place aside, which is nobody's, and is gone in the end."""
    try:
        aside.mkdir()
    except OSError as error:
        remedy = f"ls -ld {quote(str(aside.parent))}"
        what = f"nothing can be written there: {error.strerror}"
        raise SwarmError(what, where=str(aside.parent), remedy=remedy) from error
    try:
        ask(aside, around.environ, "init", "-q")
        filled = filling.fill(locate(aside, around.environ), legacy, around)
        daughter = locate(aside, around.environ)
        trials.hand_over(legacy, daughter)
        trials.try_out(legacy, daughter)
        yield filled
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        what = f"cannot be moved into its place: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy=f"ls -la {quote(str(target))}") from error
