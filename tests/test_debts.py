"""Debts: read off commits, tasks and beliefs, told by age and cost, and gone when they are paid."""

from __future__ import annotations

import re
import shlex
import time
from typing import Any

import pytest
from boards import run, told
from conftest import Repository

from swarm import footnotes
from swarm.debts import order
from swarm.footnotes import Note

WHY = "the disk was full"
DAY = 86_400


def meta(repo: Repository) -> list[dict[str, Any]]:
    """What `next` says is owed."""
    return [each for each in told(repo, "next")["data"]["next"] if each["tier"] == "META"]


def task(repo: Repository, name: str, *head: str) -> None:
    lines = "".join(f"{line}\n" for line in (f"id: {name}", *head))
    repo.write(f"tasks/{name}-one.md", f"---\n{lines}---\n# One thing\n")


def belief(repo: Repository, name: str, *head: str) -> None:
    lines = ("id: " + name, "evidence: seen", "falsified_if: not seen", *head)
    text = "".join(f"{line}\n" for line in lines)
    repo.write(f"beliefs/{name}-one.md", f"---\n{text}---\n# It is one {name}\n")


CLOSED = ("status: closed", "outcome: null", "found_by: agent", "concluded: 2026-01-02T03:04:05Z")


# --- bypasses -----------------------------------------------------------------------------------


def test_a_bypass_is_a_debt_of_whoever_took_it(repo: Repository) -> None:
    repo.lesson("L-1", "One")
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}\nSwarm-Agent: ada")
    (owed,) = meta(repo)
    assert owed["id"] == commit
    assert WHY in owed["why"] and "by ada" in owed["why"]
    assert owed["command"].startswith("swarm check --range ")


def test_the_author_answers_where_no_run_is_named(repo: Repository) -> None:
    repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    assert "by Ada" in meta(repo)[0]["why"]


@pytest.mark.parametrize("length", [7, 12, 40])
def test_a_bypass_is_paid_by_a_commit_that_says_so(repo: Repository, length: int) -> None:
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    repo.commit(f"mend\n\nSwarm-Bypass-Paid: {commit[:length]}")
    assert meta(repo) == []


def test_how_a_bypass_is_paid_stands_beside_it(repo: Repository) -> None:
    belief(repo, "B-1", "status: enforced")
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    owed = next(each for each in meta(repo) if each["id"] == commit)
    assert shlex.split(owed["command"])[:3] == ["swarm", "check", "--range"]
    code, out, _ = run(repo, *shlex.split(owed["command"])[1:])
    assert code in (0, 8) and "enforced, and names nothing" in out
    (trailer,) = re.findall(r"`(Swarm-Bypass-Paid: \w+)`", owed["why"])
    repo.git("commit", "-q", "--allow-empty", "-m", "I looked", "--trailer", trailer)
    assert commit not in {each["id"] for each in meta(repo)}


@pytest.mark.parametrize(
    "payment",
    [
        "Swarm-Bypass-Paid: {short}",  # too short to name a commit
        "Swarm-Bypass-Paid: another",
        "Swarm-Bypass-Paid: 0123456789",
        "    Swarm-Bypass-Paid: {commit}",  # quoted, and not said
        "It is not said that Swarm-Bypass-Paid: {commit}",
        "Swarm-Bypass-Paid: {commit}\nSwarm-Bypass: again",  # a way around pays for none
    ],
)
def test_what_pays_no_bypass(repo: Repository, payment: str) -> None:
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    repo.commit("mend\n\n" + payment.format(commit=commit, short=commit[:6]))
    assert commit in {each["id"] for each in meta(repo)}


def test_a_bypass_pays_for_no_bypass_itself(repo: Repository) -> None:
    first = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    second = repo.commit(f"change\n\nSwarm-Bypass: {WHY}\nSwarm-Bypass-Paid: {first}")
    assert {each["id"] for each in meta(repo)} == {first, second}


def test_another_branch_owes_for_itself(repo: Repository) -> None:
    repo.commit("one")
    repo.git("checkout", "-q", "-b", "side")
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    repo.git("checkout", "-q", "main")
    assert meta(repo) == []
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert [each["id"] for each in meta(repo)] == [commit]


def test_then_is_asked_as_it_was_then(repo: Repository) -> None:
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    repo.commit(f"mend\n\nSwarm-Bypass-Paid: {commit}")
    then = told(repo, "next", "--at", commit)["data"]["next"]
    assert [each["id"] for each in then if each["tier"] == "META"] == [commit]


def test_a_message_cannot_steer_the_terminal(repo: Repository) -> None:
    repo.commit("change\n\nSwarm-Bypass: \x1b[31mred\x1b[0m")
    code, out, _ = run(repo, "next")
    assert code == 0 and "\x1b" not in out and "red" in out


def test_a_repository_without_a_commit_owes_nothing(repo: Repository) -> None:
    assert meta(repo) == []


