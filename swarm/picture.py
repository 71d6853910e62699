"""Where a picture may be put: over no file but an older picture, not into .git, through no link."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from swarm import plot, write
from swarm.errors import SwarmError, UsageError

if TYPE_CHECKING:
    from swarm.figures import Bin


def place(file: str, root: Path | None, git_dirs: Sequence[Path]) -> tuple[Path, str]:
    """The folder to write below, and the path in it; or a refusal, before anything is reckoned.

    Below `root` no link is followed; elsewhere the way to the folder is the user's own.
    """
    target = Path(os.path.abspath(file))  # noqa: PTH100 - resolving would follow links
    if target.suffix.lower() != ".svg":
        what = "the picture is an SVG, and its name has to say so"
        raise UsageError(what, where=file, remedy=f"--plot {quote(file.rstrip('/') + '.svg')}")
    if not target.parent.is_dir():
        remedy = f"mkdir -p {quote(str(target.parent))}"
        raise UsageError("there is no such folder", where=file, remedy=remedy)
    folder = target.parent.resolve()
    if ".git" in folder.parts or any(folder.is_relative_to(each.resolve()) for each in git_dirs):
        what = "git keeps its own files there"
        raise UsageError(what, where=file, remedy=f"--plot {quote(target.name)}")
    if os.path.lexists(target):
        _refuse_to_replace(target, file)
    if root is not None and target.is_relative_to(root):
        return root, target.relative_to(root).as_posix()
    return target.parent, target.name


def draw(where: tuple[Path, str], table: Sequence[Bin]) -> None:
    """Put the diagram there, whole or not at all."""
    folder, path = where
    n = sum(each.n for each in table)
    note = f"{n} predictions, made before their outcome and decided by a check"
    raw = plot.diagram(table, "What was predicted, and how much of it came true", note).encode()
    target = folder / path
    if not os.path.lexists(target):
        write.create(folder, path, raw)
    elif (before := target.read_bytes()) != raw:
        write.replace(folder, path, raw, before)


def _refuse_to_replace(target: Path, file: str) -> None:
    remedy = f"ls -ld {quote(file)}; choose another name"
    if target.is_symlink() or not target.is_file():
        what = "something stands there that is no file of its own"
        raise UsageError(what, where=file, remedy=remedy)
    try:
        with target.open("rb") as old:
            opening = old.read(1024)
    except OSError as error:
        what = f"what stands there cannot be read: {error.strerror}"
        raise SwarmError(what, where=file, remedy=f"ls -l {quote(file)}") from error
    if opening and b"<svg" not in opening:
        what = "what stands there is no SVG, and is not overwritten"
        raise UsageError(what, where=file, remedy=remedy)
