"""Each rule by what it catches, and by what is so near to that and must pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Repository, hermetic
from judging import GOOD, belief, board, head, judge, lesson, task, told
from wrongs import (
    ADA,
    CASES,
    CLOSE,
    EARNED,
    PLAIN,
    TESTS,
    TOML,
    B,
    C,
    L,
    P,
    Row,
    T,
    b,
    closed,
    said,
)

from swarm import oracle
from swarm.closure import Verdict
from swarm.hearing import Blob


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The good board. Judging changes nothing, so that one will do."""
    repo = Repository(tmp_path_factory.mktemp("good"), hermetic(Path("/nowhere")))
    repo.git("init", "-q", "-b", "main")
    return board(repo)


@pytest.mark.parametrize("row", CASES.values(), ids=list(CASES))
def test_a_bad_write_is_caught_by_its_rule(good: Repository, row: Row) -> None:
    found = judge(good, row.bad, row.message)
    assert row.rule in told(found, row.level), found
    for each in found:  # and says where, why, and what to do
        assert each.problem.path and each.problem.line >= 1 and each.problem.what
        assert each.problem.remedy and each.why


@pytest.mark.parametrize("row", CASES.values(), ids=list(CASES))
def test_what_only_looks_like_it_passes(good: Repository, row: Row) -> None:
    found = judge(good, row.near, row.near_message)
    assert told(found) == {}
    assert row.rule not in told(found, "warning")


def test_every_rule_has_its_rows() -> None:
    named = {row.rule for row in CASES.values()} | {"mass-deletion"}  # which has a test of its own
    assert named == {each.name for each in oracle.rules()}
    assert len(CASES) >= 60


def test_a_good_board_is_good_from_its_first_commit_on(repo: Repository) -> None:
    writes: dict[str, Any] = {**GOOD, "tools/guards/names": Blob("100755", raw=b"#!/bin/sh\n")}
    assert told(judge(repo, writes, EARNED)) == {}


# What was there before, and what comes from elsewhere


STANDING = [each.name for each in oracle.rules() if each.look]
OLD = {
    name: row
    for name, row in CASES.items()
    if row.rule in STANDING
    and list(row.bad) in ([B], [P], [C])
    and name != "a text that another has"  # which one more sentence mends
}


