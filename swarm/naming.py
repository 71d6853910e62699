"""The files of a repository that a command names, with all that it means by a name."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from pathlib import Path
from typing import TYPE_CHECKING

from swarm import closure
from swarm.closure import Unproven, command_of, words
from swarm.records import FOLDERS, SETTINGS

if TYPE_CHECKING:
    from swarm.git import Repo

MOST_FILES = 10_000
_MOST_GLOBS = 100  # of more than that, everything is meant

_WORD = re.compile(r"[\w.@%+~/-]+")
_REMARK = re.compile(r"(?m)(?:^|(?<=\s))#(?!!).*$")
_DOTTED = re.compile(r"(?:-m[ \t]*|\b(?:import|from)[ \t]+)([\w.]+)")

__all__ = ["Unproven", "command_of", "held_files", "named_files", "words"]


def named_files(repo: Repo, root: Path, command: str) -> dict[str, str]:
    """The files that a command names, each with a digest of its bytes.

    A folder stands for what git knows in it, or would take: whatever a stranger
    sends comes that way. Links stand for what they lead to.
    """
    mentioned = closure.mentioned(command)
    globs = [each for each in mentioned if re.search(r"[*?[]", each)]
    known = _known(repo)
    found: set[str] = set()
    names = {name for each in mentioned for name in _inside(root, each)}
    if len(globs) > _MOST_GLOBS:
        names.add(".")
    fresh = names | set(_matching(globs, known))
    while fresh:
        more = {path for path in known if _is_below(path, fresh)}
        more |= {each for each in fresh if (root / each).is_file()}
        links = {each for each in more - found if (root / each).is_symlink()}
        found |= _counted(more, command)
        fresh = {name for each in links for name in _inside(root, each)} - names
        names |= fresh
    found |= set(_implied(root, closure.implied(mentioned), found))
    for folder in [each for each in found if (root / each).is_dir()]:
        found.remove(folder)
        if set(_inside(root, folder)) == {folder}:  # it leads elsewhere, or is a submodule
            found |= _counted(set(_walked(root, folder)), command)
    return {path: _digest(root / path) for path in sorted(_counted(found, command))}


def held_files(repo: Repo, root: Path | None, commit: str, script: bytes) -> dict[str, str]:
    """What a commit has of all that a script may name: a file as it lies here, a folder as there.

    Records and the settings are what a script reads, and are none of it. A file that
    is only here, such as one that it writes, did not come from anybody.
    """
    text = "" if b"\0" in script else _REMARK.sub("", script.decode("utf-8", "replace"))
    names = sorted(filter(_may_run, _ends(text)))
    found = zip(names, repo.objects(f"{commit}:{each}" for each in names), strict=True)
    return {
        path: _digest(root / path) if root and held[1] == "blob" else held[0]
        for path, held in found
        if held
    }


def _ends(text: str) -> Iterator[str]:
    """Every path that a text may name, and what is left of it when its beginning is elsewhere."""
    dotted = (each.replace(".", "/") for each in _DOTTED.findall(text))
    modules = {name for each in dotted for name in (each, f"{each}.py", each.rpartition("/")[0])}
    found: set[str] = set()
    for word in {*_WORD.findall(text), *modules}:
        rest = word if len(word) <= 1_000 else ""
        while rest:
            found.add(os.path.normpath(rest))
            rest = rest.partition("/")[2]
    yield from found


def _may_run(path: str) -> bool:
    top = path.split("/", 1)[0]
    return top not in ("", ".", "..", *FOLDERS) and path != SETTINGS and path[0] != "-"


def _known(repo: Repo) -> list[str]:
    asked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [os.fsdecode(each) for each in repo.run(*asked).split(b"\0") if each]


def _matching(globs: list[str], known: list[str]) -> Iterator[str]:
    if globs:
        wanted = re.compile("|".join(map(translate, sorted(globs)[:_MOST_GLOBS])))
        yield from filter(wanted.match, known)


def _inside(root: Path, text: str) -> Iterator[str]:
    """Where a text leads, and where that really lies, as far as it is in the repository."""
    if "\0" in text:
        return
    plain = os.path.normpath(root / text)
    for each in (plain, os.path.realpath(plain)):
        if Path(each).is_relative_to(root) and os.path.lexists(each):
            yield os.path.relpath(each, root)


def _is_below(path: str, names: set[str]) -> bool:
    """Whether a path is one of some names, or lies in a folder that is."""
    if "." in names and path.split("/", 1)[0] not in FOLDERS:  # records change all the time
        return True
    while path:
        if path in names:
            return True
        path = path.rpartition("/")[0]
    return False


def _implied(root: Path, names: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    """What is read in the folders on the way to the files that are named."""
    folders = {"", *(str(each) for path in found for each in Path(path).parents)}
    for folder in folders if names else ():
        for name in names:
            path = os.path.normpath(f"{folder or '.'}/{name}")
            if (root / path).is_file():
                yield path


def _walked(root: Path, folder: str) -> Iterator[str]:
    seen: set[str] = set()
    for here, folders, files in os.walk(root / folder, followlinks=True):
        real = os.path.realpath(here)
        folders[:] = [] if real in seen else [each for each in folders if each != ".git"]
        if real not in seen:
            yield from (os.path.relpath(Path(here) / each, root) for each in files)
        seen.add(real)


def _counted(found: set[str], command: str) -> set[str]:
    if len(found) > MOST_FILES:
        what = f"its command names more than {MOST_FILES:,} files: {command}"
        raise Unproven(what, remedy="name fewer, or a script that does it")
    return found


def _digest(path: Path) -> str:
    try:
        if not path.is_file():  # a pipe or a device would keep us waiting
            return "no file"
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"
