"""swarm merge-driver: what git calls to merge a record that both sides have edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from swarm import merging
from swarm.errors import SwarmError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_LABELS = ("-L", "ours", "-L", "base", "-L", "theirs")


@click.command()
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("name", default="")
@click.argument("marker", type=click.IntRange(1, 1000), default=merging.MARKER)
def command(board: Board, base: Path, ours: Path, theirs: Path, name: str, marker: int) -> Answer:
    """Merge a record as git's merge drivers do: %O %A %B %P %L; the result goes to OURS.

    Exits 0 when it is merged, and 1 with the usual marks where only a person can decide.
    `swarm init` has git call it.
    """
    merged = merging.merge(_read(base), _read(ours), _read(theirs), marker)
    if merged:
        _replace(ours, merged.raw)
        conflicts = merged.conflicts
    else:
        conflicts = _by_lines(board, [ours, base, theirs], marker)
    told = {"path": name or str(ours), "conflicts": conflicts, "as_record": merged is not None}
    return Answer(told, exit_code=1 if conflicts else 0)


def text(answer: Answer) -> Iterator[Line]:
    """One line, by whose first word git's driver line knows what came of it."""
    data = answer.data
    yield f"conflict in {data['path']}" if data["conflicts"] else f"merged {data['path']}"


def _by_lines(board: Board, files: list[Path], marker: int) -> int:
    """What is no record is merged as git merges text. How many conflicts are left."""
    paths = [str(each.absolute()) for each in files]
    asked = ("merge-file", "--quiet", f"--marker-size={marker}", *_LABELS, "--", *paths)
    done = board.place.repo.attempt(*asked)
    return 1 if done.code is None or done.code > 127 else done.code  # such as binary: ours stays


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy="git merge-file OURS BASE THEIRS") from error


def _replace(path: Path, raw: bytes) -> None:
    """Whole or not at all: what is there is still needed when this fails."""
    draft = path.with_name(f"{path.name}.swarm-merged")
    try:
        draft.write_bytes(raw)
        draft.chmod(path.stat().st_mode)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy="df . ; ls -ld .") from error
