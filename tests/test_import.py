"""Import of an older blackboard: every row becomes one record, or is reported with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import elder
import pytest
from conftest import Repository, tree_bytes
from elder import Board, imported, records

from swarm import markdown
from swarm.records import Record


@pytest.fixture
def board(repo: Repository, tmp_path: Path) -> Board:
    return imported(repo, tmp_path / "target")


def test_every_row_is_found_once_and_is_imported_or_reported(board: Board) -> None:
    table = {each.kind: (each.found, each.imported, each.reported) for each in board.first.kinds}
    assert table == {
        "lesson": (4, 4, 0),
        "principle": (4, 3, 1),
        "belief": (3, 3, 0),
        "challenge": (4, 3, 1),
        "frontier": (9, 5, 4),
        "task": (6, 4, 2),
    }
    assert len(board.first.reported) == 8
    assert all(problem.what and problem.remedy for _, problem in board.first.reported)
    assert len(records(board.target)) == len(board.first.written) == 22


def touched(path: Path) -> tuple[int, ...]:
    """What changes when a file is written, though not when it is read."""
    info = path.stat()
    return info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def test_a_second_run_changes_nothing(board: Board) -> None:
    before = {path: touched(path) for path in board.target.rglob("*.md")}
    again = board.again()
    assert again.written == () and again.unchanged == 22
    assert again.kinds == board.first.kinds and again.reported == board.first.reported
    assert {path: touched(path) for path in board.target.rglob("*.md")} == before


def test_what_is_written_reads_back_as_it_was_meant(board: Board) -> None:
    for path, raw in tree_bytes(board.target).items():
        record, problems = markdown.parse(raw, path)
        assert record and record.keys["id"] == record.id
        errors = [each.what for each in problems if each.level == "error"]
        assert errors == (["merge-conflict markers"] if record.id == "L-003" else [])


@pytest.mark.parametrize(
    ("record_id", "hour"),
    [
        ("L-001", 0),  # deleted and restored
        ("L-002", 1),
        ("L-004", 1),  # moved to the archive
        ("L-003", 3),
        ("P-001", 0),  # first in another spelling
        ("P-002", 2),
        ("B3", 1),
        ("F1", 1),
        ("F-OVEN1", 3),
        ("BAKE-RYE-S4", 0),  # moved from file to file
        ("L-S6-SCORE", 2),
        ("BAKE-B", 3),  # the second row of its line
    ],
)
def test_a_record_is_as_old_as_the_first_commit_that_held_its_id(
    board: Board, record_id: str, hour: int
) -> None:
    assert board.record(record_id).created == elder.at(hour)


@pytest.mark.parametrize(
    ("record_id", "place"),
    [
        ("L-001", "memory/lessons/L-001.md:1"),
        ("P-002", "memory/PRINCIPLES.md:5"),
        ("B2", "beliefs/DEPS.md:13"),
        ("F-OVEN2", "domains/oven/tasks/FRONTIER.md:6"),
        ("BAKE-RYE-S4", "tasks/SWARM-LANES.md:4"),
    ],
)
def test_a_record_tells_the_line_it_was_read_from(board: Board, record_id: str, place: str) -> None:
    assert board.record(record_id).keys["source"] == f"{place}@{board.head[:12]}"


def keys(record: Record, *names: str) -> dict[str, Any]:
    return {name: record.keys[name] for name in names if name in record.keys}


def test_a_lessons_header_becomes_keys_and_its_text_stays(board: Board) -> None:
    warm = board.record("L-001")
    assert warm.title == "Dough rises faster in a warm room"
    assert {k: v for k, v in warm.keys.items() if k not in ("id", "created", "source")} == {
        "date": "2020-09-13",
        "session": "S1",
        "domain": ["baking", "yeast"],
        "confidence": "measured",
        "confidence_said": "Measured (n=12, one oven)",
        "n": 12,
        "cites": ["L-002", "P-001", "B1"],
        "cites_said": "L-002, P-001, B1 (see notes.md)",
        "frontier": "F-OVEN1",
        "sharpe": 8,
        "level": 2,
        "level_said": "L2 — pattern",
    }
    assert warm.body.strip().endswith(elder.WARM.split("pattern\n\n")[1].strip())
    assert "F-OVEN1" in {edge.target for edge in warm.edges}
    cold = board.record("L-002")
    assert keys(cold, "session", "domain", "confidence", "confidence_said") == {
        "session": "S2", "domain": ["storage"], "confidence_said": "guessed at",
    }  # fmt: skip
    assert cold.body.strip() == "**Mood**: cheerful\n\nIt keeps."
    assert "<<<<<<< HEAD" in board.record("L-003").body


def test_an_archived_lesson_goes_to_the_archive(board: Board) -> None:
    assert board.record("L-004").path == "memory/archive/L-004-old-flour-smells.md"
    assert board.record("L-004").kind == "lesson"


def test_principles_are_told_apart_within_a_line(board: Board) -> None:
    preheat = board.record("P-001")
    assert preheat.title == "preheat: a cold stone makes a flat loaf; wait"
    wanted = {"domain": ["ovens"], "theme": "Heat", "confidence": "measured", "n": 3}
    assert keys(preheat, *wanted, "derived_from") == wanted | {"derived_from": ["L-001"]}
    assert board.record("P-002").title == "vent the steam"
    kept = board.record("P-003")
    assert kept.title == "wait longer than you like" and "\nP-003 wait" in kept.body
    assert board.why("memory/PRINCIPLES.md", 9)


def test_a_belief_keeps_its_evidence_and_its_way_to_be_wrong(board: Board) -> None:
    assert keys(
        board.record("B1"), "status", "evidence", "falsified_if", "depends_on", "domain"
    ) == {
        "status": "aspirational",
        "evidence": "observed (L-001)",
        "falsified_if": "a cold loaf wins, OR nobody tells them apart",
        "domain": ["baking"],
    }
    assert board.record("B1").keys["last_tested"] == "S4 (CONFIRMED — 12 loaves)"
    assert board.record("B2").keys["depends_on"] == ["B1"]
    assert board.record("B3").keys["status"] == "superseded"


def test_a_challenge_gets_an_id_that_a_verdict_does_not_change(board: Board) -> None:
    found = {r.title: r for r in records(board.target).values() if r.kind == "challenge"}
    assert {title: keys(r, "status", "contradicts") for title, r in found.items()} == {
        "A cold loaf won. Twice": {"status": "open", "contradicts": ["B1"]},
        "Stones differ": {"status": "upheld", "contradicts": ["P-001"]},
        "Steam is fine": {"status": "dismissed", "contradicts": ["P-002"]},
    }
    # Its verdict was rewritten in the fourth commit; the row is still the one of the second.
    assert found["Steam is fine"].created == elder.at(1)
    assert found["Steam is fine"].keys["resolution"] == "CONFIRMED (S6) — twelve loaves agree"
    assert all(markdown.id_in_name(r.id) == r.id for r in found.values())
    assert "3 cells" in board.why("beliefs/CHALLENGES.md", 9)[0]


def test_a_frontier_is_a_question_with_all_that_follows_it(board: Board) -> None:
    hot = board.record("F1")
    assert (hot.title, hot.keys["status"]) == ("How hot is too hot?", "open")
    assert "240 C is well" in hot.body and "favourite" not in hot.body
    assert board.record("F2").body.strip() == "YES — a | b both work"
    assert keys(board.record("F2"), "status", "session") == {"status": "answered", "session": "S7"}
    leak = board.record("F-OVEN2")
    assert keys(leak, "status", "domain") == {"status": "answered", "domain": ["oven"]}
    assert leak.title == "Does the door leak?" and "it leaks" in leak.body
    assert "not a frontier's id" in board.why("tasks/FRONTIER.md", 9)[0]


def test_an_id_that_was_reused_is_one_record_and_a_report(board: Board) -> None:
    old = board.record("F-OLD1")
    assert (old.title, old.keys["status"]) == ("Is an old oven better?", "open")
    assert "nobody asked" in old.body and "Moved to Resolved" in old.body
    assert "keeps this text" in board.why("tasks/FRONTIER-ARCHIVE.md", 5)[0]
    assert "keeps this text" in board.why("tasks/FRONTIER.md", 8)[0]


def test_the_newest_row_of_a_lane_is_the_record_and_keeps_the_others(board: Board) -> None:
    rye = board.record("BAKE-RYE-S4")
    assert (rye.kind, rye.title) == ("task", "time the rye dough")
    assert keys(rye, "status", "by", "session", "branch", "level") == {
        "status": "closed", "by": "agent-b", "session": "S5", "branch": "main", "level": 3,
    }  # fmt: skip
    assert rye.keys["observed"] == "Slower by 2x, n=12; rho=0.9 at 24 C; see L-001."
    assert "diff" not in rye.keys and "outcome" not in rye.keys
    assert keys(rye, "expect", "tests", "cites") == {
        "expect": "rye-is-slower", "tests": ["F1", "F-OVEN1"], "cites": ["L-001"],
    }  # fmt: skip
    assert "Started rye." in rye.body
    assert "superseded by the row at" in board.why("tasks/SWARM-LANES-ARCHIVE.md", 1)[0]


def test_a_lane_survives_the_pipes_and_signs_in_its_text(board: Board) -> None:
    score = board.record("L-S6-SCORE")
    assert score.body.strip() == "Score with `a|b` blades."
    assert score.keys["expect"] == "Gain, if any, is small: a=1; b=2 at most."
    assert keys(score, "kind", "status", "lane_status", "lane_mood", "verify", "lane_verify") == {
        "kind": "task", "status": "open", "lane_status": "READY", "lane_mood": "fine",
        "lane_verify": "by eye",
    }  # fmt: skip
    assert board.record("BAKE-A").body.strip() == "One."
    assert keys(board.record("BAKE-B"), "status") == {"status": "abandoned"}
    assert "no status among them" in board.why("tasks/SWARM-LANES.md", 7)[0]
