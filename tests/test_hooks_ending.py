"""What swarm starts ends with it, whoever ends it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

WAYS = {
    "at_once": "proving.at_once([program], root, b'', os.environ, 600)",
    "asked": "proving.asked([program], root, b'', os.environ, 600)",
    "_run": "proving._run([program], root, os.environ, 600, end)",
}
PROGRAM = """
import os, sys
from pathlib import Path
from swarm import proving
program, root = sys.argv[1], Path(sys.argv[2])
with proving._hearing() as end:
    {way}
"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_it_started_does_not_outlive_it(
    tmp_path: Path, way: str, number: signal.Signals
) -> None:
    """The program holds one end of a pipe; the other end hears when nobody does any more."""
    ours, theirs = os.pipe()
    guard, begun = tmp_path / "guard", tmp_path / "begun"
    os.mkfifo(begun)
    guard.write_text(f"#!/bin/sh\necho x > {begun}\nexec sleep 30\n")
    guard.chmod(0o755)
    text = PROGRAM.format(way=WAYS[way])
    if way != "_run":  # which hear by themselves
        text = text.replace("with proving._hearing() as end:", "if True:")
    text = text.replace(
        "from swarm import proving",
        "from swarm import proving; import subprocess as s; p = s.Popen\n"
        f"s.Popen = lambda *a, **k: p(*a, **k, pass_fds=[{theirs}])",
    )
    process = subprocess.Popen(
        [sys.executable, "-c", text, guard, tmp_path], pass_fds=[theirs], stderr=subprocess.PIPE
    )
    os.close(theirs)
    assert begun.read_text() == "x\n" and not select.select([ours], [], [], 0)[0]
    process.send_signal(number)
    process.communicate()
    assert process.returncode in (128 + number, -number)
    assert select.select([ours], [], [], 10)[0] and os.read(ours, 1) == b""
    os.close(ours)
