"""Running a task's command, and what that showed. Nothing here asks whether it may be run.

It runs at the top of the repository, without a shell, a terminal or an input, in a
process group of its own that ends with it. Of what it prints the end is kept,
however much that is; what becomes of the work tree meanwhile is told. Guards run so, too,
beside each other: they have an input, and are stopped when they print too much.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from swarm import closure, codestate
from swarm.closure import FAILED, PASSED, STOPPED, Verdict

if TYPE_CHECKING:
    from swarm.git import Repo

TAIL = 8_000  # bytes of output that are kept
MOST = 1_000_000  # bytes that a guard may print
_CHUNK = 65_536
_LAST_WORDS = 2.0  # seconds to hear what is still in the pipe
_RUNNING = "SWARM_CHECKING"  # marks of the commands that this process was started by
_ITSELF = "is what started this, and would go on starting itself"


class Ending(NamedTuple):
    """How a guard ended, in a word and in words, and the end of what it printed."""

    said: str  # passed | failed | stopped
    why: str
    tail: str = ""


def prove(
    repo: Repo, root: Path, command: str, environ: Mapping[str, str], limit: float
) -> Verdict:
    """Run a command to its end, or to the limit in seconds, and say what that showed."""
    arguments = closure.words(command)
    kept = _marked(environ, root, command)
    if kept is None:
        return Verdict(command, STOPPED, _ITSELF)
    before = codestate.look(repo, root)
    tree = codestate.digest(repo, before)
    with _hearing() as told:
        said, why, tail = _run(arguments, root, kept, limit, told)
    return Verdict(command, said, why, tail, tree, codestate.changed(repo, root, before))


def at_once(
    programs: Sequence[str], root: Path, told: bytes, environ: Mapping[str, str], limit: float
) -> list[Ending]:
    """Run programs beside each other, each told the same on its input, for so many seconds."""
    running: list[_Running] = []
    with _hearing() as end:
        try:
            for program in programs:
                kept = _marked(environ, root, program)
                with end.put_off():
                    running.append(_Running([program], root, told, kept, limit))
            return [each.ended() for each in running]
        finally:
            for each in running:
                each.end()


def asked(
    arguments: Sequence[str], root: Path, told: bytes, environ: Mapping[str, str], limit: float
) -> Ending:
    """Run a program that is told something and answers: all of its answer, or its last words."""
    marked = _marked(environ, root, " ".join(arguments))
    running: list[_Running] = []
    with _hearing() as end:
        try:
            with end.put_off():
                running.append(_Running(arguments, root, told, marked, limit, answers=True))
            return running[0].ended()
        finally:
            for each in running:
                each.end()


class _End:
    """Being told to end: at once, but for the moment in which something is being started."""

    def __init__(self) -> None:
        self._number = 0
        self._waits = False

    def tell(self, number: int, _: object) -> None:
        self._number = number
        if not self._waits:
            self._come()

    @contextmanager
    def put_off(self) -> Iterator[None]:
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
        if self._number:
            self._come()

    def _come(self) -> None:
        raise SystemExit(128 + self._number)  # what a shell says of it, too


@contextmanager
def _hearing() -> Iterator[_End]:
    """Whoever is told to end, or whose terminal goes away, ends what he has started first."""
    end = _End()
    here = threading.current_thread() is threading.main_thread()
    ending = (signal.SIGTERM, signal.SIGHUP) if here else ()  # no other thread may listen
    heard = [each for each in ending if signal.getsignal(each) is signal.SIG_DFL]
    try:
        for each in heard:
            signal.signal(each, end.tell)
        yield end
    finally:
        for each in heard:
            signal.signal(each, signal.SIG_DFL)


def _marked(environ: Mapping[str, str], root: Path, command: str) -> dict[str, str] | None:
    """The environment of a command, with its mark; none when it is what started all this."""
    mark = hashlib.sha256(f"{root}\0{command}".encode("utf-8", "replace")).hexdigest()[:16]
    running = environ.get(_RUNNING, "").split()
    if mark in running:
        return None
    kept = {name: each for name, each in environ.items() if name not in codestate.LOCAL_VARIABLES}
    return kept | {_RUNNING: " ".join([*running, mark])}


class _Running:
    """A program beside others, until it ends, takes too long, or says too much."""

    def __init__(
        self, arguments: Sequence[str], root: Path, told: bytes, environ: dict[str, str] | None,
        limit: float, *, answers: bool = False,
    ) -> None:  # fmt: skip
        self._limit = limit
        self._answers = answers  # then what it complains of is no part of what it says
        self._late = False
        self._process: subprocess.Popen[bytes] | None = None
        self._never = _ITSELF  # why it was not started, when it was not
        if environ is None:
            return
        try:
            self._process = process = subprocess.Popen(
                arguments, cwd=root, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if answers else subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._never = f"could not be started: {error.strerror}"
            return
        assert process.stdin and process.stdout
        self._clock = threading.Timer(limit, self._stop)
        self._clock.daemon = True
        self._clock.start()
        keep = MOST if answers else TAIL
        self._heard = _Listener(process.stdout, MOST, lambda: _kill(process), keep)
        self._words = _Listener(process.stderr) if process.stderr else self._heard
        threading.Thread(target=_tell, args=(process.stdin, told), daemon=True).start()

    def ended(self) -> Ending:
        """How it ended, when it has."""
        if self._process is None:
            return Ending(STOPPED, self._never)
        code = self._process.wait()
        self._clock.cancel()
        _kill(self._process)  # whatever it left behind
        self._heard.join(_LAST_WORDS)
        self._words.join(_LAST_WORDS)
        said, why = _judged(None if self._late else code, self._limit)
        if self._heard.left < 0:
            said, why = STOPPED, f"printed more than {MOST // 1_000_000} MB, and was stopped"
        heard = self._heard if said == PASSED or not self._answers else self._words
        return Ending(said, why, heard.tail())

    def end(self) -> None:
        """Leave nothing running, however it comes that nobody waits any more."""
        if self._process and self._process.returncode is None:
            self._clock.cancel()
            _kill(self._process)
            self._process.wait()

    def _stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._late = True
            _kill(self._process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _tell(stream: IO[bytes], told: bytes) -> None:
    """What a program does not want to hear is not said."""
    with suppress(OSError), stream:
        stream.write(told)


def _run(
    arguments: list[str], root: Path, environ: Mapping[str, str], limit: float, end: _End
) -> tuple[str, str, str]:
    process: subprocess.Popen[bytes] | None = None
    try:
        with end.put_off():
            process = subprocess.Popen(
                arguments, cwd=root, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        assert process.stdout
        heard = _Listener(process.stdout)
        code: int | None = process.wait(limit)
    except subprocess.TimeoutExpired:
        code = None
    except OSError as error:
        return STOPPED, f"could not be started: {error.strerror}", ""
    finally:  # whatever it left behind, and itself when it or we were stopped
        if process:
            _kill(process)
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

    def __init__(
        self, stream: IO[bytes], most: int = 0, enough: Callable[[], None] | None = None,
        keep: int = TAIL,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self._stream = stream
        self._keep = keep
        self.left = most  # bytes, after which it has heard enough
        self._enough = enough
        self._kept = b""
        self._lost = False
        self.start()

    def run(self) -> None:
        with self._stream, suppress(OSError):
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                whole = self._kept + chunk
                self._lost = self._lost or len(whole) > self._keep
                self._kept = whole[-self._keep :]
                self.left -= len(chunk)
                if self._enough and self.left < 0:
                    self._enough()

    def tail(self) -> str:
        text = self._kept.decode("utf-8", "replace")
        return f"…{text}" if self._lost else text
