"""Moving refs: one transaction that is prepared, looked at once more, and then committed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from swarm.records import RefUpdate

if TYPE_CHECKING:
    import subprocess

    from swarm.git import Repo


def swap(
    repo: Repo, updates: Sequence[RefUpdate], reason: str, identity: Mapping[str, str],
    agreed: Callable[[], None],
) -> str:  # fmt: skip
    """Move all refs or none; what git said when it would not.

    Between the two halves, with every ref locked, `agreed` may raise. When this
    process dies, git reads the end of its orders and lets go of the locks.
    """
    command = ("update-ref", "-m", reason, "--no-deref", "-z", "--stdin")
    with repo.converse(*command, environ=identity) as process:
        assert process.stdin and process.stdout and process.stderr
        orders = "start\0" + "".join(_order(repo, each) for each in updates) + "prepare\0"
        try:
            if _ask(process, orders, 2):
                agreed()
                if _ask(process, "commit\0", 1):
                    return ""
        finally:
            with suppress(BrokenPipeError):  # git has gone, and says why on its way
                process.stdin.close()
        said = process.stderr.read().decode("utf-8", "replace").strip()
    return said or f"ended with {process.wait()}"


def _order(repo: Repo, update: RefUpdate) -> str:
    return f"update {update.ref}\0{update.new}\0{update.old or repo.nothing}\0"


def _ask(process: subprocess.Popen[bytes], orders: str, answers: int) -> bool:
    assert process.stdin and process.stdout
    try:
        process.stdin.write(os.fsencode(orders))
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return all(process.stdout.readline().endswith(b": ok\n") for _ in range(answers))
