"""Real repositories in temporary folders, cut off from the machine's own git settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nursery
import pytest

from swarm.board import Board, open_board
from swarm.records import Surroundings

PINNED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "LC_ALL": "C.UTF-8",
}


def _use_memory() -> None:
    """Have what tests write lie in memory where there is room: half their time is a disk's.

    Not where scripts may not run, since hooks and remote helpers are among them.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if memory.is_dir() and os.access(memory, os.W_OK | os.X_OK):
        told = os.statvfs(memory)
        if told.f_bavail * told.f_frsize > 4 * 2**30 and not told.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


_use_memory()


def hermetic(home: Path) -> dict[str, str]:
    """An environment in which git finds no settings but the repository's."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | PINNED | {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}


@dataclass
class Repository:
    """A git repository in a folder, and the clock that its commits are made by."""

    root: Path
    environ: dict[str, str]
    when: int = 1_700_000_000

    def git(self, *arguments: str, stdin: bytes | None = None, **environ: str) -> str:
        """What git printed; a failure fails the test with git's own words."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environ | environ, input=stdin,
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape")

    def write(self, path: str, text: str | bytes) -> Path:
        """Put a file in the work tree."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def commit(self, message: str = "change", *, when: int | None = None) -> str:
        """Commit everything, one hour after the commit before."""
        self.when = when if when is not None else self.when + 3600
        date = f"{self.when} +0000"
        self.git("add", "-A")
        self.git(
            "commit", "-q", "--allow-empty", "-m", message,
            GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date,
        )  # fmt: skip
        return self.git("rev-parse", "HEAD").strip()

    def lesson(self, record_id: str, title: str, body: str = "", **keys: str) -> Path:
        """Put a lesson in the work tree."""
        head = "".join(f"{key}: {value}\n" for key, value in keys.items())
        text = f"---\nid: {record_id}\n{head}---\n# {title}\n\n{body}\n"
        return self.write(f"memory/lessons/{record_id}-{title.lower().replace(' ', '-')}.md", text)

    def board(self, at: str | None = None) -> Board:
        """The blackboard as the library opens it."""
        return open_board(self.root, at, Surroundings(self.environ, time.time_ns()))

    def swarm(
        self, *arguments: str, stdin: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """The command line, as a process of its own."""
        around = self.environ | environ
        if nursery.serves(around):
            return nursery.run([nursery.Run(arguments, str(self.root), around, stdin)])[0]
        return subprocess.run(
            [sys.executable, "-m", "swarm", *arguments], cwd=self.root, env=around, input=stdin,
            capture_output=True, text=True, check=False,
        )  # fmt: skip


Maker = Callable[..., Repository]


@pytest.fixture
def make_repository(tmp_path: Path) -> Maker:
    """Makes repositories, each in a folder of its own."""
    home = tmp_path / "home"
    home.mkdir()

    def make(name: str = "repo", *options: str) -> Repository:
        root = tmp_path / name
        root.mkdir()
        repository = Repository(root, hermetic(home))
        repository.git("init", "-q", "-b", "main", *options)
        return repository

    return make


@pytest.fixture
def repo(make_repository: Maker) -> Repository:
    """An empty repository."""
    return make_repository()


def tree_bytes(root: Path) -> Mapping[str, bytes]:
    """Every file below a folder with its bytes, git's own files aside."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }
