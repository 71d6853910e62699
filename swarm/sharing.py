"""What is kept beside git's own files is as open as these: to a group that shares them, too.

`core.sharedRepository` shows in git's folders: they can be written by the group, and
what is made in them belongs to that group. Whatever the umask of whoever came first
was, the others must be able to take the locks and to read what is kept.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def folder(path: Path) -> Path:
    """Make a folder and those on the way to it, each as open as the one it lies in."""
    if not path.is_dir():
        folder(path.parent)
        path.mkdir(exist_ok=True)
        _follow(path, 0o2777)
    return path


def file(path: Path) -> Path:
    """Make a file that we have written as open as the folder it lies in."""
    _follow(path, 0o666)
    return path


def opened(path: Path) -> int:
    """A file to be locked, made if it is not there: everybody who may lock it can."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    file(path)
    return handle


def _follow(path: Path, bits: int) -> None:
    """Give a path its folder's permissions, if a group shares the folder and the path is ours."""
    above = path.parent.stat().st_mode
    if not above & stat.S_IWGRP:
        return
    with suppress(PermissionError, FileNotFoundError):  # another's, and open by his own care
        if stat.S_IMODE(path.stat().st_mode) != above & bits:
            path.chmod(above & bits)
