"""The hooks of a clone: put in place beside what is there, and taken away without a trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import git, hookfiles
from swarm.errors import SwarmError, UsageError

if TYPE_CHECKING:
    from swarm.git import Repo
    from swarm.hookfiles import Hook
    from swarm.records import Place

INSTALLED, MISSING = hookfiles.INSTALLED, hookfiles.MISSING

_TRACKED = "they are files of the repository"


class Folder(NamedTuple):
    """Where git looks for hooks, and, when that is not ours to change, why and what would be."""

    path: Path
    theirs: str = ""
    scripts: Path = Path()  # where somebody keeps what his hooks do


def folder(place: Place) -> Folder:
    """The folder that git takes the hooks of a clone from, whatever points it there."""
    environ = place.environ if place.chosen else git.HookEnvironment(place.environ, place.start)
    repo = git.locate(place.start, environ)
    if repo.root is None:
        what = "nobody commits in a repository without a work tree"
        raise UsageError(what, where=str(repo.git_dir), remedy="swarm check --range A..B")
    told = repo.run("rev-parse", "--git-path", "hooks")
    path = Path(os.path.normpath(repo.root / os.fsdecode(told.removesuffix(b"\n"))))
    if path.exists() and not path.is_dir():
        what = "git takes its hooks from what is no folder"
        scope = _scope(repo)
        whose = f"--{scope} " if scope in ("global", "system", "worktree") else ""
        remedy = f"git config {whose}--unset core.hooksPath"
        raise SwarmError(what, where=str(path), remedy=remedy)
    return _owned(repo, repo.root, path)


def _owned(repo: Repo, root: Path, path: Path) -> Folder:
    """Whose a folder of hooks is: ours are only those that no other repository can have."""
    if path.name == "_" and (path.parent.name == ".husky" or (path / "husky.sh").exists()):
        return Folder(path, "husky writes them anew each time", path.parent)
    real = path.resolve()  # a link may lead anywhere
    if repo.common_dir.resolve() in real.parents:
        return Folder(path)
    if root in real.parents and repo.run("ls-files", "-z", "--", str(real.relative_to(root))):
        return Folder(path, _TRACKED, path)
    if _scope(repo) in ("global", "system"):
        return Folder(path, "other repositories use them, too", path)
    return Folder(path, "they lie outside of this repository's own git folder", path)


def _scope(repo: Repo) -> str:
    """Which of git's settings say where hooks are."""
    told = repo.attempt("config", "--show-scope", "core.hooksPath").out
    return told.split(b"\t")[0].decode()


def status(where: Folder) -> list[Hook]:
    """How it stands with each hook, while nobody changes one."""
    if where.theirs:
        return [hookfiles.look_for_line(where.scripts, name) for name in hookfiles.NAMES]
    if not where.path.is_dir():
        return [hookfiles.look(where.path, name) for name in hookfiles.NAMES]
    with hookfiles.alone(where.path):
        return [hookfiles.look(where.path, name) for name in hookfiles.NAMES]


def install(where: Folder) -> list[Hook]:
    """Put the hooks in place where nothing of anybody's is lost by it. How it stands then."""
    if not where.theirs:
        by = hookfiles.swarm_at(sys.executable, str(Path(__file__).parent))
        _each(where, lambda name: hookfiles.put(where.path, name, by), makes=True)
    return status(where)


def uninstall(where: Folder) -> list[Hook]:
    """Take the hooks away, and give back what stood in their place. How it stands then."""
    if not where.theirs:
        _each(where, lambda name: hookfiles.take(where.path, name))
    elif where.theirs != _TRACKED:  # swarm once took such a folder for the clone's own
        _each(where, lambda name: hookfiles.take_ours(where.path, name))
    return [each._replace(remedy=hookfiles.to_be_rid_of(each)) for each in status(where)]


def _each(where: Folder, act: Callable[[str], None], *, makes: bool = False) -> None:
    try:
        if makes:
            where.path.mkdir(parents=True, exist_ok=True)
        elif not where.path.is_dir():
            return
        with hookfiles.alone(where.path):
            for name in hookfiles.NAMES:
                act(name)
    except OSError as error:
        what, path = f"the hooks cannot be written: {error.strerror}", str(where.path)
        raise SwarmError(what, where=path, remedy=f"ls -ld {quote(path)}") from error