def test_a_history_that_cannot_be_read_is_no_clean_one(repo: Repository) -> None:
    repo.lesson("L-1", "One")
    first = repo.commit("one")
    repo.commit("two")
    told(repo, "list")
    (repo.root / ".git" / "objects" / first[:2] / first[2:]).unlink()
    (owed,) = meta(repo)
    assert "cannot be read" in owed["why"] and owed["command"].startswith("git fsck")


# --- tasks --------------------------------------------------------------------------------------


def test_a_task_closed_on_a_debt_is_owed_by_whoever_closed_it(repo: Repository) -> None:
    task(repo, "T-1", "status: open", "by: ada")
    repo.commit()
    told(repo, "claim", "T-1", SWARM_AGENT="ben")
    told(repo, "close", "T-1", "--outcome", "null", "--debt", WHY, SWARM_AGENT="ben")
    (owed,) = meta(repo)
    assert owed["id"] == "T-1" and WHY in owed["why"] and "by ben" in owed["why"]


def test_it_is_paid_when_a_check_closes_a_task_that_tests_it(repo: Repository) -> None:
    task(repo, "T-1", *CLOSED, f"debt: {WHY}")
    repo.commit()
    assert [each["id"] for each in meta(repo)] == ["T-1"]
    task(repo, "T-2", "status: closed", "outcome: confirmed", "found_by: agent", "tests: [T-1]")
    repo.commit()
    assert [each["id"] for each in meta(repo)] == ["T-1"]  # a word pays for no word
    task(repo, "T-2", "status: closed", "outcome: confirmed", "found_by: check", "tests: [T-1]")
    repo.commit()
    assert meta(repo) == []


def test_a_prediction_that_came_with_its_outcome_is_owed(repo: Repository) -> None:
    task(repo, "T-1", "status: open")
    repo.commit()
    task(repo, "T-1", *CLOSED, "expect: it does", "p: 0.9")
    repo.commit()
    (owed,) = meta(repo)
    assert owed["id"] == "T-1" and "late" in owed["why"]


def test_a_prediction_in_time_is_not(repo: Repository) -> None:
    task(repo, "T-1", "status: open", "expect: it does", "p: 0.9")
    repo.commit()
    task(repo, "T-1", *CLOSED, "expect: it does", "p: 0.9")
    repo.commit()
    assert meta(repo) == []


def test_what_arrived_closed_is_owed_elsewhere(repo: Repository) -> None:
    task(repo, "T-1", *CLOSED, "expect: it does", "p: 0.9")
    repo.commit()
    assert meta(repo) == []


# --- beliefs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "owes"),
    [
        ("", True),
        ("enforced_by: tests/test_gone.py", True),
        ("enforced_by: tests/test_one.py", False),
        ("enforced_by: tests/test_one.py::test_it", False),
        ("enforced_by: tests/test_one.py::test_other", True),
        ("enforced_by: tools/guards/plain", True),
        ("enforced_by: tools/guards/run", False),
        ("enforced_by: [tests/test_one.py, tools/guards/gone]", True),
        ("enforced_by: ../outside/tests/test_one.py", True),
        ("enforced_by: /etc/tests/test_one.py", True),
        ("enforced_by: link/tests/test_one.py", True),
    ],
)
def test_a_rule_that_nothing_enforces_is_owed(repo: Repository, named: str, owes: bool) -> None:
    repo.write("tests/test_one.py", "def test_it(): pass\n")
    repo.write("tools/guards/plain", "#!/bin/sh\n")
    repo.write("tools/guards/run", "#!/bin/sh\n").chmod(0o755)
    outside = repo.root.parent / "outside" / "tests"
    outside.mkdir(parents=True)
    (outside / "test_one.py").write_text("")
    (repo.root / "link").symlink_to(outside.parent)
    belief(repo, "B-1", "status: enforced", *filter(None, [named]))
    repo.commit()
    assert [each["id"] for each in meta(repo)] == ["B-1"] * owes
    then = told(repo, "next", "--at", "HEAD")["data"]["next"]
    assert [each["id"] for each in then if each["tier"] == "META"] == ["B-1"] * owes


def test_what_sparse_checkout_left_out_is_there_all_the_same(repo: Repository) -> None:
    repo.write("tests/test_one.py", "def test_it(): pass\n")
    belief(repo, "B-1", "status: enforced", "enforced_by: tests/test_one.py::test_it")
    belief(repo, "B-2", "status: enforced", "enforced_by: tests/test_one.py::test_gone")
    repo.commit()
    repo.git("sparse-checkout", "set", "beliefs")
    assert not (repo.root / "tests").exists()
    assert [each["id"] for each in meta(repo)] == ["B-2"]


def test_a_wish_is_no_debt(repo: Repository) -> None:
    belief(repo, "B-1", "status: aspirational")
    repo.commit()
    assert meta(repo) == []


# --- in which order -----------------------------------------------------------------------------


