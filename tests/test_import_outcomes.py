"""Imported lanes: what became of what they expected, and when each was written down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import elder
import pytest
from conftest import Maker, Repository, tree_bytes
from elder import records

from swarm.importing import import_board
from swarm.records import Record

LOG, ARCHIVE = "tasks/SWARM-LANES.md", "tasks/SWARM-LANES-ARCHIVE.md"


def row(etc: str, status: str = "MERGED", lane: str = "BAKE-X", day: int = 14) -> str:
    """A row of the log."""
    return f"| 2020-09-{day} | {lane} | S4 | a | - | - | m | p | s | {etc} | {status} | It. |\n"


SAYS = "expect=rye is slower"
SHOWS = "actual=two days; diff=Expected slower: CONFIRMED"
OPEN = row(f"setup=a; {SAYS}; actual=TBD; diff=TBD", "ACTIVE")
CLOSED = row(f"setup=a; {SAYS}; {SHOWS}")
REWORDED = row("setup=a; expect=rye is quicker; actual=TBD", "ACTIVE")

Commit = dict[str, str]  # by path, what the log holds after it


def brought(repo: Repository, history: Sequence[Commit], target: Path) -> dict[str, Record]:
    """The lanes of a log that was written commit by commit, an hour each."""
    for hour, files in enumerate(history):
        for path, rows in files.items():
            repo.write(path, elder.HEAD + rows)
        repo.commit(f"hour {hour}", when=elder.FIRST + hour * elder.HOUR)
    target.mkdir()
    import_board(repo.root, target, repo.environ)
    return dict(records(target))


def hours(record: Record) -> tuple[int | None, int | None]:
    """In which hours of the history a lane was predicted and concluded."""
    known = {elder.at(hour): hour for hour in range(10)}
    predicted, concluded = (record.keys.get(key) for key in ("predicted", "concluded"))
    return (
        known[predicted] if predicted is not None else None,
        known[concluded] if concluded is not None else None,
    )


@pytest.mark.parametrize(
    ("history", "when"),
    [
        pytest.param([{LOG: OPEN}, {LOG: CLOSED}], (0, 1), id="in time"),
        pytest.param([{LOG: ""}, {LOG: CLOSED}], (1, 1), id="with the result"),
        pytest.param(
            [{LOG: REWORDED}, {LOG: OPEN}, {LOG: CLOSED}], (1, 2), id="reworded before the result"
        ),
        pytest.param([{LOG: REWORDED}, {LOG: CLOSED}], (1, 1), id="reworded with the result"),
        pytest.param(
            [{LOG: row(f"setup=a; {SHOWS}")}, {LOG: CLOSED}], (1, 0), id="added after the result"
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: REWORDED}, {LOG: CLOSED}], (0, 2), id="changed and changed back"
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: OPEN + row(f"setup=a; {SHOWS}", day=15)}], (0, 1),
            id="the result in a second row",
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: CLOSED}, {LOG: "", ARCHIVE: CLOSED}], (0, 1), id="archived"
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: ""}, {LOG: OPEN}, {LOG: CLOSED}], (0, 3), id="lost and restored"
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: OPEN.replace("rye is", "RYE  is")}, {LOG: CLOSED}], (0, 2),
            id="only its blanks and capitals changed",
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: row(f"{SAYS}; {SHOWS}", lane="bake-x")}], (0, 1),
            id="its id in small letters",
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: CLOSED}, {LOG: CLOSED.replace("two days", "three days")}], (0, 1),
            id="the result reworded",
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: OPEN.replace("TBD", "pending")}], (0, None), id="pending"
        ),
        pytest.param(
            [{LOG: OPEN}, {LOG: row("setup=a", lane="OTHER")[:-1] + CLOSED}], (0, 1),
            id="the second row of its line",
        ),
    ],
)  # fmt: skip
def test_a_lane_is_predicted_and_concluded_when_its_history_first_says_so(
    repo: Repository, tmp_path: Path, history: Sequence[Commit], when: tuple[int, int | None]
) -> None:
    found = brought(repo, history, tmp_path / "target")
    assert [hours(r) for name, r in found.items() if name.upper() == "BAKE-X"] == [when]


def test_what_a_branch_expected_is_as_old_as_its_commit_there(
    repo: Repository, tmp_path: Path
) -> None:
    repo.write(LOG, elder.HEAD)
    repo.commit("first", when=elder.FIRST)
    repo.git("switch", "-q", "-c", "side")
    repo.write(LOG, elder.HEAD + OPEN)
    repo.commit("on a branch", when=elder.FIRST + elder.HOUR)
    repo.git("switch", "-q", "main")
    repo.write("README.md", "Bread.\n")
    repo.commit("elsewhere", when=elder.FIRST + 2 * elder.HOUR)
    merged = f"{elder.FIRST + 3 * elder.HOUR} +0000"
    repo.git("merge", "-q", "side", GIT_AUTHOR_DATE=merged, GIT_COMMITTER_DATE=merged)
    repo.write(LOG, elder.HEAD + CLOSED)
    repo.commit("closed", when=elder.FIRST + 4 * elder.HOUR)
    found = brought(repo, [], tmp_path / "target")
    assert hours(found["BAKE-X"]) == (1, 4)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (CLOSED, {"outcome": "confirmed"}),
        (
            row(f"{SAYS}; actual=mixed; diff=H1 confirmed, H2 falsified"),
            {"outcome": "partial", "outcomes": ["confirmed", "falsified"]},
        ),
        (row(f"{SAYS}; actual=a loaf; diff=crusty"), {"unclassified": "no word and no number"}),
        (row(f"{SAYS}; actual=TBD; diff=pending"), {"unclassified": "closed without a result"}),
        (row(f"{SAYS}; actual=TBD", "ABANDONED"), {"unclassified": "given up without a result"}),
        (OPEN, {"unclassified": "no result yet"}),
        (row(f"{SAYS}; diff=INCONCLUSIVE", "ABANDONED"), {"outcome": "null"}),
        (row(SHOWS), {}),
        (row("expect=TBD; actual=two days; diff=CONFIRMED"), {}),
    ],
)
def test_a_lane_that_expected_something_has_an_outcome_or_the_reason_why_not(
    repo: Repository, tmp_path: Path, rows: str, said: dict[str, object]
) -> None:
    lane = brought(repo, [{LOG: rows}], tmp_path / "target")["BAKE-X"]
    found = {key: lane.keys[key] for key in ("outcome", "outcomes", "unclassified")
             if key in lane.keys}  # fmt: skip
    if "unclassified" in said:
        assert str(found.pop("unclassified")).startswith(str(said["unclassified"])) and not found
    else:
        assert found == said
    assert ("predicted" in lane.keys) == bool(said)
    assert not lane.problems


def test_without_a_history_an_outcome_has_no_dates(make_repository: Maker, tmp_path: Path) -> None:
    source = make_repository("source")
    brought(source, [{LOG: OPEN}, {LOG: CLOSED}], tmp_path / "dated")
    bare, target = tmp_path / "bare", tmp_path / "target"
    for path, raw in tree_bytes(source.root).items():
        (bare / path).parent.mkdir(parents=True)
        (bare / path).write_bytes(raw)
    target.mkdir()
    import_board(bare, target, source.environ)
    lane = records(target)["BAKE-X"]
    assert lane.keys["outcome"] == "confirmed" and hours(lane) == (None, None)
