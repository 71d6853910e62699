"""The ripe groups of some material, found once and kept where they may be lost.

To find them takes seconds, and what they are depends on nothing but what records say and cite:
so the answer is kept under a digest of that. A file that does not read is none.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from swarm import ripe, sharing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from swarm.lsa import Rows
    from swarm.material import Material

Crop = ripe.Crop
Progress = ripe.Progress
Ripe = ripe.Ripe

FORMAT = 3  # counted up when the same material would give other groups
_MOST = 8  # answers; every state of a board has its own


def of(
    state: str, rate: float, folder: Path, bring: Callable[[], tuple[Material, Rows]],
    progress: Progress | None = None,
) -> Crop:  # fmt: skip
    """The ripe groups of some material, which is brought only when it is needed.

    `state` tells of what the answer was made from every other; without one nothing is kept.
    """
    if not state:
        return ripe.of(*bring(), rate, progress)
    told = f"{FORMAT}\n{rate}\n{state}".encode("utf-8", "surrogatepass")
    target = folder / f"{blake2b(told, digest_size=16).hexdigest()}.json"
    with suppress(OSError, ValueError, TypeError, LookupError):
        return _thawed(json.loads(target.read_text("utf-8")))
    crop = ripe.of(*bring(), rate, progress)
    with suppress(OSError):
        _keep(target, json.dumps(crop))
    return crop


def _thawed(told: Any) -> Crop:
    """A crop out of the lists that it was frozen to."""
    groups, tested, covered = told
    return Crop([_ripe(*each) for each in groups], int(tested), int(covered))


def _ripe(group: Any, names: Any, outgrown: Any, fresh: Any) -> Ripe:
    members, told, mean, spread, odds, rate, floor, witness = group
    found = ripe.Group(tuple(members), told, mean, spread, odds, rate, floor, witness)
    return Ripe(found, tuple(names), tuple(outgrown), tuple(fresh))


def _keep(target: Path, text: str) -> None:
    folder = sharing.folder(target.parent)
    draft = folder / f".{os.urandom(6).hex()}.draft"
    draft.write_text(text, "utf-8")
    sharing.file(draft).replace(target)
    told = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns)
    for old in told[:-_MOST]:
        old.unlink(missing_ok=True)