def test_the_older_of_two_is_paid_first(repo: Repository) -> None:
    now = int(time.time())
    old = repo.commit(f"old\n\nSwarm-Bypass: {WHY}", when=now - 30 * DAY)
    young = repo.commit(f"young\n\nSwarm-Bypass: {WHY}", when=now - 3 * DAY)
    assert [each["id"] for each in meta(repo)] == [old, young]
    assert "for 30 days" in meta(repo)[0]["why"]


def test_what_much_leans_on_is_paid_before_what_is_a_little_older(repo: Repository) -> None:
    now = int(time.time())
    repo.lesson("L-1", "One")
    first = repo.commit(f"old\n\nSwarm-Bypass: {WHY}", when=now - 4 * DAY)
    repo.lesson("L-2", "Two")
    second = repo.commit(f"young\n\nSwarm-Bypass: {WHY}", when=now - 3 * DAY)
    repo.lesson("L-3", "Three", cites="[L-2]")
    repo.commit("lean", when=now - 2 * DAY)
    owed = meta(repo)
    assert [each["id"] for each in owed] == [second, first]
    assert "1 record leans on it" in owed[0]["why"]


def test_what_was_renamed_since_is_leaned_on_all_the_same(repo: Repository) -> None:
    repo.lesson("L-7k3qfa", "One")
    commit = repo.commit(f"old\n\nSwarm-Bypass: {WHY}")
    repo.lesson("L-2", "Two", cites="[L-7k3qfa]")
    repo.git("mv", "memory/lessons/L-7k3qfa-one.md", "memory/lessons/L-7k3qfa-other.md")
    repo.commit()
    assert meta(repo)[0]["id"] == commit and "1 record leans on it" in meta(repo)[0]["why"]


def test_debts_are_paid_in_one_order_whatever_finds_them_first() -> None:
    notes = [Note("a" * 40, 5, "x", {"Swarm-Bypass": ["y"]}), Note("b" * 40, 1, "x", {})]
    assert order.unpaid(notes) == notes[:1]
    assert order.unpaid([]) == []


def test_any_date_that_a_commit_claims_is_read(repo: Repository) -> None:
    for date in ("0 +0000", "4102444800 +0000"):
        repo.git("commit", "-q", "--allow-empty", "-m", f"x\n\nSwarm-Bypass: {WHY}",
                 GIT_AUTHOR_DATE=f"@{date}", GIT_COMMITTER_DATE=f"@{date}")  # fmt: skip
    assert len(meta(repo)) == 2


def test_a_squash_says_what_each_of_its_commits_did(repo: Repository) -> None:
    repo.commit("squash\n\nSwarm-Verb: close\n\nmore words\n\nswarm-verb: new\n\nand more")
    board = repo.board()
    (note,) = footnotes.read(board.place.repo, board.place.head, footnotes.VERB)
    assert list(note.said["Swarm-Verb"]) == ["close", "new"]


@pytest.mark.parametrize(
    "message",
    [f"x\n\nswarm-bypass: {WHY}\n", f"x\n\nSWARM-BYPASS : {WHY}\nSwarm-Agent: ada\n",
     f"x\n\nA word.\n\nSigned-off-by: A\nand more\nSwarm-Bypass: {WHY}"],
)  # fmt: skip
def test_what_softens_the_rules_is_owed_however_it_is_spelled(
    repo: Repository, message: str
) -> None:
    belief(repo, "B-1", "cites: [L-404]", "status: aspirational")
    commit = repo.commit(message)
    assert commit in {each["id"] for each in meta(repo)}
    code, out, _ = run(repo, "check", "--range", "HEAD")
    assert code == 0 and "warning" in out and WHY in out
    repo.commit(f"mended\n\nswarm-bypass-paid: {commit}")
    assert commit not in {each["id"] for each in meta(repo)}


@pytest.mark.parametrize(
    "message",
    [f"Swarm-Bypass: {WHY}", f"x\nSwarm-Bypass: {WHY}", f"x\n\nSay\nSwarm-Bypass: {WHY}\nthere.",
     f"x\n\nSwarm-Bypass: {WHY}\n\nis how one says it.", f"x\n\n> Swarm-Bypass: {WHY}"],
)  # fmt: skip
def test_what_is_only_quoted_is_not_owed_and_softens_nothing(
    repo: Repository, message: str
) -> None:
    belief(repo, "B-1", "cites: [L-404]", "status: aspirational")
    commit = repo.commit(message)
    assert commit not in {each["id"] for each in meta(repo)}
    assert run(repo, "check", "--range", "HEAD")[0] == 8


def test_what_is_only_quoted_pays_for_nothing(repo: Repository) -> None:
    commit = repo.commit(f"change\n\nSwarm-Bypass: {WHY}")
    repo.commit(f"docs\n\nSwarm-Bypass-Paid: {commit}\n\npays for it.")
    assert [each["id"] for each in meta(repo)] == [commit]
