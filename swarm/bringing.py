"""An import and its one commit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from swarm import gate, importing

if TYPE_CHECKING:
    from swarm.git import Repo
    from swarm.records import Surroundings

Done = tuple[importing.Imported, gate.Committed]


def bring(
    source: Path, repo: Repo, target: Path, around: Surroundings, progress: importing.Progress,
    *, keep: bool,
) -> Done:  # fmt: skip
    """Import a board and commit all that was written at once; `keep`: commit nothing."""
    done = importing.import_board(source, target, around.environ, progress)
    changes = {path: (target / path).read_bytes() for path in done.written}
    subject = f"swarm: import {len(changes)} records of {source.resolve().name}"
    message = gate.Message(subject, "import", around.agent)
    made = gate.write(repo, target, changes, message, around.environ, around.now_ns, keep=keep)
    return done, made


notes = gate.notes
