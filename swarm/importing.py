"""Import an older blackboard: every row of it becomes one record in one file, or is reported.

Files that are there already are never touched: one that says the same counts as
imported, so that a second run changes nothing; one that differs is reported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from swarm import write
from swarm.ancestor.load import Count, Plan, Refused, load
from swarm.errors import NotFound, UsageError
from swarm.records import FOLDERS, fold, id_in_name

_STATED_ID = re.compile(rb"---\r?\n(?:(?!---).*\n)*?id:[ \t]*[\"']?([^\s\"']+)")
_PROVENANCE = re.compile(rb"^source: .*\n", re.MULTILINE)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """The closing table, and each row that is not a record, with its kind."""

    kinds: tuple[Count, ...]
    reported: tuple[Refused, ...]
    written: tuple[str, ...]  # paths, from the target's root
    unchanged: int
    commit: str  # of the source; empty when it has no history
    notes: tuple[str, ...]


def import_board(
    source: Path, target: Path, environ: Mapping[str, str], progress: Progress = lambda *_: None
) -> Imported:
    """Read a source, and write below `target` what is not there yet."""
    if not target.is_dir():
        raise NotFound(
            "there is no such folder", where=str(target), remedy=f"mkdir {quote(str(target))}"
        )
    if source.resolve() == target.resolve():
        raise UsageError(
            "a board cannot be imported into itself", where=str(source),
            remedy="git clone it elsewhere, then: swarm import DIR",
        )  # fmt: skip
    read = load(source, environ)
    written, refused = _write(read.plan, target, progress)
    reported = sorted([*read.plan.reported, *refused], key=lambda each: (each[1], each[0]))
    return Imported(
        kinds=read.plan.counts(refused),
        reported=tuple(reported),
        written=written,
        unchanged=len(read.plan.records) - len(written) - len(refused),
        commit=read.commit,
        notes=read.notes,
    )


def _write(made: Plan, target: Path, progress: Progress) -> tuple[tuple[str, ...], list[Refused]]:
    """Create what is not there. The paths that were written, and the rows that were refused."""
    standing = _standing(target)
    written: list[str] = []
    refused: list[Refused] = []
    for number, record in enumerate(made.records, 1):
        place = standing.get(fold(record.id), record.path)
        try:
            write.create(target, place, record.raw)
            written.append(place)
        except write.Taken:
            if not _says(target / place, record.raw):
                remedy = f"keep it as it is; or: git rm {quote(place)}, then import again"
                refused.append(record.refused(f"{place} exists and differs", remedy))
        except write.InTheWay as hindrance:
            refused.append(record.refused(hindrance.what, f"{hindrance.remedy}; import again"))
        progress(number, len(made.records))
    return tuple(written), refused


def _says(path: Path, raw: bytes) -> bool:
    """Whether a file says what a row says. That the row moved in its source is no difference."""
    try:
        standing = path.read_bytes()
    except OSError:
        return False
    return _PROVENANCE.sub(b"", standing, count=1) == _PROVENANCE.sub(b"", raw, count=1)


def _standing(target: Path) -> dict[str, str]:
    """Where each id stands already, whatever its file is called."""
    found: dict[str, str] = {}
    for path in _markdown(target):
        try:
            with path.open("rb") as file:
                stated = _STATED_ID.match(file.read(4096).removeprefix(b"\xef\xbb\xbf"))
        except OSError:
            continue  # it is in the way when its turn comes, and reported then
        name = stated[1].decode("utf-8", "replace") if stated else id_in_name(path.stem)
        if name:
            found.setdefault(fold(name), path.relative_to(target).as_posix())
    return found


def _markdown(target: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        if (target / folder).is_symlink():
            continue
        for place, inside, names in os.walk(target / folder, followlinks=False):
            inside.sort()
            for name in sorted(names):
                path = Path(place) / name
                if name.endswith(".md") and not path.is_symlink():
                    yield path
