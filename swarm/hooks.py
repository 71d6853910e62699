"""The hooks of a clone: put in place beside what is there, and taken away without a trace."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import git, hookscript
from swarm.errors import SwarmError, UsageError

if TYPE_CHECKING:
    from swarm.git import Repo
    from swarm.records import Place

INSTALLED, MISSING, CHANGED = "installed", "missing", "changed"

_AGAIN = "swarm hooks install"


class Folder(NamedTuple):
    """Where git looks for hooks, and, when that is not ours to change, why and what would be."""

    path: Path
    theirs: str = ""
    scripts: Path = Path()  # where somebody keeps what his hooks do


class Hook(NamedTuple):
    """How it stands with one hook; `before` is what runs first, `by` the swarm that it starts."""

    name: str
    state: str
    path: str
    before: str = ""
    manager: str = ""  # of what runs first, if that shows
    by: str = ""
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return self._asdict()


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
        raise SwarmError(what, where=str(path), remedy="git config --unset core.hooksPath")
    return _owned(repo, repo.root, path)


def _owned(repo: Repo, root: Path, path: Path) -> Folder:
    """Whose a folder of hooks is: what people commit, or use elsewhere, is theirs."""
    if path.name == "_" and (path.parent.name == ".husky" or (path / "husky.sh").exists()):
        return Folder(path, "husky writes them anew each time", path.parent)
    real = path.resolve()  # a link may lead back to what is committed
    if root in real.parents:
        kept = repo.run("ls-files", "-z", "--", real.relative_to(root).as_posix())
        return Folder(path, "they are files of the repository", path) if kept else Folder(path)
    scope = repo.attempt("config", "--show-scope", "core.hooksPath").out.split(b"\t")[0]
    if scope in (b"global", b"system"):
        return Folder(path, "other repositories use them, too", path)
    return Folder(path)


def status(where: Folder) -> list[Hook]:
    """How it stands with each hook."""
    look = _line_in if where.theirs else _look
    return [look(where, name) for name in hookscript.NAMES]


def install(where: Folder) -> list[Hook]:
    """Put the hooks in place where nothing of anybody's is lost by it. How it stands then."""
    if not where.theirs:
        by = hookscript.Swarm(sys.executable, str(Path(__file__).parent))
        _each(where, lambda name: _put(where.path, name, hookscript.text(name, by)))
    return status(where)


def uninstall(where: Folder) -> list[Hook]:
    """Take the hooks away, and give back what stood in their place. How it stands then."""
    if not where.theirs:
        _each(where, lambda name: _take(where.path, name))
    return [each._replace(remedy=_to_be_rid_of(each)) for each in status(where)]


def _to_be_rid_of(hook: Hook) -> str:
    """What somebody has to do himself."""
    path = quote(hook.path)
    if hook.state == INSTALLED:
        return f"take out the line that calls swarm: {path}"
    if hook.state == CHANGED:
        return f"look what was changed; then: rm {path}; swarm hooks uninstall"
    return f"what was there before has not come back: ls -l {path}*" if hook.before else ""


def _each(where: Folder, act: Callable[[str], None]) -> None:
    try:
        for name in hookscript.NAMES:
            act(name)
    except OSError as error:
        what, path = f"the hooks cannot be written: {error.strerror}", str(where.path)
        raise SwarmError(what, where=path, remedy=f"ls -ld {quote(path)}") from error


# --- where the hooks are this clone's own ---


def _put(folder: Path, name: str, raw: bytes) -> None:
    target, kept = folder / name, _kept(folder, name)
    there = _read(target)
    ours = there is not None and hookscript.is_ours(there)
    if there is not None and ours and not hookscript.is_intact(there):
        return  # whoever changed it had a reason
    if there == raw and os.access(target, os.X_OK):
        return
    if not ours and _are_two(target, kept):
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{name}.swarm-new"
    try:
        draft.write_bytes(raw)
        draft.chmod(0o755)
        if os.path.lexists(target) and not ours:
            target.replace(kept)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _take(folder: Path, name: str) -> None:
    target, kept = folder / name, _kept(folder, name)
    there = _read(target)
    if os.path.lexists(target) and not (there is not None and hookscript.is_intact(there)):
        return
    if os.path.lexists(kept):
        kept.replace(target)
    else:
        target.unlink(missing_ok=True)


def _look(where: Folder, name: str) -> Hook:
    target, kept = where.path / name, _kept(where.path, name)
    there = _read(target)
    ours = there is not None and hookscript.is_ours(there)
    before = str(kept) if os.path.lexists(kept) else ""
    hook = Hook(name, MISSING, str(target), before, hookscript.manager(_read(kept) or b""))
    if there is not None and ours:
        by = hookscript.started_by(there)
        return hook._replace(by=by, **dict(_judged(target, there, by, hook.manager)))
    both = f"keep one of both: ls -l {quote(str(target))}*; " if _are_two(target, kept) else ""
    return hook._replace(remedy=f"{both}{_AGAIN}")


def _judged(target: Path, there: bytes, by: str, manager: str) -> Iterator[tuple[str, str]]:
    """Whether a hook of ours is as it was written, and can do what it is for."""
    if not hookscript.is_intact(there):
        yield "state", CHANGED
        yield "remedy", f"look what was changed; then: rm {quote(str(target))}; {_AGAIN}"
    elif not os.access(target, os.X_OK):
        yield "state", CHANGED
        yield "remedy", f"git runs no hook that is not executable: {_AGAIN}"
    else:
        yield "state", INSTALLED
        if by and not os.access(by, os.X_OK):
            yield "remedy", f"{by} is gone, and swarm is looked for on PATH: {_AGAIN}"
        elif manager == "lefthook":
            yield "remedy", f"lefthook takes its place when lefthook.yml changes: then {_AGAIN}"


def _kept(folder: Path, name: str) -> Path:
    return folder / f"{name}{hookscript.KEPT}"


def _read(path: Path) -> bytes | None:
    """What a file says; nothing when it is a link, or is not there."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"a hook cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy=f"ls -l {quote(str(path))}") from error


def _are_two(one: Path, other: Path) -> bool:
    """Whether two different hooks are there; a manager may have written his own anew."""
    if not (os.path.lexists(one) and os.path.lexists(other)):
        return False
    raw, modes = _read(one), {stat.S_IMODE(each.lstat().st_mode) for each in (one, other)}
    return raw is None or raw != _read(other) or len(modes) > 1


# --- where they are somebody else's ---


def _line_in(where: Folder, name: str) -> Hook:
    """Whether a script that people keep calls swarm; what it would have to say, if not."""
    path = where.scripts / name
    raw = _read(path.resolve()) if path.exists() else None
    if raw is not None and hookscript.has_line(raw, name):
        return Hook(name, INSTALLED, str(path))
    wanted, script = quote(hookscript.line(name)), quote(str(path))
    begun = "" if raw is not None else f"echo '#!/bin/sh' > {script}; chmod +x {script}; "
    return Hook(name, MISSING, str(path), remedy=f"{begun}echo {wanted} >> {script}")
