"""Writing a new file into a work tree: whole or not at all, over nothing, through no link."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath
from shlex import quote

from swarm.errors import SwarmError


class Taken(SwarmError):
    """There is a file of that name already."""


class InTheWay(SwarmError):
    """Something stands where a folder should be, or would lead out of the repository."""


class Changed(SwarmError):
    """Somebody else changed the file in the meantime."""


def create(root: Path, path: str, raw: bytes, drafts: Path | None = None) -> None:
    """Write a file that was not there; a half-written one is never seen.

    What a killed process leaves of it lies in `drafts`, out of everybody's sight.
    """
    target = root / path
    draft = _draft(target, drafts)
    try:
        _make_folders(root, PurePosixPath(path))
        if os.path.lexists(target):
            raise FileExistsError(target)
        with draft.open("xb") as file:
            file.write(raw)
        _put_in_place(draft, target)
    except FileExistsError:
        raise Taken(
            "there is a file of that name already", where=path, remedy=f"cat {quote(path)}"
        ) from None
    except OSError as error:
        if error.errno == errno.EXDEV and drafts is not None:
            return create(root, path, raw)  # one device, and yet two mounts
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=path, remedy="df . ; ls -ld .") from error
    finally:
        _unlink(draft)


def replace(root: Path, path: str, raw: bytes, start: bytes, drafts: Path | None = None) -> None:
    """Give a file new bytes, if it still holds those one started from."""
    target = root / path
    draft = _draft(target, drafts)
    try:
        _make_folders(root, PurePosixPath(path))
        with draft.open("xb") as file:
            file.write(raw)
        draft.chmod(target.stat().st_mode & 0o777)
        if target.read_bytes() != start:
            what = "the file was changed in the meantime"
            raise Changed(what, where=path, remedy="look at it, and try again")
        draft.replace(target)
    except OSError as error:
        if error.errno == errno.EXDEV and drafts is not None:
            return replace(root, path, raw, start)
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=path, remedy="df . ; ls -ld .") from error
    finally:
        _unlink(draft)


def _draft(target: Path, drafts: Path | None) -> Path:
    """Where a file is made: on the same file system, and where nobody reads it as a record."""
    name = f".{os.urandom(6).hex()}.swarm-new"
    if drafts is None or drafts.stat().st_dev != _nearest(target).stat().st_dev:
        return target.with_name(name)
    return drafts / f"work-{name}"


def _nearest(path: Path) -> Path:
    return next(each for each in path.parents if each.exists())


def _make_folders(root: Path, path: PurePosixPath) -> None:
    """Every folder on the way to a path; none of them, nor the path itself, may be a link."""
    if path.is_absolute() or ".." in path.parts:
        raise InTheWay(f"{path} leads out of the repository", remedy="choose another id")
    here = root
    for part in path.parts:
        here = here / part
        if here.is_symlink():
            shown = here.relative_to(root)
            what = f"{shown} is a symbolic link, which is not written through"
            raise InTheWay(what, where=str(path), remedy=f"ls -l {quote(str(shown))}")
        if here != root / path and (here / ".git").exists():
            shown = here.relative_to(root)
            remedy = f"git -C {quote(str(shown))} status"
            raise InTheWay(f"{shown} is another repository", where=str(path), remedy=remedy)
        if here != root / path and not here.is_dir():
            _make_folder(root, here)


def _make_folder(root: Path, folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        if folder.is_dir():
            return  # another process was quicker
        shown = folder.relative_to(root)
        what = f"{shown} is in the way of a folder"
        raise InTheWay(what, where=str(shown), remedy=f"mv {quote(str(shown))} elsewhere") from None


def _put_in_place(draft: Path, target: Path) -> None:
    """Give a finished file its name; fails when the name is taken."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # no hard links here, as on FAT: a look first is the best there is
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        draft.rename(target)


def _unlink(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return  # its folder is no folder: then there is no draft either
