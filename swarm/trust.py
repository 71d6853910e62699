"""Whether a command that stands in a file may be run. It is code, and a stranger may have sent it.

It may when somebody typed it in this clone, when somebody allowed it here after
reading it (the command as it is, and the files of the repository it names as they
are), or when the commit that wrote it is signed by a key that the user has listed:
`git config --add swarm.trustedKey FINGERPRINT`. An author's name proves nothing.
A guard is such code, too: it was allowed in this very place, to the byte, with the files
that it names and whatever else lies in the folder of guards; or its commit is signed. What
was allowed somewhere else, and came along with a folder, was not allowed by whoever has it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import naming, proving
from swarm.errors import SwarmError
from swarm.naming import Unproven, command_of, words

if TYPE_CHECKING:
    from swarm.closure import Verdict
    from swarm.git import Repo

KEYS = "swarm.trustedKey"
_FEW = 5  # files that are named in a message

__all__ = [
    "Asked", "Ending", "Guard", "NotTrusted", "allow", "allow_guard", "check", "check_guard",
    "command_of", "guarded_with", "note_typed", "prove", "run", "words",
]  # fmt: skip

Ending = proving.Ending


class Asked(NamedTuple):
    """A command, the task that names it, and where it would run."""

    repo: Repo
    root: Path
    task: str
    path: str  # of the task's file
    command: str


class NotTrusted(Unproven):
    """Nobody here has said that this command may be run."""


class Guard(NamedTuple):
    """An executable that judges what is written, as a commit has it."""

    repo: Repo
    commit: str
    path: str
    raw: bytes


def check(asked: Asked) -> str:
    """How a command is trusted; NotTrusted when it is not."""
    typed = _place(asked, _typed(asked))
    if typed.is_file():
        return "typed here"
    files = _files(asked)
    if _place(asked, _allowed(asked, files)).is_file():
        return "allowed here"
    key = _signed_by(asked, files)
    if key:
        return f"signed by {key}"
    more = f" and {len(files) - _FEW} more files" if len(files) > _FEW else ""
    also = f", with {', '.join(list(files)[:_FEW])}{more}" if files else ""
    what = f"nobody in this clone has allowed its command{also}: {asked.command}"
    remedy = f"read it, then: swarm trust {quote(asked.task)}"
    raise NotTrusted(what, where=asked.path, remedy=remedy)


def prove(asked: Asked, environ: Mapping[str, str], limit: float) -> Verdict:
    """Run a command that may be run, and say what that showed."""
    check(asked)
    return proving.prove(asked.repo, asked.root, asked.command, environ, limit)


def check_guard(guard: Guard) -> str:
    """How a guard is trusted; NotTrusted when it is not."""
    files = guarded_with(guard)
    repo, commit = guard.repo, guard.commit
    if _is_of_here(repo, _at(repo, _guarding(guard, files))):
        return "allowed here"
    key = _signer(repo, commit, guard.path, lambda each: _is_of(guard, each, files))
    if key and _signer(repo, commit, guard.path.rpartition("/")[0], lambda _: True):
        return f"signed by {key}"
    also = f", with {', '.join(list(files)[:_FEW])}," if files else ","
    what = f"nobody in this clone has allowed it to run{also} and so nothing may be written past it"
    name = quote(guard.path)
    remedy = f"read it: git show HEAD:{name}; then: swarm trust {name}"
    raise NotTrusted(what, where=guard.path, remedy=remedy)


def guarded_with(guard: Guard) -> dict[str, str]:
    """What a guard names of all that its commit has, each with a digest."""
    return naming.held_files(guard.repo, guard.repo.root, guard.commit, guard.raw)


def run(
    guards: Sequence[Guard], root: Path, told: bytes, environ: Mapping[str, str], limit: float
) -> list[Ending]:
    """Run guards that may be run, beside each other, and say how each ended."""
    for each in guards:
        check_guard(each)
    return proving.at_once([_laid(each) for each in guards], root, told, environ, limit)


def hear(command: str, root: Path, told: bytes, environ: Mapping[str, str], limit: float) -> Ending:
    """Have a command that was typed here, just now, answer what it is told."""
    return proving.asked(words(command), root, told, environ, limit)


def allow_guard(guard: Guard, place: Path | None = None) -> Path:
    """Allow a guard as it is, here or where the clone is about to be. Where that is kept."""
    told = {"guard": guard.path, "place": os.path.realpath(place or guard.repo.common_dir)}
    return _keep_at(guard.repo, _guarding(guard, guarded_with(guard)), told)


def note_typed(asked: Asked) -> None:
    """Keep that a command was typed in this clone, for this task."""
    _keep(asked, _typed(asked), {})


def allow(asked: Asked) -> tuple[Path, tuple[str, ...]]:
    """Allow a command as it is, with the files it names as they are. Where that is kept."""
    files = _files(asked)
    return _keep(asked, _allowed(asked, files), files), tuple(files)


def _files(asked: Asked) -> dict[str, str]:
    return naming.named_files(asked.repo, asked.root, asked.command)


# --- what is kept in this clone ---


def _typed(asked: Asked) -> str:
    return _hash(["typed", asked.task, asked.command])


def _allowed(asked: Asked, files: Mapping[str, str]) -> str:
    return _hash(["allowed", asked.command, sorted(files.items())])


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _guarding(guard: Guard, files: Mapping[str, str]) -> str:
    """A guard as it is, with what it names, and with all that lies beside it."""
    folder = guard.path.rpartition("/")[0]
    beside = guard.repo.objects([f"{guard.commit}:{folder}"])[0]
    own = hashlib.sha256(guard.raw).hexdigest()
    return _hash(["guard", guard.path, own, beside, sorted(files.items())])


def _is_of_here(repo: Repo, kept: Path) -> bool:
    """Whether something was allowed in this place, and did not come along with it."""
    try:
        told = json.loads(kept.read_bytes())
    except (OSError, ValueError):
        return False
    place = os.path.realpath(repo.common_dir)
    return isinstance(told, dict) and told.get("place") == place


def _place(asked: Asked, name: str) -> Path:
    return _at(asked.repo, name)


def _at(repo: Repo, name: str) -> Path:
    return repo.common_dir / "swarm" / "state" / "trust" / f"{name}.json"


def _keep(asked: Asked, name: str, files: Mapping[str, str]) -> Path:
    told = {"task": asked.task, "command": asked.command, "files": files}
    return _keep_at(asked.repo, name, told)


def _keep_at(repo: Repo, name: str, told: Mapping[str, object]) -> Path:
    target = _at(repo, name)
    _write(target, json.dumps(told, indent=1).encode(), 0o666)
    return target


def _laid(guard: Guard) -> str:
    """Where a guard lies to be run, as its commit has it, whatever the work tree has by now."""
    digest = hashlib.sha256(guard.raw).hexdigest()[:16]
    folder = guard.repo.common_dir / "swarm" / "cache" / "guards" / digest
    target = folder / guard.path.rpartition("/")[2]
    there = target.is_file() and os.access(target, os.X_OK) and target.read_bytes()
    if there != guard.raw:
        _write(target, guard.raw, 0o777)
    return str(target)


def _write(target: Path, raw: bytes, mode: int) -> None:
    draft = target.with_name(f"{target.name}.{os.urandom(4).hex()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(raw)
        draft.replace(target)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy="df . ; ls -ld .git") from error


# --- what a commit proves ---


def _signed_by(asked: Asked, files: Mapping[str, str]) -> str:
    """The listed key that signed the commit with the command, all files as they are in it."""
    repo, paths = asked.repo, (asked.path, *files)

    def holds(commit: str) -> bool:
        return _holds(repo, commit, asked.root, paths)

    return _signer(repo, repo.head, asked.path, holds)


def _signer(repo: Repo, head: str, path: str, holds: Callable[[str], bool]) -> str:
    """The listed key that signed the commit by which a file came to be as it is."""
    rows = repo.attempt("config", "-z", "--get-all", KEYS).out.decode("utf-8", "replace")
    listed = {_spelled(row): row for row in rows.split("\0") if row.strip()}
    if not listed or not head:
        return ""
    commit = repo.last_change(head, path)
    if not commit or not holds(commit):
        return ""
    asks = ("log", "-1", "--no-show-signature", "--format=%G?%n%GF%n%GP", commit, "--")
    told = repo.attempt(*asks).out.decode("utf-8", "replace").split("\n")
    if told[0] not in ("G", "U"):  # U: good, by a key that git has no word on; the user has
        return ""
    return next((listed[key] for key in map(_spelled, told[1:3]) if key and key in listed), "")


def _spelled(key: str) -> str:
    """A fingerprint, however it is spaced; letter case means nothing in one of gpg."""
    bare = "".join(key.split())
    return bare if ":" in bare else bare.upper()


def _is_of(guard: Guard, commit: str, files: Mapping[str, str]) -> bool:
    """Whether a guard is, to the byte, as a commit has it, and what it names as well."""
    repo = guard.repo
    found = [each[0] for each in repo.objects([f"{commit}:{guard.path}"]) if each]
    same = _named_in(guard, commit) == _named_in(guard, guard.commit)
    plain = tuple(path for path in files if repo.root and not (repo.root / path).is_dir())
    lying = not repo.root or _holds(repo, commit, repo.root, plain)
    return [*repo.blobs(found)] == [guard.raw] and same and lying


def _named_in(guard: Guard, commit: str) -> dict[str, str]:
    return naming.held_files(guard.repo, None, commit, guard.raw)


def _holds(repo: Repo, commit: str, root: Path, paths: tuple[str, ...]) -> bool:
    """Whether files are, to the byte, as a commit has them."""
    if any("\n" in path for path in paths):  # which git could not be asked for
        return False
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
