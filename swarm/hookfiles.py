"""A hook in a folder that is this clone's own: put in place beside what is there, and taken away.

What is there is linked to where it is kept before anything takes its place: whoever is
killed meanwhile leaves a hook that runs. One at a time does this; a lock sees to it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple

from swarm import hookscript, ownname
from swarm.errors import SwarmError

NAMES = hookscript.NAMES
INSTALLED, MISSING, CHANGED = "installed", "missing", "changed"

_AGAIN = "swarm hooks install"
_DRAFT = ".swarm-new"
_UP = f"..{os.sep}"
_SET_ASIDE = (".legacy", ".old")  # by pre-commit, which goes on to run it, and by lefthook


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


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else puts hooks into a folder, or takes them away, meanwhile."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # then nobody can change anything in it from here
        yield
        return
    try:
        with suppress(OSError):  # a folder in a network may know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def swarm_at(python: str, package: str) -> hookscript.Swarm:
    """The swarm that hooks are to start."""
    return hookscript.Swarm(python, package)


def put(folder: Path, name: str, by: hookscript.Swarm) -> None:
    """Have a hook of ours run, after the one that is there; nothing, if that might be lost."""
    target = folder / name
    raw, there = hookscript.text(name, by), _read(target)
    if there is not None and hookscript.is_ours(there):
        # whoever changed it had a reason
        if hookscript.is_intact(there) and not (there == raw and os.access(target, os.X_OK)):
            _write(target, raw)
        return
    if os.path.lexists(target):
        kept = _kept(folder, name)
        if hookscript.has_line(says(target), name) or (kept and not _are_same(target, kept)):
            return
        if not kept and not _keep(target):
            return
    _write(target, raw)


def take(folder: Path, name: str) -> None:
    """Take a hook of ours away, wherever it is by now, and give back what it took the place of."""
    target = folder / name
    (folder / f"{name}{_DRAFT}").unlink(missing_ok=True)
    for suffix in _SET_ASIDE:
        aside = folder / f"{name}{suffix}"
        if hookscript.is_intact(_read(aside) or b""):
            _take(aside, _not_renewed(target, _kept(folder, name)))
    kept, there = _kept(folder, name), _read(target)
    if not os.path.lexists(target) or hookscript.is_intact(there or b""):
        _take(target, kept)
    elif kept and _are_same(target, kept):  # it was never replaced, or has been written anew
        kept.unlink()
    with suppress(OSError):
        (folder / hookscript.BELOW).rmdir()


def take_ours(folder: Path, name: str) -> None:
    """Take a hook away if it is one of ours, where nothing else is ours to touch."""
    if hookscript.is_intact(_read(folder / name) or b""):
        take(folder, name)


def look(folder: Path, name: str) -> Hook:
    """How it stands with a hook."""
    target, kept = folder / name, _kept(folder, name)
    there = _read(target)
    manager = hookscript.manager((kept and _read(kept)) or b"")
    hook = Hook(name, MISSING, str(target), str(kept or ""), manager)
    if there is not None and hookscript.is_ours(there):
        by = hookscript.started_by(there)
        return hook._replace(by=by, **dict(_judged(target, there, by, hook.manager)))
    if os.path.lexists(target):
        if hookscript.has_line(says(target), name):
            return hook._replace(state=INSTALLED)
        if kept and not _are_same(target, kept):
            listing = " ".join(quote(str(each)) for each in (target, kept))
            return hook._replace(remedy=f"keep one of both: ls -l {listing}; {_AGAIN}")
        if not kept and not _place(target):
            return hook._replace(remedy=to_have_the_line(target, name))
    return hook._replace(remedy=_AGAIN)


def to_be_rid_of(hook: Hook) -> str:
    """What somebody has to do himself."""
    path = Path(hook.path)
    for suffix in _SET_ASIDE:
        aside = path.with_name(f"{path.name}{suffix}")
        if hookscript.is_ours(_read(aside) or b""):
            return f"a hook of swarm was changed, and may still run: rm {quote(str(aside))}"
    if hook.state == INSTALLED:
        return f"take out the line that calls swarm: {quote(hook.path)}"
    if hook.state == CHANGED:
        return f"look what was changed; then: rm {quote(hook.path)}; swarm hooks uninstall"
    left = f"what was there before has not come back: ls -l {quote(hook.before)}"
    return left if hook.before else ""


def look_for_line(folder: Path, name: str) -> Hook:
    """Whether a script that people keep calls swarm; what it would have to say, if not."""
    path = folder / name
    if hookscript.is_ours(_read(path) or b""):
        return look(folder, name)
    if hookscript.has_line(says(path), name):
        return Hook(name, INSTALLED, str(path))
    return Hook(name, MISSING, str(path), remedy=to_have_the_line(path, name))


def to_have_the_line(path: Path, name: str) -> str:
    """What puts the line into a script of somebody's own: first, before anything can end it."""
    line, raw, script = hookscript.line(name), says(path), quote(str(path))
    wanted = quote(line)
    if not raw.strip():
        folder = "" if path.parent.is_dir() else f"mkdir -p {quote(str(path.parent))}; "
        return f"{folder}printf '%s\\n' '#!/bin/sh' {wanted} > {script}; chmod +x {script}"
    if path.is_symlink() or not hookscript.is_of_a_shell(raw):
        return f"have it do first, and end as that ends, in {script}: {line}"
    program = "{print} NR == 1 {print line}" if raw.startswith(b"#!") else "NR == 1 {print line} 1"
    draft = quote(f"{path}{_DRAFT}")
    made = f"awk -v line={wanted} '{program}' {script} > {draft}"
    return f"{made} && cat {draft} > {script}; rm {draft}"


