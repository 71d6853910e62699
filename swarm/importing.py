"""Import an older blackboard: every row of it becomes one record in one file, or is reported.

Files that are there already are never touched: one that says the same counts as
imported, so that a second run changes nothing; one that differs is reported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from swarm.ancestor.origin import open_source
from swarm.ancestor.plan import Count, Plan, plan
from swarm.errors import NotFound, SwarmError, UsageError
from swarm.records import FOLDERS, Problem, fold, id_in_name

_STATED_ID = re.compile(rb"---\r?\n(?:(?!---).*\n)*?id:[ \t]*[\"']?([^\s\"']+)")
_PROVENANCE = re.compile(rb"^source: .*\n", re.MULTILINE)

Refused = tuple[str, Problem]
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
        raise NotFound("there is no such folder", where=str(target), remedy=f"mkdir {target}")
    if source.resolve() == target.resolve():
        raise UsageError(
            "a board cannot be imported into itself", where=str(source),
            remedy="git clone it elsewhere, then: swarm import DIR",
        )  # fmt: skip
    origin = open_source(source, environ)
    made = plan(origin.files.items(), origin.dates(), origin.commit)
    if not made.records and not made.reported:
        raise NotFound(
            "no lessons, principles, beliefs, challenges, frontiers or lanes", where=str(source),
            remedy="name the folder that holds memory/, beliefs/ and tasks/ (committed)",
        )  # fmt: skip
    written, refused = _write(made, target, progress)
    return Imported(
        kinds=made.counts(refused),
        reported=tuple(sorted([*made.reported, *refused], key=lambda each: (each[1], each[0]))),
        written=written,
        unchanged=len(made.records) - len(written) - len(refused),
        commit=origin.commit,
        notes=origin.notes(),
    )


def _write(made: Plan, target: Path, progress: Progress) -> tuple[tuple[str, ...], list[Refused]]:
    """Create what is not there. The paths that were written, and the rows that were refused."""
    standing = _standing(target)
    written: list[str] = []
    refused: list[Refused] = []
    for number, record in enumerate(made.records, 1):
        place = standing.get(fold(record.id), record.path)
        hindered = _hindrance(target, place)
        if hindered:
            refused.append(record.refused(*hindered))
        elif _create(target / place, record.raw):
            written.append(place)
        elif not _says(target / place, record.raw):
            remedy = f"keep it as it is; or: git rm {place}, then import again"
            refused.append(record.refused(f"{place} exists and differs", remedy))
        progress(number, len(made.records))
    return tuple(written), refused


def _hindrance(target: Path, path: str) -> tuple[str, str] | None:
    """What keeps a path from being written, or read: nothing leads out of the target."""
    parts = PurePosixPath(path).parts
    if ".." in parts or PurePosixPath(path).is_absolute():
        return f"{path} leads out of {target.name}/", "give the row another id"
    place = target
    for part in parts:
        place = place / part
        if place.is_symlink():
            shown = place.relative_to(target)
            return f"{shown} is a symbolic link, which is not written through", f"rm {shown}"
        wanted = place.is_file() if part == parts[-1] else place.is_dir()
        if place.exists() and not wanted:
            shown = place.relative_to(target)
            return f"{shown} is in the way", f"mv {shown} elsewhere, then import again"
    return None


def _create(path: Path, raw: bytes) -> bool:
    """Write a file that was not there; a half-written one is not left behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            try:
                file.write(raw)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        return False
    except OSError as error:
        raise SwarmError(
            f"cannot write: {error.strerror}", where=str(path),
            remedy="make room or mend the permissions, then import again: it goes on from here",
        ) from error  # fmt: skip
    return True


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
