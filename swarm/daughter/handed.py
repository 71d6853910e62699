"""What a parent hands down, read from its last commit by git: nothing of it is run, or followed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from swarm import git
from swarm.daughter import choosing
from swarm.errors import NotFound, SwarmError
from swarm.records import MAX_BYTES, MISSION, SETTINGS, is_record_path

PROTOCOL = "SWARM.md"
GUARDS = "tools/guards"
PRINCIPLES = "memory/principles"

_RUNS, _PLAIN = "100755", "100644"
_NAMED = re.compile(rf"(?<![\w/.-]){GUARDS}/[\w./+-]*\w")
_ANSWERS = re.compile(r"^(?:Escalation|Evaluation)[ \t]*:[ \t]*\S.*$", re.MULTILINE)
_KINDS = {"120000": "a symbolic link", "160000": "another repository"}


class File(NamedTuple):
    """A file as the daughter gets it, and whether it is one that runs."""

    raw: bytes
    runs: bool


class Legacy(NamedTuple):
    """All that is handed down, by path, and by whom."""

    repo: git.Repo
    name: str  # of the parent, as its principles tell it elsewhere
    commit: str
    files: Mapping[str, File]
    guards: tuple[str, ...]
    principles: tuple[str, ...]  # their ids
    answered: tuple[str, ...]  # trailers of those who answer for the settings
    has_mission: bool


def read(source: Path, environ: Mapping[str, str], asked: Sequence[str]) -> Legacy:
    """Everything that a daughter gets of a parent; refused as a whole if any of it is not sound."""
    repo = git.locate(source, environ)
    where = str(repo.root or repo.git_dir)
    if not repo.head:
        remedy = f"git -C {quote(where)} commit"
        raise NotFound("the parent has no commit yet, and so nothing", where=where, remedy=remedy)
    wanted = (PROTOCOL, SETTINGS, MISSION, GUARDS, PRINCIPLES)
    entries = {os.fsdecode(each.path): each for each in repo.tree_files(repo.head, wanted)}
    if PROTOCOL not in entries:
        what = f"the parent has no {PROTOCOL} in its last commit, and is no blackboard"
        raise NotFound(what, where=where, remedy=f"swarm init -C {quote(where)}; commit it")
    told = {path for path in entries if not path.startswith(f"{PRINCIPLES}/")}
    records = {path for path in set(entries) - told if is_record_path(path)}
    plain = {path for path in records if entries[path].mode in (_PLAIN, _RUNS)}
    found = choosing.principles(_texts(repo, entries, plain))
    chosen = choosing.choose(found, asked)
    _sound(where, {path: entries[path].mode for path in (*told, *(each.path for each in chosen))})
    files = {
        path: File(raw, entries[path].mode == _RUNS)
        for path, raw in _texts(repo, entries, told).items()
    }
    guards = tuple(sorted(path for path in told if path.startswith(f"{GUARDS}/")))
    _named(where, files)
    name = _name(repo)
    for each in chosen:
        files[each.path] = File(choosing.sourced(each, name, repo.head), False)
    ids = tuple(each.record.id for each in chosen)
    answered = tuple(_answered(repo)) if SETTINGS in files else ()
    return Legacy(repo, name, repo.head, files, guards, ids, answered, MISSION in files)


def _texts(
    repo: git.Repo, entries: Mapping[str, git.Entry], paths: Iterable[str]
) -> dict[str, bytes]:
    """What some files hold; a link or another repository holds nothing that could be taken."""
    listed = sorted(path for path in paths if entries[path].mode in (_PLAIN, _RUNS))
    return dict(zip(listed, repo.blobs(entries[path].oid for path in listed), strict=True))


def _sound(where: str, modes: Mapping[str, str]) -> None:
    """Refuse what is no plain file, or would not stay where it is put."""
    for path, mode in sorted(modes.items()):
        if mode in _KINDS:
            what = f"{path} is {_KINDS[mode]} in the parent, and is not handed down"
            raise SwarmError(what, where=where, remedy="put the file itself in its place there")
        parts = path.split("/")
        odd = {"", ".", ".."} & set(parts) or any(each.lower() == ".git" for each in parts)
        if odd or "\\" in path or not path.isprintable():
            what = f"{path!r} is no name that is safe everywhere"
            raise SwarmError(what, where=where, remedy="rename it in the parent")


def _named(where: str, files: Mapping[str, File]) -> None:
    """Refuse a mission of which a guard is missing, or cannot be run."""
    for name in dict.fromkeys(_guards_of(files)):
        there = files.get(name)
        remedy = f"git -C {quote(where)} log -- {quote(name)}"
        if there is None:
            what = f"the parent's mission names {name}, which is not in its last commit"
            raise SwarmError(what, where=where, remedy=remedy)
        if not there.runs:
            what = f"the parent's mission names {name}, which is not executable"
            remedy = f"git -C {quote(where)} update-index --chmod=+x {quote(name)}; commit it"
            raise SwarmError(what, where=where, remedy=remedy)


def _guards_of(files: Mapping[str, File]) -> Iterator[str]:
    mission = files.get(MISSION)
    if mission and len(mission.raw) <= MAX_BYTES:
        yield from _NAMED.findall(mission.raw.decode("utf-8", "replace"))


def _answered(repo: git.Repo) -> Iterator[str]:
    """What the parent's commits say of who moved its settings, and by what: each line once.

    A daughter's gate asks for it as the parent's has; whoever said so there is named here.
    """
    asked = ("log", "--format=%B", "--encoding=UTF-8", "--no-show-signature", "--end-of-options")
    told = repo.run(*asked, repo.head, "--", SETTINGS).decode("utf-8", "replace")
    yield from dict.fromkeys(found[0].strip() for found in _ANSWERS.finditer(told))


def _name(repo: git.Repo) -> str:
    """What a parent is called: its folder; of a bare one without the ending that git likes."""
    place = repo.root or (
        repo.common_dir.parent if repo.common_dir.name == ".git" else repo.common_dir
    )
    printable = "".join(each if each.isprintable() else "-" for each in place.name)
    return "-".join(printable.removesuffix(".git").split()) or "parent"
