"""swarm init: what a repository needs to be a blackboard. It changes no file that is there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from swarm import write
from swarm.errors import SwarmError
from swarm.records import FOLDERS, Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

_SETTINGS = b"""\
# Settings of this blackboard. Everything here is optional.

# [sources]
# pages = ["docs/adr/*.md"]   # markdown that joins the graph, read-only

# [retrieval]                  # how orient weighs; 0 leaves a term out (swarm orient --explain)
# trail = 1.0                  # what newer records walk to
# half_life = 30               # records, after which a trail is half as warm

# [claims]
# remote = "origin"            # where two clones settle who has a task; "none": each for itself
"""
# A driver that is missing leaves a file unmerged without marks, and a Python that cannot start
# exits with 1 as a conflict does: so its word counts, not its exit code, and git is at hand.
_DRIVER = (
    'case "$(swarm merge-driver -- %O %A %B %P %L)" in'
    " merged*) exit 0;; conflict*) exit 1;; esac;"
    " git merge-file -q --marker-size=%L -L ours -L base -L theirs -- %A %O %B || exit 1"
)
_CONFIG = {
    "merge.swarm.name": "records of a blackboard, key by key",
    "merge.swarm.driver": _DRIVER,
}


@click.command()
def command(board: Board) -> Answer:
    """Make this repository a blackboard: SWARM.md and swarm.toml, where they are missing.

    And have git merge records key by key in this clone. Run it as often as you like:
    it never changes a file of yours, or a setting that is there.
    """
    wanted = {"SWARM.md": files("swarm").joinpath("SWARM.md").read_bytes(), "swarm.toml": _SETTINGS}
    written = []
    for path, raw in wanted.items():
        if not (board.root / path).exists():
            write.create(board.root, path, raw)
            written.append(path)
    kept = [path for path in wanted if path not in written]
    installed = [*_configure(board), *_attribute(board.place.repo.common_dir / "info")]
    told = {"root": str(board.root), "written": written, "kept": kept, "installed": installed}
    return Answer(told)


def text(answer: Answer) -> Iterator[Line]:
    """What was written, and what to do next."""
    for path in answer.data["written"]:
        yield f"wrote {path}"
    for path in answer.data["kept"]:
        yield [(f"kept {path} as it is", "dim")]
    if answer.data["installed"]:
        told = ", ".join(answer.data["installed"])
        yield f"git merges records key by key in this clone: {told}"
    yield 'next: swarm new lesson "What you just learned"'


def _configure(board: Board) -> Iterator[str]:
    """Name the merge driver in this clone's configuration, unless that has one."""
    repo = board.place.repo
    for key, value in _CONFIG.items():
        if not repo.attempt("config", "--local", "--get", key).code:
            continue
        done = repo.attempt("config", "--local", key, value)
        if done.code:
            where = str(repo.common_dir / "config")
            raise SwarmError(
                f"records will merge as plain text: {done.err.strip()}", where=where,
                remedy=f"ls -l {quote(where)}*; swarm init",
            )  # fmt: skip
        yield key


def _attribute(folder: Path) -> Iterator[str]:
    """Say which files it merges, below what stands in info/attributes."""
    target = folder / "attributes"
    try:
        folder.mkdir(exist_ok=True)
        there = target.read_bytes() if target.exists() else b""
        said = [line.split() for line in there.decode("utf-8", "replace").splitlines()]
        named = {words[0] for words in said if any("merge" in word for word in words[1:])}
        wanted = [f"{each}/**/*.md" for each in FOLDERS if f"{each}/**/*.md" not in named]
        if not wanted:
            return
        with target.open("ab") as file:
            begun = b"" if not there or there.endswith(b"\n") else b"\n"
            file.write(begun + "".join(f"{each} merge=swarm\n" for each in wanted).encode())
    except OSError as error:
        raise SwarmError(
            f"records will merge as plain text: {error.strerror}", where=str(target),
            remedy=f"ls -ld {quote(str(folder))}; swarm init",
        ) from error  # fmt: skip
    yield "info/attributes"