def says(path: Path) -> bytes:
    """What a file says, be it by a link; nothing when it is not there."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:  # somebody took it away since one looked
        return b""
    except OSError as error:
        what = f"a hook cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy=f"ls -l {quote(str(path))}") from error


def _read(path: Path) -> bytes | None:
    """What a file says; nothing when it is a link, or is not there."""
    return None if path.is_symlink() or not path.is_file() else says(path)


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


# --- where what was there is kept ---


def _kept(folder: Path, name: str) -> Path | None:
    places = (folder / hookscript.BELOW / name, folder / f"{name}{hookscript.BESIDE}")
    return next((each for each in places if os.path.lexists(each)), None)


def _place(target: Path) -> str:
    if target.exists() and not target.is_file():
        return ownname.NOWHERE
    return ownname.place(says(target), target.is_symlink())


def _keep(target: Path) -> bool:
    """Have a second name for what is there; never the name of something else."""
    place = _place(target)
    if place == ownname.NOWHERE:
        return False
    kept = target.with_name(f"{target.name}{hookscript.BESIDE}")
    if place == ownname.BELOW:
        kept = target.parent / hookscript.BELOW / target.name
        kept.parent.mkdir(exist_ok=True)
    if target.is_symlink():
        goal = _goal(target)
        is_moved = place == ownname.BELOW and not goal.startswith(os.sep)
        kept.symlink_to(f"{_UP}{goal}" if is_moved else goal)
    else:
        os.link(target, kept, follow_symlinks=False)
    return True


def _write(target: Path, raw: bytes) -> None:
    draft = target.with_name(f"{target.name}{_DRAFT}")
    draft.unlink(missing_ok=True)
    try:
        with draft.open("xb") as file:
            file.write(raw)
        draft.chmod(0o755)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _take(target: Path, kept: Path | None) -> None:
    """Take one away, and put what is kept in its place."""
    if kept is None:
        target.unlink(missing_ok=True)
    elif kept.is_symlink():
        draft = target.with_name(f"{target.name}{_DRAFT}")
        draft.symlink_to(_goal(kept))
        draft.replace(target)
        kept.unlink()
    else:
        kept.replace(target)


def _goal(link: Path) -> str:
    """What a link says, or said before it was kept, to the byte."""
    goal = os.readlink(link)  # noqa: PTH115 - a Path would say it in its own way
    return goal.removeprefix(_UP) if link.parent.name == hookscript.BELOW else goal


def _are_same(one: Path, other: Path) -> bool:
    """Whether two hooks are no two; a manager may have written his own anew."""
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and _goal(one) == _goal(other)
    modes = {stat.S_IMODE(each.lstat().st_mode) for each in (one, other)}
    raw = _read(one)
    return raw is not None and raw == _read(other) and len(modes) == 1


def _not_renewed(target: Path, kept: Path | None) -> Path | None:
    """What is kept, unless whoever wrote it has written it anew, or nobody has set ours aside."""
    there = _read(target)
    if kept is None or there is None or hookscript.is_ours(there) or _are_same(target, kept):
        return None
    manager = hookscript.manager(_read(kept) or b"")
    return None if manager and manager == hookscript.manager(there) else kept
