"""Closing beside others: branches that move, other work trees, remotes, and sudden deaths."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ask import ask
from conftest import Maker, Repository
from jobs import ADA, PATH, T, claimed, close, head, holders, script, task
from lab import closes

from swarm import closing, desk
from swarm.board import open_board
from swarm.records import Surroundings

REF = "refs/swarm/claims/t-aaaaaa"


def test_the_branch_may_move_meanwhile(repo: Repository) -> None:
    claimed(repo, script(repo, "move", "git commit -q --allow-empty -m theirs"))
    assert close(repo).code == 0
    said = repo.git("log", "--format=%s", "-2").splitlines()
    assert said == [f"swarm: close {T} — Work", "theirs"]


def test_a_detached_head_is_closed_on(repo: Repository) -> None:
    claimed(repo, "true")
    repo.git("checkout", "-q", "--detach")
    assert close(repo).code == 0 and head(repo)["status"] == "closed" and holders(repo) == []
    assert "status: open" in repo.git("show", f"main:{PATH}")


def test_another_work_tree_of_the_branch_comes_along(repo: Repository) -> None:
    claimed(repo, "true")
    repo.git("worktree", "add", "-q", "-f", "../other", "main")
    other = Repository(repo.root.parent / "other", repo.environ)
    assert close(other).code == 0 and holders(repo) == []
    for each in (repo, other):
        assert each.git("status", "--short") == "" and head(each)["status"] == "closed"


def test_an_edit_in_another_work_tree_of_the_branch_is_not_closed_over(repo: Repository) -> None:
    claimed(repo, "true")
    repo.git("worktree", "add", "-q", "-f", "../other", "main")
    repo.write(PATH, (repo.root / PATH).read_text() + "\nMine.\n")
    told = close(Repository(repo.root.parent / "other", repo.environ))
    assert told.code == 1 and "edited there" in told.problems[0]["what"]
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]
    assert (repo.root / PATH).read_text().endswith("\nMine.\n")


def test_during_somebodys_rebase_the_file_waits_and_the_lease_stays(repo: Repository) -> None:
    repo.write("code.py", "one\n")
    claimed(repo, "true")
    repo.git("checkout", "-q", "-b", "side")
    repo.write("code.py", "two\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("code.py", "three\n")
    repo.commit()
    with pytest.raises(AssertionError, match="conflict"):
        repo.git("rebase", "side")
    told = close(repo)
    assert told.code == 1 and "rebase" in told.problems[0]["what"]
    assert told.problems[0]["remedy"].endswith(f"swarm release {T}")
    assert told.data["claim"]["released"] is False and told.data["commit"] == ""
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]
    repo.git("rebase", "--abort")  # which takes the waiting file with it
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]
    assert close(repo).code == 0


def test_a_hook_that_refuses_keeps_it_open_and_the_way_back_is_told(repo: Repository) -> None:
    claimed(repo, "true")
    hook = repo.write(".git/hooks/commit-msg", "#!/bin/sh\necho no >&2; exit 1\n")
    hook.chmod(0o755)
    told = close(repo)
    assert told.code == 1 and "commit-msg hook refused" in told.problems[0]["what"]
    assert head(repo)["status"] == "open" and holders(repo) == ["ada"]
    hook.unlink()
    told = close(repo)
    assert told.code == 1 and "in its file and in no commit" in told.problems[0]["what"]
    back = told.problems[0]["remedy"].partition("or undo it: ")[2].partition(" && ")[0]
    repo.git(*back.split()[1:])
    assert close(repo).code == 0 and head(repo)["status"] == "closed" and holders(repo) == []


def test_what_sparse_checkout_left_out_is_closed_all_the_same(repo: Repository) -> None:
    repo.write("code.py", "one\n")
    claimed(repo, "true")
    repo.git("sparse-checkout", "set", "--no-cone", "/code.py")
    assert not (repo.root / PATH).exists()
    assert close(repo).code == 0 and head(repo)["status"] == "closed" and holders(repo) == []
    assert not (repo.root / PATH).exists() and repo.git("status", "--short") == ""


# --- remotes ---

Pair = tuple[Repository, Repository, Repository]


@pytest.fixture
def pair(make_repository: Maker, tmp_path: Path) -> Pair:
    """A bare remote and two clones of it."""
    first = task(make_repository("first"), "true")
    bare = Repository(tmp_path / "bare.git", first.environ)
    first.git("clone", "-q", "--bare", ".", str(bare.root))
    for name in ("one", "two"):
        first.git("clone", "-q", str(bare.root), str(tmp_path / name))
    one, two = (Repository(tmp_path / name, first.environ) for name in ("one", "two"))
    assert ask(one, "claim", T, **ADA).code == ask(one, "trust", T).code == 0
    return bare, one, two


def test_the_remote_learns_that_the_lease_has_ended(pair: Pair) -> None:
    bare, one, two = pair
    assert ask(two, "claim", T, SWARM_AGENT="bob").code == 5
    told = close(one)
    assert told.code == 0 and told.data["claim"]["scope"] == "remote"
    assert b"until this branch is pushed" in told.err
    assert bare.git("rev-parse", REF) == one.git("rev-parse", REF)
    assert ask(two, "claim", T, SWARM_AGENT="bob").code == 0


def test_a_lease_that_another_clone_took_over_closes_nothing(pair: Pair) -> None:
    """This clone has not heard of it: the remote is asked before anything is run."""
    bare, one, two = pair
    bare.git("update-ref", "-d", REF)
    assert ask(two, "claim", T, SWARM_AGENT="bob").code == 0
    told = close(one)
    assert told.code == 6 and "bob" in told.problems[0]["what"]
    assert head(one)["status"] == "open"


def test_offline_it_is_closed_here_and_the_remote_is_told_later(pair: Pair) -> None:
    bare, one, _ = pair
    url = one.git("remote", "get-url", "origin").strip()
    one.git("remote", "set-url", "origin", "/nowhere/at/all.git")
    told = close(one)
    assert told.code == 0 and told.data["claim"]["scope"] == "local"
    assert told.problems[0]["remedy"] == "swarm claims --sync"
    one.git("remote", "set-url", "origin", url)
    assert ask(one, "claims", "--sync", **ADA).code == 0
    assert bare.git("rev-parse", REF) == one.git("rev-parse", REF)
    assert head(one)["status"] == "closed" and holders(one) == []


def test_a_remote_that_hangs_holds_up_nobody_for_long(pair: Pair) -> None:
    _, one, _ = pair
    program = one.write(".git/hang", "#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    one.git("config", "remote.origin.receivepack", str(program))
    board = open_board(one.root, None, Surroundings(one.environ | ADA, time.time_ns()))
    opened = desk.open_desk(board)
    opened = opened._replace(refs=opened.refs._replace(wait=0.5))
    began, want = time.monotonic(), desk.Want(T)
    desk.in_force(opened, want)
    judged = closing.judge(board, board.get(T), closing.Word())
    lease, refs = desk.fence(opened, want)
    done = closing.close(
        board, PATH, closing.Word(), judged, closing.Right("ada", lease.token, refs)
    )
    scope, problems = desk.close(opened, want)
    board.close()
    assert done.commit and scope == "unconfirmed" and problems
    assert time.monotonic() - began < 30
    assert head(one)["status"] == "closed" and holders(one) == []


# --- kills; all of them: python tests/lab/closes.py ---


@pytest.mark.parametrize(
    ("point", "state"), [("before file", "old"), ("after file", "file"), ("after lock", "file"),
                         ("before swap", "file"), ("after swap", "new")],
)  # fmt: skip
def test_task_and_lease_end_together_or_not_at_all(tmp_path: Path, point: str, state: str) -> None:
    told = closes.crashed(closes.board(tmp_path, "board"), point)
    assert told == (state, ())


def test_killed_before_the_remote_is_told_it_is_told_by_the_next(pair: Pair) -> None:
    bare, one, _ = pair
    assert one.swarm("close", T, **ADA, SWARM_CRASH="after swap").returncode == -9
    assert head(one)["status"] == "closed" and holders(one) == []
    assert bare.git("rev-parse", REF) != one.git("rev-parse", REF)
    assert ask(one, "claims", "--sync", **ADA).code == 0
    assert bare.git("rev-parse", REF) == one.git("rev-parse", REF)
