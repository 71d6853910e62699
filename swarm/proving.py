"""Running a task's command, and what that showed. Nothing here asks whether it may be run.

It runs at the top of the repository, without a shell, a terminal or an input, in a
process group of its own that ends with it. Of what it prints the end is kept,
however much that is; what becomes of the work tree meanwhile is told.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from swarm import closure, codestate
from swarm.closure import FAILED, PASSED, STOPPED, Verdict

if TYPE_CHECKING:
    from swarm.git import Repo

TAIL = 8_000  # bytes of output that are kept
_CHUNK = 65_536
_LAST_WORDS = 2.0  # seconds to hear what is still in the pipe
_RUNNING = "SWARM_CHECKING"  # marks of the commands that this process was started by


def prove(
    repo: Repo, root: Path, command: str, environ: Mapping[str, str], limit: float
) -> Verdict:
    """Run a command to its end, or to the limit in seconds, and say what that showed."""
    arguments = closure.words(command)
    mark = hashlib.sha256(f"{root}\0{command}".encode("utf-8", "replace")).hexdigest()[:16]
    running = environ.get(_RUNNING, "").split()
    if mark in running:
        return Verdict(command, STOPPED, "is what started this, and would go on starting itself")
    kept = {name: each for name, each in environ.items() if name not in codestate.LOCAL_VARIABLES}
    kept[_RUNNING] = " ".join([*running, mark])
    before = codestate.look(repo, root)
    tree = codestate.digest(repo, before)
    said, why, tail = _run(arguments, root, kept, limit)
    return Verdict(command, said, why, tail, tree, codestate.changed(repo, root, before))


def _run(
    arguments: list[str], root: Path, environ: Mapping[str, str], limit: float
) -> tuple[str, str, str]:
    try:
        process = subprocess.Popen(
            arguments, cwd=root, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
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
    said, why = _judged(code, limit)
    left = ", and left something running that got away" if heard.is_alive() else ""
    return said, why + left, heard.tail()


def _judged(code: int | None, limit: float) -> tuple[str, str]:
    if code is None:
        return STOPPED, f"was still running after {limit:g} s, and was stopped"
    ended = -code if code < 0 else code - 128  # a shell says so of the command it waited for
    if 0 < ended <= signal.SIGSYS:
        return STOPPED, f"was ended by {_signal(ended)}"
    if code in (126, 127):  # what a shell says of a command that it cannot start
        return STOPPED, f"could not be run (exit {code})"
    return (PASSED, "passed") if code == 0 else (FAILED, f"failed (exit {code})")


def _signal(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


class _Listener(threading.Thread):
    """Reads what is printed and keeps the end of it; a process that got away cannot hold it up."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = b""
        self._lost = False
        self.start()

    def run(self) -> None:
        with self._stream, suppress(OSError):
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                whole = self._kept + chunk
                self._lost = self._lost or len(whole) > TAIL
                self._kept = whole[-TAIL:]

    def tail(self) -> str:
        text = self._kept.decode("utf-8", "replace")
        return f"…{text}" if self._lost else text
