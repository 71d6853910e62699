"""What makes a repository a blackboard: its protocol, its settings, and how git merges records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from swarm import git, write
from swarm.errors import SwarmError, UsageError
from swarm.records import FOLDERS, SETTINGS

PROTOCOL = "SWARM.md"

locate, ask = git.locate, git.ask

_SETTINGS = b"""\
# Settings of this blackboard. Everything here is optional.

# [sources]
# pages = ["docs/adr/*.md"]   # markdown that joins the graph, read-only

# [retrieval]                  # how orient weighs; 0 leaves a term out (swarm orient --explain)
# trail = 1.0                  # what newer records walk to
# half_life = 30               # records, after which a trail is half as warm

# [claims]
# remote = "origin"            # where two clones settle who has a task; "none": each for itself

# [vectors]
# model = "lsa"                # or a sentence-transformers model: its folder, or its name

# [harvest]
# rate = 0.05                  # of the groups that fire, the share that may be false

# [oracle]
# duplicate = "warning"        # what swarm check does with a rule: error, warning, off
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


class Founded(NamedTuple):
    """Where the board is, what was written, what was there, and what git was told."""

    root: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    installed: tuple[str, ...]


def found(start: Path, environ: Mapping[str, str]) -> Founded:
    """Write what is missing, and have git merge records key by key in this clone."""
    repo = git.locate(start, environ)
    if repo.root is None:
        what, remedy = "there is no work tree to write to", "git worktree add ../work"
        raise UsageError(what, where=str(repo.git_dir), remedy=remedy)
    wanted = {PROTOCOL: files("swarm").joinpath(PROTOCOL).read_bytes(), SETTINGS: _SETTINGS}
    written = []
    for path, raw in wanted.items():
        if not (repo.root / path).exists():
            write.create(repo.root, path, raw)
            written.append(path)
    kept = tuple(path for path in wanted if path not in written)
    return Founded(repo.root, tuple(written), kept, tuple(configure(repo)))


def configure(repo: git.Repo) -> list[str]:
    """Have git merge records key by key in this clone. What was set for that."""
    return [*_configure(repo), *_attribute(repo.common_dir / "info")]


def put(root: Path, path: str, raw: bytes, *, runs: bool) -> None:
    """Write a file that was not there; one that is run, for everybody who may read it."""
    write.create(root, path, raw)
    if runs:
        mode = (root / path).stat().st_mode
        (root / path).chmod(mode | (mode & 0o444) >> 2)


def _configure(repo: git.Repo) -> Iterator[str]:
    """Name the merge driver in this clone's configuration, unless that has one."""
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
