"""Whether a command that stands in a file may be run. It is code, and a stranger may have sent it.

It may when somebody typed it in this clone, when somebody allowed it here after
reading it (the command as it is, and the files of the repository it names as they
are), or when the commit that wrote it is signed by a key that the user has listed:
`git config --add swarm.trustedKey FINGERPRINT`. An author's name proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import closure, proving
from swarm.errors import SwarmError

if TYPE_CHECKING:
    from swarm.git import Repo

KEYS = "swarm.trustedKey"
MOST_FILES = 10_000

# What these read first, whatever their arguments are.
_READS = {
    "make": ("Makefile", "makefile", "GNUmakefile"), "gmake": ("GNUmakefile", "Makefile"),
    "just": ("justfile", "Justfile"), "tox": ("tox.ini", "pyproject.toml"),
    "nox": ("noxfile.py",), "npm": ("package.json",), "pnpm": ("package.json",),
    "yarn": ("package.json",), "cargo": ("Cargo.toml",), "rake": ("Rakefile",),
}  # fmt: skip


words = proving.words


class Asked(NamedTuple):
    """A command, the task that names it, and where it would run."""

    repo: Repo
    root: Path
    task: str
    path: str  # of the task's file
    command: str


class NotTrusted(closure.Unproven):
    """Nobody here has said that this command may be run."""


def check(asked: Asked) -> str:
    """How a command is trusted; NotTrusted when it is not."""
    typed = _place(asked, _typed(asked))
    if typed.is_file():
        return "typed here"
    files = named_files(asked)
    if _place(asked, _allowed(asked, files)).is_file():
        return "allowed here"
    key = _signed_by(asked, files)
    if key:
        return f"signed by {key}"
    also = f", with {', '.join(files)}" if files else ""
    what = f"nobody in this clone has allowed its command{also}: {asked.command}"
    remedy = f"read it, then: swarm trust {quote(asked.task)}"
    raise NotTrusted(what, where=asked.path, remedy=remedy)


def prove(asked: Asked, environ: Mapping[str, str], limit: int) -> closure.Verdict:
    """Run a command that may be run, and say what that showed."""
    check(asked)
    return proving.prove(asked.repo, asked.root, asked.command, environ, limit)


def note_typed(asked: Asked) -> None:
    """Keep that a command was typed in this clone, for this task."""
    _keep(asked, _typed(asked), {})


def allow(asked: Asked) -> tuple[Path, tuple[str, ...]]:
    """Allow a command as it is, with the files it names as they are. Where that is kept."""
    files = named_files(asked)
    return _keep(asked, _allowed(asked, files), files), tuple(files)


def named_files(asked: Asked) -> dict[str, str]:
    """The files of the repository that a command names, each with a digest of its bytes."""
    found: dict[str, str] = {}
    for word in _words(asked.command):
        for path in _paths(asked.root, word):
            if len(found) == MOST_FILES:
                what = f"its command names more than {MOST_FILES:,} files"
                raise SwarmError(what, where=asked.path, remedy="name fewer, or a script")
            found[path] = _digest(asked.root / path)
    return dict(sorted(found.items()))


def _words(command: str) -> Iterator[str]:
    """What of a command may be a path: its words, those of a script in it, and what it implies."""
    listed = proving.words(command)
    yield from _READS.get(Path(listed[0]).name, ())
    for at, word in enumerate(listed):
        yield word
        if at and listed[at - 1] == "-m":
            module = word.replace(".", "/")
            yield from (f"{module}.py", f"{module}/__main__.py", f"{module}/__init__.py")
        if any(each.isspace() for each in word):
            yield from _inner(word)


def _inner(script: str) -> Iterator[str]:
    try:
        inner = shlex.split(script, comments=False)
    except ValueError:
        inner = script.split()
    for word in inner:
        yield word.strip(";&|()")


def _paths(root: Path, word: str) -> Iterator[str]:
    """The files that a word names: `tests/test_x.py::test_y`, `--config=x.toml`, a folder's."""
    for each in dict.fromkeys((word, word.partition("::")[0], word.partition("=")[2])):
        if not each or len(each) > 1_000 or Path(each).is_absolute():
            continue
        path = Path(os.path.normpath(root / each))
        if not path.is_relative_to(root) or path == root:
            continue
        if path.is_file():
            yield str(path.relative_to(root))
        elif path.is_dir() and not path.is_symlink():
            yield from _below(root, path)


def _below(root: Path, folder: Path) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in (".git", "__pycache__"))
        yield from (str((Path(here) / each).relative_to(root)) for each in sorted(files))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"


# --- what is kept in this clone ---


def _typed(asked: Asked) -> str:
    return _hash(["typed", asked.task, asked.command])


def _allowed(asked: Asked, files: Mapping[str, str]) -> str:
    return _hash(["allowed", asked.command, sorted(files.items())])


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _place(asked: Asked, name: str) -> Path:
    return asked.repo.common_dir / "swarm" / "state" / "trust" / f"{name}.json"


def _keep(asked: Asked, name: str, files: Mapping[str, str]) -> Path:
    target = _place(asked, name)
    draft = target.with_suffix(f".{os.urandom(4).hex()}.new")
    told = {"task": asked.task, "command": asked.command, "files": files}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(told, indent=1), "utf-8")
        draft.replace(target)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy="df . ; ls -ld .git") from error
    return target


# --- what a commit proves ---


def _signed_by(asked: Asked, files: Mapping[str, str]) -> str:
    """The listed key that signed the commit with the command, all files as they are in it."""
    repo = asked.repo
    listed = repo.attempt("config", "--get-all", KEYS).out.decode("utf-8", "replace").split()
    if not listed or not repo.head:
        return ""
    commit = repo.last_change(repo.head, asked.path)
    if not commit or not _holds(repo, commit, asked.root, (asked.path, *files)):
        return ""
    told = repo.attempt("log", "-1", "--format=%G?%n%GF%n%GP", commit).out.decode().split("\n")
    if told[0] not in ("G", "U"):
        return ""
    keys = {key.upper() for key in told[1:3] if key}
    return next((key for key in listed if key.upper() in keys), "")


def _holds(repo: Repo, commit: str, root: Path, paths: tuple[str, ...]) -> bool:
    """Whether files are, to the byte, as a commit has them."""
    found = repo.objects(f"{commit}:{path}" for path in paths)
    oids = [each[0] for each in found if each]
    if len(oids) < len(paths):
        return False
    try:
        return all(
            raw == (root / path).read_bytes()
            for path, raw in zip(paths, repo.blobs(oids), strict=True)
        )
    except OSError:
        return False
