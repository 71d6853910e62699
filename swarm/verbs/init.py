"""swarm init: what a repository needs to be a blackboard. It changes no file that is there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING

import click

from swarm import write
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_SETTINGS = b"""\
# Settings of this blackboard. Everything here is optional.

# [sources]
# pages = ["docs/adr/*.md"]   # markdown that joins the graph, read-only
"""


@click.command()
def command(board: Board) -> Answer:
    """Make this repository a blackboard: SWARM.md and swarm.toml, where they are missing.

    Run it as often as you like. It never changes a file that exists.
    """
    wanted = {"SWARM.md": files("swarm").joinpath("SWARM.md").read_bytes(), "swarm.toml": _SETTINGS}
    written = []
    for path, raw in wanted.items():
        if not (board.root / path).exists():
            write.create(board.root, path, raw)
            written.append(path)
    kept = [path for path in wanted if path not in written]
    return Answer({"root": str(board.root), "written": written, "kept": kept})


def text(answer: Answer) -> Iterator[Line]:
    """What was written, and what to do next."""
    for path in answer.data["written"]:
        yield f"wrote {path}"
    for path in answer.data["kept"]:
        yield [(f"kept {path} as it is", "dim")]
    yield 'next: swarm new lesson "What you just learned"'
