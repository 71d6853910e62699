"""What the tests of hooks have in common: a git that may be refused, and a belief that will be."""

from __future__ import annotations

import subprocess

from conftest import Repository
from judging import belief

B = "beliefs/B-new001-readers.md"
BAD = belief(cites="[L-nx0000]")
CAUGHT = "L-nx0000"  # which is nowhere


def attempt(repo: Repository, *arguments: str, **environ: str) -> tuple[int, str]:
    """A git command that may be refused: its code, and all that was printed."""
    done = subprocess.run(
        ["git", *arguments], cwd=repo.root, env=repo.environ | environ, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def stage(repo: Repository, path: str, text: str) -> None:
    repo.write(path, text)
    repo.git("add", path)


def head(repo: Repository) -> str:
    return repo.git("rev-parse", "HEAD").strip()
