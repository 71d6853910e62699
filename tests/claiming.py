"""What several test files ask of claims: verbs at an hour of their choosing, clones, damage."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Repository, hermetic

from swarm.board import open_board
from swarm.claims import Desk
from swarm.desk import open_desk
from swarm.errors import SwarmError
from swarm.records import Answer, Surroundings
from swarm.verbs import claim, claims, release, renew

HOUR, DAY = 3_600, 86_400
REF = "refs/swarm/claims/t-aaaaaa"
SEEN = "refs/swarm/seen/t-aaaaaa"
PATHS = "refs/swarm/claims/_paths"
VERBS = {"claim": claim, "renew": renew, "release": release, "claims": claims}

Pair = tuple[Repository, Repository, Repository]


def call(
    repo: Repository, verb: str, *arguments: str, agent: str = "ada", at: int = 0, **environ: str
) -> Answer:
    """A verb's answer, `at` seconds from now."""
    command = VERBS[verb].command
    context = command.make_context(verb, list(arguments))
    named = {"SWARM_AGENT": agent} if agent else {}
    around = Surroundings(repo.environ | named | environ, time.time_ns() + at * 10**9)
    board = open_board(repo.root, None, around)
    assert command.callback
    try:
        answer: Answer = command.callback(board, **context.params)
    finally:
        board.close()
    return answer


def code(repo: Repository, verb: str, *arguments: str, agent: str = "ada", at: int = 0) -> int:
    """A verb's exit code; an error must say how to go on."""
    try:
        return call(repo, verb, *arguments, agent=agent, at=at).exit_code
    except SwarmError as error:
        assert error.remedy
        return error.exit_code


def tasks(repo: Repository) -> Repository:
    """Three things to do, one that is done, and one that is nothing to do."""
    for name in ("T-aaaaaa", "T-bbbbbb", "F-cccccc"):
        repo.write(f"tasks/{name}-x.md", f"---\nid: {name}\nstatus: open\n---\n# Task {name}\n")
    repo.write("tasks/T-dddddd-x.md", "---\nid: T-dddddd\nstatus: closed\n---\n# Done\n")
    repo.lesson("L-7k3qfa", "A lesson")
    repo.commit()
    return repo


def cloned(first: Repository, folder: Path) -> Pair:
    """A bare remote of a repository and two clones of it, which may be moved together."""
    bare = Repository(folder / "bare.git", first.environ)
    first.git("clone", "-q", "--bare", ".", str(bare.root))
    bare.git("config", "receive.autogc", "false")  # it has nothing to say to claims
    clones = [Repository(folder / name, first.environ) for name in ("one", "two")]
    for each in clones:
        first.git("clone", "-q", str(bare.root), str(each.root))
        each.git("remote", "set-url", "origin", "../bare.git")
    return bare, clones[0], clones[1]


def desk(repo: Repository, agent: str, wait: float) -> Desk:
    """A desk that waits so long for the remote."""
    around = Surroundings(repo.environ | {"SWARM_AGENT": agent}, time.time_ns())
    opened = open_desk(open_board(repo.root, None, around))
    return opened._replace(refs=opened.refs._replace(wait=wait))


DAMAGES = ("garbage", "empty", "missing", "symbolic", "blob", "commit")


def damage(repo: Repository, how: str, ref: str = REF) -> None:
    """Something in the place of a claim ref that holds no lease."""
    path = Path(repo.git("rev-parse", "--absolute-git-dir").strip()) / ref
    path.parent.mkdir(parents=True, exist_ok=True)
    if how == "garbage":
        path.write_text("garbage\n")
    elif how == "empty":
        path.write_text("")
    elif how == "missing":
        path.write_text("1" * 40 + "\n")
    elif how == "symbolic":
        repo.git("symbolic-ref", ref, "refs/heads/main")
    else:
        blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x").strip()
        repo.git("update-ref", ref, blob if how == "blob" else "HEAD")


def follow(repo: Repository, remedy: str) -> None:
    """Do what an error says, in the shell, by the letter."""
    shell = ["sh", "-c", remedy]
    done = subprocess.run(shell, cwd=repo.root, env=repo.environ, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


STATES = {
    "a rebase": ("rebase", "main"),
    "a cherry-pick": ("cherry-pick", "main"),
    "a revert": ("revert", "--no-edit", "HEAD~1"),
    "a merge": ("merge", "main"),
    "a detached HEAD": ("checkout", "-q", "--detach"),
}


def in_the_middle(repo: Repository, command: Sequence[str]) -> None:
    """Two branches that disagree on a file; a command that stops at it."""
    for branch, texts in (("main", ("main\n",)), ("side", ("one\n", "two\n"))):
        repo.git("checkout", "-q", "-B", branch, *(["main~1"] if branch == "side" else []))
        for text in texts:
            repo.write("clash.txt", text)
            repo.commit(text)
    subprocess.run(
        ["git", *command], cwd=repo.root, env=repo.environ, check=False, capture_output=True
    )


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board with tasks, a bare remote of it and two clones: made once, and copied."""
    folder = tmp_path_factory.mktemp("stock")
    first = Repository(folder / "repo", hermetic(folder))
    first.root.mkdir()
    first.git("init", "-q", "-b", "main")
    _, one, two = cloned(tasks(first), folder)
    for each in (first, one, two):
        code(each, "claim", "T-nobody")  # there is none, and now the cache is warm
    return folder


def _copied(stock: Path, folder: Path, name: str) -> Repository:
    copy = Repository(Path(shutil.copytree(stock / name, folder / name)), hermetic(folder))
    if name != "bare.git":
        copy.git("update-index", "-q", "--refresh")
    return copy


@pytest.fixture
def board(stock: Path, tmp_path: Path) -> Repository:
    return _copied(stock, tmp_path, "repo")


@pytest.fixture
def pair(stock: Path, tmp_path: Path) -> Pair:
    bare, one, two = (_copied(stock, tmp_path, name) for name in ("bare.git", "one", "two"))
    return bare, one, two
