"""What to do next: each tier shows what calls for it, and what was done is gone from it."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from boards import run, told
from conftest import Repository

from swarm.tiers import TIERS

HEAD = "id: B-1\nstatus: {status}\nevidence: seen\nfalsified_if: not seen\n"
HEAD += "enforced_by: tests/test_it.py\n"
BELIEF = f"---\n{HEAD}---\n# It scales\n"


def items(repo: Repository, tier: str = "", **environ: str) -> list[dict[str, Any]]:
    found = told(repo, "next", **environ)["data"]["next"]
    return [each for each in found if tier in ("", each["tier"])]


def task(repo: Repository, name: str, *head: str) -> None:
    lines = "".join(f"{line}\n" for line in (f"id: {name}", *head))
    repo.write(f"tasks/{name}-one.md", f"---\n{lines}---\n# One thing\n")


CHECKED = ("status: closed", "verify: make", "found_by: check", "checked: abc")


@pytest.fixture
def board(repo: Repository) -> Repository:
    repo.write("beliefs/B-1.md", BELIEF.format(status="enforced"))
    repo.write("tests/test_it.py", "def test_it(): ...\n")
    task(repo, "T-1", "status: open", "tests: [B-1]")
    repo.commit()
    return repo


def test_a_quiet_board_says_so_in_words(repo: Repository) -> None:
    repo.commit()
    code, out, _ = run(repo, "next")
    assert (code, out) == (0, "nothing is waiting: swarm new task, or swarm orient --for TEXT\n")


def test_what_is_in_no_commit_comes_first(board: Repository) -> None:
    board.lesson("L-1", "Not committed")
    first = items(board)[0]
    assert first["tier"] == "COMMIT"
    assert "memory/" in first["command"]
    board.commit()
    assert items(board, "COMMIT") == []


def test_a_file_of_the_code_is_nobodys_chore_here(board: Repository) -> None:
    board.write("src/main.py", "pass\n")
    assert items(board, "COMMIT") == []


def test_the_command_of_the_first_tier_does_what_it_says(board: Repository) -> None:
    board.lesson("L-1", "It's here; $(touch ran)")
    command = items(board, "COMMIT")[0]["command"].removesuffix(" && git commit")
    board.git(*shlex.split(command)[1:])
    board.git("commit", "-q", "-m", "one")
    assert items(board, "COMMIT") == []


def test_held_work_is_to_be_predicted_then_closed(board: Repository) -> None:
    told(board, "claim", "T-1", SWARM_AGENT="ada")
    (held,) = items(board, "CLOSE", SWARM_AGENT="ada")
    assert held["command"].startswith("swarm expect T-1 ")
    told(board, "expect", "T-1", "it does", "--p", "0.8", "--verify", "true", SWARM_AGENT="ada")
    (held,) = items(board, "CLOSE", SWARM_AGENT="ada")
    assert held["command"] == "swarm close T-1"
    told(board, "close", "T-1", "--n", "3", SWARM_AGENT="ada")
    assert items(board, "CLOSE", SWARM_AGENT="ada") == []


def test_what_another_holds_is_not_mine_to_close(board: Repository) -> None:
    told(board, "claim", "T-1", SWARM_AGENT="ben")
    assert items(board, "CLOSE", SWARM_AGENT="ada") == []
    assert "T-1" not in {each["id"] for each in items(board, "DISPATCH", SWARM_AGENT="ada")}


def test_a_lease_that_ran_out_is_due(board: Repository) -> None:
    told(board, "claim", "T-1", "--ttl", "1s", SWARM_AGENT="ben")
    soon = items(board, "DUE", SWARM_AGENT="ben")
    assert [each["command"] for each in soon] in (["swarm renew T-1"], ["swarm release T-1"])


def test_a_file_that_cannot_be_read_is_due(board: Repository) -> None:
    board.write("memory/lessons/L-2.md", b"\x00\x01")
    board.commit()
    assert items(board, "DUE")[0]["command"] == "swarm doctor"


def test_a_belief_that_outlived_its_test_wants_a_challenge(board: Repository) -> None:
    task(board, "T-2", *CHECKED, "outcome: falsified", "tests: [B-1]")
    board.commit()
    (wrong,) = items(board, "STRATEGY")
    assert wrong["id"] == "B-1"
    assert wrong["command"].startswith("swarm new challenge ")
    head = "id: C-1\nstatus: open\ncontradicts: [B-1]\ncites: [T-2]\n"
    board.write("beliefs/challenges/C-1.md", f"---\n{head}---\n# It does not\n")
    board.commit()
    assert items(board, "STRATEGY") == []  # T-1, which is open, will tell


@pytest.mark.parametrize("found_by", ["agent", "person", ""])
def test_a_belief_is_not_wrong_on_somebodys_word(board: Repository, found_by: str) -> None:
    task(board, "T-2", "status: closed", "outcome: falsified", "tests: [B-1]",
         f"found_by: {found_by}")  # fmt: skip
    board.commit()
    assert items(board, "STRATEGY") == []


def test_a_challenge_that_nobody_tests_wants_a_task(board: Repository) -> None:
    board.write("beliefs/B-2.md", BELIEF.format(status="aspirational").replace("B-1", "B-2"))
    head = "id: C-1\nstatus: open\ncontradicts: [B-2]\n"
    board.write("beliefs/challenges/C-1.md", f"---\n{head}---\n# It does not\n")
    board.commit()
    (open_one,) = items(board, "STRATEGY")
    assert (open_one["id"], "B-2" in open_one["why"]) == ("C-1", True)
    task(board, "T-3", "status: open", "tests: [B-2]")
    board.commit()
    assert items(board, "STRATEGY") == []


def test_a_debt_is_shown_until_a_check_has_paid_it(board: Repository) -> None:
    told(board, "claim", "T-1", SWARM_AGENT="ada")
    told(board, "close", "T-1", "--outcome", "confirmed", "--debt", "no disk here",
         SWARM_AGENT="ada")  # fmt: skip
    (debt,) = items(board, "META")
    assert "no disk here" in debt["why"]
    assert "--set tests=T-1" in debt["command"]
    task(board, "T-2", "status: closed", "outcome: confirmed", "tests: [T-1]")
    board.commit()
    assert len(items(board, "META")) == 1  # a word pays nothing
    task(board, "T-3", *CHECKED, "outcome: confirmed", "tests: [T-1]")
    board.commit()
    assert items(board, "META") == []


def test_the_tiers_come_in_their_order_and_each_item_has_a_reason_and_a_command(
    board: Repository,
) -> None:
    board.lesson("L-1", "Not committed")
    told(board, "claim", "T-1", SWARM_AGENT="ada")
    task(board, "T-2", *CHECKED, "outcome: falsified", "tests: [B-1]", "debt: no count")
    found = items(board, SWARM_AGENT="ada")
    order = [TIERS.index(each["tier"]) for each in found]
    assert order == sorted(order)
    assert len(set(order)) > 3
    assert all(each["why"] and each["command"] for each in found)


def test_only_some_of_a_tier_is_printed_and_the_rest_is_counted(repo: Repository) -> None:
    for at in range(9):
        task(repo, f"T-{at + 1}", "status: closed", "outcome: confirmed", "debt: later")
    repo.commit()
    _, out, _ = run(repo, "next")
    assert out.count("closed on a debt") == 3
    assert "and 6 more: swarm next --json" in out
