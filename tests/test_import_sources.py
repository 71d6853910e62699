"""Where an import reads from and writes to: what it leaves alone, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import elder
import pytest
from conftest import Maker, Repository, tree_bytes
from elder import Board, imported, records

from swarm.errors import NotFound, UsageError
from swarm.importing import import_board


@pytest.fixture
def board(repo: Repository, tmp_path: Path) -> Board:
    return imported(repo, tmp_path / "target")


def test_a_file_that_differs_is_left_alone_and_reported(board: Board) -> None:
    edited = board.target / board.record("L-002").path
    edited.write_bytes(edited.read_bytes() + b"\nMine.\n")
    (board.target / board.record("L-001").path).unlink()
    again = board.again()
    assert len(again.written) == 1 and edited.read_bytes().endswith(b"Mine.\n")
    lessons = again.kinds[0]
    assert (lessons.found, lessons.imported, lessons.reported) == (4, 3, 1)
    assert any("exists and differs" in problem.what for _, problem in again.reported)


def test_a_row_that_only_moved_changes_nothing(board: Board) -> None:
    renamed = board.target / board.record("P-002").path
    renamed.rename(renamed.with_name("P-002-steam.md"))
    path = board.source.root / "memory/PRINCIPLES.md"
    path.write_text("A new first line.\n" + path.read_text())
    board.source.commit()
    assert board.again().written == ()


def test_nothing_is_read_or_written_through_a_link(board: Board, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "L-009.md").write_text("# L-009: Secret\n")
    (board.source.root / "memory/lessons/L-009.md").symlink_to(outside / "L-009.md")
    board.source.commit()
    target = tmp_path / "linked"
    target.mkdir()
    (target / "beliefs").symlink_to(outside)
    done = import_board(board.source.root, target, board.source.environ)
    assert [path.name for path in outside.iterdir()] == ["L-009.md"] and "L-009" not in records(
        target
    )
    counts = {each.kind: each.reported for each in done.kinds}
    assert (counts["lesson"], counts["belief"], counts["challenge"]) == (1, 3, 4)


def test_progress_is_told_for_each_record(board: Board) -> None:
    told: list[tuple[int, int]] = []
    import_board(board.source.root, board.target, board.source.environ, lambda *at: told.append(at))
    assert told == [(number, 22) for number in range(1, 23)]


def test_uncommitted_changes_are_not_read_but_told(board: Board) -> None:
    board.source.write("memory/lessons/L-010.md", "# L-010: Later\n")
    again = board.again()
    assert again.kinds == board.first.kinds and "differ from HEAD" in again.notes[0]


def test_a_folder_without_git_is_dated_by_what_its_rows_say(board: Board, tmp_path: Path) -> None:
    bare, target = tmp_path / "copy", tmp_path / "new"
    target.mkdir()
    for path, raw in tree_bytes(board.source.root).items():
        (bare / path).parent.mkdir(parents=True, exist_ok=True)
        (bare / path).write_bytes(raw)
    done = import_board(bare, target, board.source.environ)
    assert done.kinds == board.first.kinds and "no history" in done.notes[0]
    found = records(target)
    assert found["L-001"].created == "2020-09-13T00:00:00Z" and found["L-002"].created == ""
    assert found["L-001"].keys["source"] == "memory/lessons/L-001.md:1"


def test_a_folder_of_a_repository_is_a_source_too(make_repository: Maker, tmp_path: Path) -> None:
    outer = make_repository("outer")
    outer.write("old é/README.md", "")
    elder.build(Repository(outer.root / "old é", outer.environ))
    target = tmp_path / "target"
    target.mkdir()
    done = import_board(outer.root / "old é", target, outer.environ)
    assert sum(each.imported for each in done.kinds) == 22
    assert records(target)["BAKE-RYE-S4"].created == elder.at(0)


def test_what_is_no_source_is_refused(repo: Repository, tmp_path: Path) -> None:
    bundle = tmp_path / "x.bundle"
    bundle.write_bytes(b"# v2 git bundle\n")
    with pytest.raises(UsageError, match="a file"):
        import_board(bundle, repo.root, repo.environ)
    with pytest.raises(UsageError, match="into itself"):
        import_board(repo.root, repo.root, repo.environ)
    with pytest.raises(NotFound, match="no such folder"):
        import_board(tmp_path / "absent", repo.root, repo.environ)
    repo.write("README.md", "# Nothing here\n")
    repo.commit()
    (tmp_path / "target").mkdir()
    with pytest.raises(NotFound, match="no lessons"):
        import_board(repo.root, tmp_path / "target", repo.environ)


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("L-020.md", b"\xff\xfe#\0 \0L\0", "UTF-16"),
        ("L-021.md", b"# L-021: Null\n\nA \0 byte.\n", "NUL byte"),
        ("L-022.md", b"# L-022: Huge\n\n" + b"x" * 2_200_000, "2 MiB"),
        ("notes.md", b"# Some notes\n", "lesson's id"),
        ("L-7k3qfa-x.md", b"---\nid: L-7k3qfa\n---\n# X\n", "a record already"),
    ],
)
def test_a_file_that_can_be_no_record_is_reported(
    repo: Repository, tmp_path: Path, name: str, raw: bytes, why: str
) -> None:
    repo.write(f"memory/lessons/{name}", raw)
    repo.commit()
    (tmp_path / "target").mkdir()
    done = import_board(repo.root, tmp_path / "target", repo.environ)
    assert (done.kinds[0].found, done.kinds[0].imported) == (1, 0)
    assert why in done.reported[0][1].what
    assert list((tmp_path / "target").iterdir()) == []


def test_odd_bytes_become_records_that_read_back(repo: Repository, tmp_path: Path) -> None:
    lessons = repo.root / "memory/lessons"
    repo.write(
        "memory/lessons/L-030.md", b"\xef\xbb\xbf# L-030: Wind\r\nSession: S1\r\n\r\nBlows.\r\n"
    )
    repo.write("memory/lessons/L-031.md", b"# L-031: Caf\xe9 \xe2\x80\xae #\n\nOl\xe9.\n")
    repo.write("memory/lessons/L-032.md", "# L-601: B1 — and so on\n\nText.\n")
    repo.write("memory/lessons/L-033.md", "Only a sentence.\n")
    assert len(list(lessons.iterdir())) == 4
    repo.commit()
    (tmp_path / "target").mkdir()
    import_board(repo.root, tmp_path / "target", repo.environ)
    found = records(tmp_path / "target")
    assert found["L-030"].keys["session"] == "S1" and "\r" not in found["L-030"].body
    assert b"Ol\xe9." in (tmp_path / "target" / found["L-031"].path).read_bytes()
    assert found["L-031"].title.startswith("Caf\ufffd")
    assert found["L-032"].title == "B1 — and so on"
    assert found["L-033"].title == "Only a sentence"


def test_an_id_that_is_none_or_taken_is_kept_beside_a_new_one(
    repo: Repository, tmp_path: Path
) -> None:
    row = "| 2020-09-16 | {} | S6 | a | - | - | m | p | s | focus=global | MERGED | Did {}. |\n"
    names = ("L-001", "../../etc/x y", "\u7a91", "bake-it", "BAKE-IT")
    repo.write("memory/lessons/L-001.md", "# L-001: Mine\n")
    repo.write("tasks/SWARM-LANES.md", "".join(row.format(each, each) for each in names))
    repo.commit()
    (tmp_path / "target").mkdir()
    done = import_board(repo.root, tmp_path / "target", repo.environ)
    tasks = {r.keys.get("source_id", r.id): r for r in records(tmp_path / "target").values()}
    assert {name: tasks[name].id for name in tasks if name != "\u7a91"} == {
        "L-001": "L-001-task",
        "../../etc/x y": "etc-x-y",
        "BAKE-IT": "BAKE-IT",  # the newest spelling; the other is in its text
    }
    assert tasks["\u7a91"].id.startswith("T-") and "Did bake-it." in tasks["BAKE-IT"].body
    assert (done.kinds[-1].found, done.kinds[-1].reported) == (5, 1)
    assert all(path.startswith(("tasks/", "memory/")) for path in tree_bytes(tmp_path / "target"))


def test_a_repository_with_no_work_tree_or_no_commit(
    make_repository: Maker, tmp_path: Path
) -> None:
    full = make_repository("full")
    elder.build(full)
    full.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    target = tmp_path / "target"
    target.mkdir()
    done = import_board(tmp_path / "bare.git", target, full.environ)
    assert sum(each.imported for each in done.kinds) == 22 and done.commit
    shallow = tmp_path / "shallow"
    full.git("clone", "-q", "--depth=1", f"file://{full.root}", str(shallow))
    told = import_board(shallow, target, full.environ)
    assert told.written == () and "shallow clone" in told.notes[0]
    unborn = make_repository("unborn")
    unborn.write("memory/lessons/L-001.md", "# L-001: First\n")
    (tmp_path / "other").mkdir()
    assert import_board(unborn.root, tmp_path / "other", unborn.environ).commit == ""
