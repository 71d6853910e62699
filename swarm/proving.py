"""Running a task's command, and what that showed. Nothing here asks whether it may be run.

It runs at the top of the repository, without a shell, a terminal or an input, in a
process group of its own that ends with it. Of what it prints the end is kept,
however much that is; what it does to the files of the work tree is told.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from swarm import closure
from swarm.closure import FAILED, PASSED, STOPPED, Verdict
from swarm.errors import UsageError
from swarm.git import LOCAL_VARIABLES
from swarm.records import FOLDERS, shown

if TYPE_CHECKING:
    from swarm.git import Repo

TAIL = 8_000  # bytes of output that are kept
_CHUNK = 65_536
_LAST_WORDS = 2.0  # seconds to hear what is still in the pipe
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "fish", "cmd", "powershell", "pwsh")
_SIGNS = frozenset("| || & && ; > >> < << 2> 2>&1 `".split())

Files = dict[bytes, tuple[bytes, str]]  # path → its state, and what it holds

command_of = closure.command_of


def words(command: str) -> list[str]:
    """A command as a list. Shell signs in one that asks for no shell would be plain arguments."""
    try:
        found = shlex.split(command)
    except ValueError as error:
        what = f"{command!r} is no command: {error}"
        raise UsageError(what, remedy='--verify "python -m pytest tests/test_x.py"') from error
    if not found or "\0" in command:
        raise UsageError(f"{command!r} is no command", remedy='--verify "make test"')
    odd = [each for each in found if each in _SIGNS or each.startswith(("$(", "`"))]
    if odd and Path(found[0]).name not in _SHELLS:
        what = f"{odd[0]!r} is for a shell, and the command asks for none"
        raise UsageError(what, remedy=f"--verify {shlex.quote('sh -c ' + shlex.quote(command))}")
    return found


def prove(repo: Repo, root: Path, command: str, environ: Mapping[str, str], limit: int) -> Verdict:
    """Run a command to its end, or to the limit in seconds, and say what that showed."""
    before = _files(repo, root)
    tree = _digest(repo, before)
    said, why, tail = _run(words(command), root, environ, limit)
    after = _files(repo, root)
    turned = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    return Verdict(command, said, why, tail, tree, tuple(sorted(map(shown, turned))))


def _run(
    arguments: list[str], root: Path, environ: Mapping[str, str], limit: int
) -> tuple[str, str, str]:
    kept = {name: value for name, value in environ.items() if name not in LOCAL_VARIABLES}
    try:
        process = subprocess.Popen(
            arguments, cwd=root, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return STOPPED, f"could not be started: {error.strerror}", ""
    assert process.stdout
    heard = _Listener(process.stdout)
    try:
        code: int | None = process.wait(limit)
    except subprocess.TimeoutExpired:
        code = None
    finally:  # whatever it left behind, and itself when it or we were stopped
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    heard.join(_LAST_WORDS)
    return (*_judged(code, limit), heard.tail())


def _judged(code: int | None, limit: int) -> tuple[str, str]:
    if code is None:
        return STOPPED, f"was still running after {limit} s, and was stopped"
    if code < 0:
        with suppress(ValueError):
            return STOPPED, f"was ended by {signal.Signals(-code).name}"
        return STOPPED, f"was ended by signal {-code}"
    if code in (126, 127):  # what a shell says of a command that it cannot start
        return STOPPED, f"could not be run (exit {code})"
    return (PASSED, "passed") if code == 0 else (FAILED, f"failed (exit {code})")


class _Listener(threading.Thread):
    """Reads what is printed and keeps the end of it; a process that got away cannot hold it up."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = b""
        self._lost = False
        self.start()

    def run(self) -> None:
        with suppress(OSError, ValueError):
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                whole = self._kept + chunk
                self._lost = self._lost or len(whole) > TAIL
                self._kept = whole[-TAIL:]

    def tail(self) -> str:
        text = self._kept.decode("utf-8", "replace")
        return f"…{text}" if self._lost else text


def _files(repo: Repo, root: Path) -> Files:
    """What differs from the last commit: each file's state and content."""
    asked = ("status", "--porcelain", "-z", "--no-renames", "-uall")
    rows = [row for row in repo.attempt(*asked).out.split(b"\0") if row]
    return {row[3:]: (row[:2], _content(root / os.fsdecode(row[3:]))) for row in rows}


def _content(path: Path) -> str:
    try:
        if path.is_symlink():
            return os.fspath(path.readlink())
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _digest(repo: Repo, changed: Files) -> str:
    """The code that a command runs on, in twelve letters: the last commit's, and what changed."""
    rows = repo.attempt("ls-tree", "-z", "HEAD").out.split(b"\0")
    kept = [row for row in rows if _is_code(row.partition(b"\t")[2])]
    edited = [each for each in changed.items() if _is_code(each[0])]
    return hashlib.sha256(repr((sorted(kept), sorted(edited))).encode()).hexdigest()[:12]


def _is_code(path: bytes) -> bool:
    """Whether a path is not the board's: records come and go without changing what is checked."""
    return shown(path).split("/", maxsplit=1)[0] not in FOLDERS
