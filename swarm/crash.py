"""Crash points: a laboratory names one, and the process is killed when it gets there."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

VARIABLE = "SWARM_CRASH"

# In the order in which a write comes by them.
POINTS = (
    "before file", "after file", "before queue", "after queue", "before blob", "after blob",
    "before message", "after message", "before copy", "after copy", "before lock", "after lock",
    "before stage", "after stage", "after unlock", "before tree", "after tree", "after commit",
    "before prepare", "after prepare", "before swap", "after swap",
)  # fmt: skip


def point(name: str, environ: Mapping[str, str]) -> None:
    """Nothing, but for a process that was started to die here."""
    if environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