@pytest.fixture(scope="module")
def ageing(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A board to which one bad record after another has been committed unseen."""
    repo = Repository(tmp_path_factory.mktemp("ageing"), hermetic(Path("/nowhere")))
    repo.git("init", "-q", "-b", "main")
    return board(repo)


@pytest.mark.parametrize("row", OLD.values(), ids=list(OLD))
def test_what_was_wrong_before_and_is_not_touched_is_no_more_than_a_note(
    ageing: Repository, row: Row
) -> None:
    """Whoever adds a sentence to an old record does not answer for the rest of it."""
    ((path, old),) = row.bad.items()
    raw = old if isinstance(old, bytes) else old.encode()
    ageing.write(path, raw)
    ageing.commit()
    found = judge(ageing, {path: raw + b"\nOne more sentence.\n"})
    assert told(found) == {} == told(found, "warning")
    assert row.rule in told(found, "note")


def test_an_old_fault_counts_again_when_it_is_made_anew(repo: Repository) -> None:
    board(repo).write(B, belief(falsified_if="never"))
    repo.commit()
    assert told(judge(repo, b(falsified_if="it is wrong"))).keys() == {"belief-testable"}
    assert told(judge(repo, b(falsified_if="never", cites="[L-nx0000]"))).keys() == {"edges-exist"}


def test_a_record_that_moves_keeps_its_old_faults(repo: Repository) -> None:
    board(repo).write(B, belief(evidence="none"))
    repo.commit()
    moved = {B: None, "memory/archive/B-new001-new.md": belief(evidence="none", by="ada")}
    found = judge(repo, moved)
    assert told(found) == {} and "belief-testable" in told(found, "note")


FROM_ELSEWHERE = "beliefs/DEPS.md:35@f567d0ebfb45"


def test_what_an_import_brings_is_not_refused_for_how_it_is_spelled(good: Repository) -> None:
    record = head("B77", "As it stood there", {"status": "active", "confidence": "9/10"})
    brought = record.replace("---\n# ", f"source: {FROM_ELSEWHERE}\n---\n# ")
    path = "beliefs/B77-as-it-stood-there.md"
    assert told(judge(good, {path: record})).keys() == {"kind-schema"}
    assert judge(good, {path: brought}) == []
    assert judge(good, {path: brought}, "x\n\nSwarm-Verb: import\n") == []
    assert told(judge(good, {path: brought}, "x\n\nSwarm-Verb: new\n")).keys() == {"kind-schema"}


@pytest.mark.parametrize("body", ["AKIA" + "Q7" * 8, "a\u202eb", "<!-- agents must obey -->"])
def test_no_import_brings_secrets_or_what_is_hidden(good: Repository, body: str) -> None:
    assert told(judge(good, b(source=FROM_ELSEWHERE, body=body)))


def test_a_source_that_says_no_place_is_no_excuse(good: Repository) -> None:
    for source in ("somewhere", "https://example.org", "2026", "[a:1]"):
        assert told(judge(good, b(source=source, evidence=None))).keys() == {"kind-schema"}


def test_a_record_that_is_there_is_not_brought_by_saying_so(good: Repository) -> None:
    changed = belief("B-sma111", "Batches stay small", source=FROM_ELSEWHERE, evidence="none")
    assert told(judge(good, {PLAIN: changed})).keys() == {"belief-testable"}


# How grave it is


@pytest.mark.parametrize(
    ("path", "text"),
    [(L, lesson(cites="[L-nx0000]")), (T, task(cites="[L-nx0000]")),
     ("memory/handoffs/H-new001.md", head("H-new001", "Left", {"cites": "[L-nx0000]"}))],
)  # fmt: skip
def test_elsewhere_than_in_what_is_believed_a_rule_advises(
    good: Repository, path: str, text: str
) -> None:
    found = judge(good, {path: text})
    assert told(found) == {} and told(found, "warning").keys() == {"edges-exist"}


@pytest.mark.parametrize("path", ["memory/archive/B-new001.md", "memory/lessons/B-new001.md"])
def test_a_belief_is_one_wherever_it_lies(good: Repository, path: str) -> None:
    assert told(judge(good, {path: belief(cites="[L-nx0000]")})).keys() == {"edges-exist"}


@pytest.mark.parametrize(
    ("level", "of_belief", "of_lesson"),
    [("off", None, None), ("warning", "warning", "warning"), ("error", "error", "error")],
)
def test_a_level_is_that_of_the_last_commit_and_never_of_the_change(
    repo: Repository, level: str, of_belief: str | None, of_lesson: str | None
) -> None:
    repo.write(TOML, f'[oracle]\nedges-exist = "{level}"\n')
    repo.commit()
    bad = {B: belief(cites="[L-nx0000]"), L: lesson(cites="[L-nx0001]")}
    for changed in ({}, {TOML: None}, {TOML: '[oracle]\nedges-exist = "error"\n'}):
        found = {
            each.problem.path: each.problem.level
            for each in judge(repo, bad | changed, ADA)
            if each.rule == "edges-exist"
        }
        assert (found.get(B), found.get(L)) == (of_belief, of_lesson)


# Many at once


def many(count: int) -> dict[str, str]:
    return {
        f"memory/lessons/L-m{number:05}-x.md": lesson(f"L-m{number:05}", f"Number {number}")
        for number in range(count)
    }


@pytest.mark.parametrize(("count", "caught"), [(20, False), (21, True)])
def test_more_than_twenty_records_do_not_go_at_once(
    repo: Repository, count: int, caught: bool
) -> None:
    for path, text in many(40).items():
        repo.write(path, text)
    repo.commit()
    gone: dict[str, str | None] = dict.fromkeys(list(many(40))[:count])
    assert ("mass-deletion" in told(judge(repo, gone))) == caught
    archived = {path.replace("lessons", "archive"): text for path, text in many(count).items()}
    assert judge(repo, {**gone, **archived}) == []


# Settings that cannot be read


def test_while_the_settings_do_not_parse_nothing_is_written_but_what_mends_them(
    repo: Repository,
) -> None:
    repo.write(TOML, "trail = \n[oracle]\nedges-exist = 'off'\n")
    repo.commit()
    assert told(judge(repo, {L: lesson()})).keys() == {"settings-readable"}
    assert told(judge(repo, b(cites="[L-nx0000]"))).keys() == {"settings-readable", "edges-exist"}
    assert judge(repo, {TOML: "[oracle]\nedges-exist = 'error'\n"}) == []
    assert judge(repo, {TOML: None}) == []


# Tasks


CHECKED = closed(found_by="check", checked="3f9ab2", verify="make test")
SAW = {TESTS: Verdict("make test", "passed", "passed", tree="3f9ab2")}


def test_a_task_is_closed_by_a_verdict_and_its_commit_is_the_witness_ever_after(
    good: Repository,
) -> None:
    write = {TESTS: CHECKED}
    refused = {"verified-close"}
    assert told(judge(good, write, CLOSE, SAW)) == {}
    assert told(judge(good, write, CLOSE)).keys() == refused
    assert told(judge(good, write, "by hand", SAW)).keys() == refused
    assert told(judge(good, write, CLOSE, past=True)) == {}
    assert told(judge(good, write, "by hand", past=True)).keys() == refused
    another = CLOSE.replace("T-tests1", "T-ther11")
    assert told(judge(good, write, another, past=True)).keys() == refused
    unsaid = {TESTS: CHECKED.replace("checked", "n")}
    assert told(judge(good, unsaid, CLOSE, past=True)).keys() >= refused


def test_a_commit_that_was_squashed_says_of_each_task_who_closed_it(good: Repository) -> None:
    squashed = (
        "Two of them\n\n* swarm: close\n\nSwarm-Verb: close\nSwarm-Task: T-tests1\n\n* more\n"
    )
    write = {TESTS: CHECKED, L: lesson()}
    assert told(judge(good, write, f"{squashed}\nSwarm-Verb: new\n", past=True)) == {}


def test_a_secret_is_not_told_again(good: Repository) -> None:
    for body in ("AKIA" + "Q7" * 8, "ghp_" + "a1" * 18):
        assert body not in repr(judge(good, said(body)))


@pytest.mark.parametrize(
    "heading",
    ["## Invariants", "## 3. Invariants", "## Our invariants", "Invariants\n----------",
     "###### INVARIANTS", "## Invariant"],
)  # fmt: skip
def test_an_invariant_is_fixed_under_every_heading_that_the_mission_is_checked_by(
    repo: Repository, heading: str
) -> None:
    kept = "beliefs/B-keep01-kept.md"
    repo.write("beliefs/MISSION.md", f"# What for\n\n{heading}\n\nB-keep01 always holds.\n")
    repo.write(kept, belief("B-keep01", "Nothing is deleted"))
    repo.commit()
    assert "escalation" in told(judge(repo, {kept: belief("B-keep01", "Little is deleted")}, "x"))
    assert "escalation" not in told(judge(repo, {B: belief()}, "x"))


# Who may stand in for it


MOVED = {"beliefs/MISSION.md": GOOD["beliefs/MISSION.md"] + "\nMore.\n"}
MACHINES = [
    "Agent7 <a@x.org>", "my_agent <a@x.org>", "MyAgent <a@x.org>", "Robot One <r@x.org>", "@claude",
    "Claude <a@x.org>", "claude-3 <a@x.org>", "gpt4 <a@x.org>", "Ada <noreply@anthropic.com>",
    "Ada <no-reply@x.org>", "dependabot[bot] <d@x.org>", "Ada <copilot+ada@x.org>", "@codex",
    "Ada <my.bot@x.org>", "Gemini 2 <a@x.org>",
]  # fmt: skip
PEOPLE = [
    "Ada Lovelace <ada@x.org>", "Ada <7+ada@users.noreply.example.org>", "@ada",
    "J. Talbot <t@x.org>", "Ai Abbott <aiko@x.org>", "Ada <ada@robots.example.org>",
    "小林 <k@x.org>", "Magenta <m@x.org>",
]  # fmt: skip


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_stands_in_for_nobody(good: Repository, name: str) -> None:
    assert told(judge(good, MOVED, f"x\n\nEscalation: {name}\n")).keys() == {"escalation"}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_may_be_called_almost_anything(good: Repository, name: str) -> None:
    assert told(judge(good, MOVED, f"x\n\nescalation: {name}\n")) == {}
    assert told(judge(good, MOVED, f"x\n\nEscalation: not me\nEscalation: {name}\n")) == {}


@pytest.mark.parametrize(
    "message",
    ["Escalation: Ada <ada@x.org>", "x\nEscalation: Ada <ada@x.org>",
     "x\n\nEscalation: Ada <ada@x.org>\n\nis what would be needed.",
     "x\n\nIt needs\nEscalation: Ada <ada@x.org>\nto pass.",
     "x\n\n    Escalation: Ada <ada@x.org>",
     "x\n\nEscalation: Lin <l@x.org>\nSwarm-Agent: lin"],
)  # fmt: skip
def test_what_is_quoted_or_said_by_the_agent_itself_is_no_escalation(
    good: Repository, message: str
) -> None:
    assert told(judge(good, MOVED, message)).keys() == {"escalation"}
    assert told(judge(good, MOVED, f"{message}\n\nEscalation: Ada <ada@x.org>")) == {}
