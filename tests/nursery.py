"""Processes of the command line, forked from one that has imported it.

Each is a process of its own: its folder, its environment, its streams, its end, by
SIGKILL too. What an interpreter takes to start is spent once and not a thousand times.
Several that are asked for together begin together, when the last of them is there.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, reduce
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOCALE = "C.UTF-8"
Ended = subprocess.CompletedProcess[str]


class Run(NamedTuple):
    """One command: where, in which environment, how many seconds from now, by whom, to what end."""

    arguments: Sequence[str]
    cwd: str
    environ: Mapping[str, str]
    stdin: str = ""
    ahead: int = 0
    dies: str = ""  # "before claimrefs.swap", "after identity.Proofs.add"
    user: int = 0  # only root may be somebody else
    mask: int = 0o022


def serves(environ: Mapping[str, str]) -> bool:
    """Whether a fork is what an interpreter would be that starts in this environment."""
    told = {name for name in environ if name.startswith("PYTHON")} - {"PYTHONPATH"}
    return not told and environ.get("LC_ALL") == LOCALE


def run(runs: Sequence[Run]) -> list[Ended]:
    """What became of some commands that began together."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(_mother())
        line.sendall(json.dumps(runs).encode())
        line.shutdown(socket.SHUT_WR)
        told = json.loads(_all_of(line))
    return [
        subprocess.CompletedProcess(list(each.arguments), code, _text(out), _text(err))
        for each, (code, out, err) in zip(runs, told, strict=True)
    ]


@cache
def _mother() -> str:
    """The address of a process that has imported everything; it ends when this one does."""
    folder = tempfile.mkdtemp(prefix="swarm-nursery-")
    address = f"{folder}/line"
    environ = {"PATH": os.environ["PATH"], "LC_ALL": LOCALE}
    paths = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    process = subprocess.Popen(
        [sys.executable, __file__, address], env=environ | paths, cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout and process.stdout.readline() == b"ready\n"
    _kept.append(process)
    return address


_kept: list[subprocess.Popen[bytes]] = []  # its standard input is what keeps it alive


def _text(raw: str) -> str:
    text = raw.encode("latin-1").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")  # as a pipe that is read as text


def _all_of(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(1 << 16), b""))


# --- the other side -----------------------------------------------------------------------------


def main() -> None:
    """Fork for whoever calls, until nobody can."""
    address = Path(sys.argv[1])
    _import_all()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(address))
        door.listen(64)
        print("ready", flush=True)
        while True:
            callers, _, _ = select.select([door, 0], [], [])
            if 0 in callers:
                break
            line, _ = door.accept()
            with line:
                if os.fork() == 0:
                    _end(_answer, line)
            while _reaped():
                pass
    address.unlink()
    address.parent.rmdir()


def _import_all() -> None:
    cli = import_module("swarm.cli")
    for verb in cli.VERBS:
        with suppress(ImportError, SyntaxError):  # whoever calls it will hear of it
            cli.swarm.get_command(None, verb)
    for name in ("claims", "commit", "markdown", "view"):
        import_module(f"swarm.{name}")


def _reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] > 0
    except ChildProcessError:
        return False


def _answer(line: socket.socket) -> int:
    runs = [Run(*each) for each in json.loads(_all_of(line))]
    gate, opener = os.pipe()
    started = []
    for each in runs:
        streams = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - read at the end
        streams[0].write(each.stdin.encode("utf-8", "surrogateescape"))
        streams[0].seek(0)
        child = os.fork()
        if child == 0:
            os.close(opener)
            os.read(gate, 1)  # all of them are let go at once
            _end(_live, each, streams)
        started.append((child, streams))
    os.close(opener)
    told = []
    for child, streams in started:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for stream in streams[1:]:
            stream.seek(0)
        told.append((code, *(stream.read().decode("latin-1") for stream in streams[1:])))
    line.sendall(json.dumps(told).encode())
    return 0


def _end(act: Callable[..., int], *given: Any) -> None:
    """Do something, and never come back."""
    code = 70
    try:
        code = act(*given)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _live(this: Run, streams: Sequence[Any]) -> int:
    """Be that command."""
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
    os.umask(this.mask)
    if this.user:
        os.setgroups([])
        os.setgid(this.user)
        os.setuid(this.user)
    os.chdir(this.cwd)
    os.environ.clear()
    os.environ.update(this.environ)
    time.tzset()
    tempfile.tempdir = None
    told = sys.stdout
    names = (("stdin", "r", told.errors), ("stdout", "w", told.errors),
             ("stderr", "w", "backslashreplace"))  # fmt: skip
    for number, (name, mode, errors) in enumerate(names):
        stream = open(number, mode, encoding=told.encoding, errors=errors, closefd=False)  # noqa: SIM115 - kept
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    if this.ahead:
        real = time.time_ns
        time.time_ns = lambda: real() + this.ahead * 10**9
    if this.dies:
        _mark(this.dies)
    sys.argv = ["swarm", *this.arguments]
    try:
        import_module("swarm.cli").main()
    except SystemExit as done:
        code = done.code
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _inner(home: Any, name: str) -> Any:
    """A class in a module, or a module in a package."""
    try:
        return getattr(home, name)
    except AttributeError:
        return import_module(f"{home.__name__}.{name}")


def _mark(place: str) -> None:
    """Have this process killed before or after its first call of a function."""
    when, name = place.split()
    module, *within, function = name.split(".")
    home = reduce(_inner, within, import_module(f"swarm.{module}"))
    real = getattr(home, function)

    def last(*given: Any, **named: Any) -> None:
        if when == "after":
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(home, function, last)


if __name__ == "__main__":
    main()
