"""The calibration ledger on real histories: who predicted what, when, and how good that was."""

from __future__ import annotations

import math
import os
import xml.dom.minidom
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ask import ask
from conftest import Maker, Repository, tree_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm import figures, forecasts, ledger, plot, render
from swarm.ledger import Forecast
from swarm.records import Answer

State = dict[str, Any]

PREDICTED: State = {"status": "open", "expect": "it holds", "p": 0.8, "verify": "true"}
OPEN: State = {"status": "open"}
CLOSED: State = PREDICTED | {
    "status": "closed", "outcome": "confirmed", "found_by": "check",
    "predicted": "2026-11-20T06:14:00Z", "concluded": "2026-11-20T09:00:00Z",
}  # fmt: skip


def without(state: State, *keys: str) -> State:
    return {key: value for key, value in state.items() if key not in keys}


def put(repo: Repository, record_id: str, state: State, path: str = "") -> Path:
    """A task's file, as somebody may have left it."""
    head = "".join(f"{key}: {value}\n" for key, value in {"id": record_id, **state}.items())
    return repo.write(path or f"tasks/{record_id}-try-it.md", f"---\n{head}---\n# Try it\n")


def timings(repo: Repository, at: str | None = None) -> dict[str, tuple[str, str]]:
    """When each prediction was made, and how that is known, by id."""
    board = repo.board(at)
    try:
        return {each.id: (each.timing, each.why) for each in forecasts.read(board).forecasts}
    finally:
        board.close()


# When it was predicted

ARRIVED = "it arrived closed, and "
WAYS: dict[str, tuple[list[State], str, str]] = {
    "predicted, then closed": ([OPEN, PREDICTED, CLOSED], "in time", ""),
    "predicted when it was written": ([PREDICTED, CLOSED], "in time", ""),
    "p was added while it was open": (
        [without(PREDICTED, "p"), PREDICTED, CLOSED], "in time", ""),
    "verify was added while it was open": (
        [without(PREDICTED, "verify"), PREDICTED, CLOSED], "in time", ""),
    "the same p in other digits": (
        [PREDICTED, PREDICTED | {"p": ".80"}, CLOSED | {"p": "8e-1"}], "in time", ""),
    "the same words on other lines": (
        [PREDICTED, CLOSED | {"expect": "\n  it\n  holds"}], "in time", ""),
    "other keys were changed later": ([PREDICTED, CLOSED, CLOSED | {"n": 48}], "in time", ""),
    "abandoned in between": (
        [PREDICTED, PREDICTED | {"status": "abandoned"}, PREDICTED, CLOSED], "in time", ""),
    "closed first, its outcome written later": (
        [PREDICTED, without(CLOSED, "outcome"), CLOSED], "in time", ""),
    "all of it came with the outcome": (
        [OPEN, CLOSED], "late", "`expect` came with the outcome; `p` came with the outcome; "
        "`verify` came with the outcome"),
    "p came with the outcome": (
        [without(PREDICTED, "p"), CLOSED], "late", "`p` came with the outcome"),
    "p came after the outcome": (
        [without(PREDICTED, "p"), without(CLOSED, "p"), CLOSED], "late",
        "`p` was added after the outcome"),
    "expect came once it was closed": (
        [OPEN, {"status": "closed"}, CLOSED], "late",
        "`expect` was added after the outcome; `p` was added after the outcome; "
        "`verify` was added after the outcome"),
    "the outcome stood before it was closed": (
        [OPEN, OPEN | {"outcome": "confirmed"}, PREDICTED, CLOSED], "late",
        "`expect` was added after the outcome; `p` was added after the outcome; "
        "`verify` was added after the outcome"),
    "p was changed with the outcome": (
        [PREDICTED, CLOSED | {"p": 0.9}], "late", "`p` was changed: 0.8 → 0.9"),
    "p was changed after the outcome": (
        [PREDICTED, CLOSED, CLOSED | {"p": 0.9}], "late", "`p` was changed: 0.8 → 0.9"),
    "p was changed before the outcome": (
        [PREDICTED | {"p": 0.6}, PREDICTED, CLOSED], "late", "`p` was changed: 0.6 → 0.8"),
    "p was changed, and changed back": (
        [PREDICTED, PREDICTED | {"p": 0.1}, PREDICTED, CLOSED], "late",
        "`p` was changed: 0.8 → 0.1"),
    "another sentence": (
        [PREDICTED, PREDICTED | {"expect": "it fails"}, CLOSED | {"expect": "it fails"}], "late",
        "`expect` was changed"),
    "another command": (
        [PREDICTED, CLOSED | {"verify": "make test"}], "late", "`verify` was changed"),
    "p was taken away": ([PREDICTED, without(CLOSED, "p")], "late", "`p` was taken away"),
    "all of it was taken away": (
        [PREDICTED, without(CLOSED, "expect", "p", "verify")], "late",
        "`expect` was taken away; `p` was taken away; `verify` was taken away"),
    "closed, opened, predicted anew": (
        [PREDICTED, CLOSED, OPEN, PREDICTED | {"p": 0.9}, CLOSED | {"p": 0.9}], "late",
        "`p` was changed: 0.8 → 0.9"),
    "arrived closed, in time by its own word": (
        [CLOSED], "in time", ARRIVED + "its own times say so"),
    "arrived closed, at one time": (
        [CLOSED | {"predicted": "2026-11-20T09:00:00Z"}], "late",
        ARRIVED + "was predicted as it was concluded"),
    "arrived closed, on one day": (
        [CLOSED | {"predicted": "2026-11-20", "concluded": "2026-11-20"}], "late",
        ARRIVED + "was predicted as it was concluded"),
    "arrived closed, the other way round": (
        [CLOSED | {"predicted": "2026-11-21"}], "late",
        ARRIVED + "was predicted after it was concluded"),
    "arrived closed, not saying when it was predicted": (
        [without(CLOSED, "predicted")], "late", ARRIVED + "does not say when it was predicted"),
    "arrived closed, with no time that can be read": (
        [CLOSED | {"concluded": "soon"}], "late", ARRIVED + "does not say when it was concluded"),
    "arrived closed, and was edited": (
        [CLOSED, CLOSED | {"n": 48}], "in time", ARRIVED + "its own times say so"),
    "arrived closed, and p was changed": (
        [CLOSED, CLOSED | {"p": 0.9}], "late", "`p` was changed: 0.8 → 0.9"),
    "arrived closed, opened, closed": (
        [CLOSED, PREDICTED, CLOSED], "in time", ARRIVED + "its own times say so"),
}  # fmt: skip

IDS = {way: f"T-{number:06d}" for number, way in enumerate(WAYS)}


def lived(repo: Repository, lives: dict[str, list[State]]) -> list[str]:
    """Every task through its states, one commit for a state of each; the commits."""
    commits = []
    for step in range(max(map(len, lives.values()))):
        for record_id, states in lives.items():
            if step < len(states):
                put(repo, record_id, states[step])
        commits.append(repo.commit())
    return commits


@pytest.fixture(scope="module")
def every_way(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """What the ledger says of each way, all of them in one repository."""
    from conftest import hermetic

    root = tmp_path_factory.mktemp("ways")
    repo = Repository(root, hermetic(root.parent))
    repo.git("init", "-q", "-b", "main")
    lived(repo, {IDS[way]: states for way, (states, _, _) in WAYS.items()})
    return timings(repo)


@pytest.mark.parametrize("way", WAYS)
def test_history_decides_when_a_prediction_was_made(
    every_way: dict[str, tuple[str, str]], way: str
) -> None:
    _, timing, why = WAYS[way]
    assert every_way[IDS[way]] == (timing, why)


def test_a_renamed_file_is_the_same_task_by_the_id_in_its_name(repo: Repository) -> None:
    lived(repo, {f"T-00000{number}": [PREDICTED] for number in (1, 2, 3)})
    repo.git("rm", "-q", "-r", "tasks")
    put(repo, "T-000001", CLOSED, "tasks/T-000001-another-name.md")
    put(repo, "T-000002", CLOSED | {"p": 0.9}, "tasks/2026-11/T-000002.md")
    repo.commit()
    put(repo, "T-000003", CLOSED, "tasks/T-000003-back-again.md")  # after a commit without it
    (repo.root / "memory/archive").mkdir(parents=True)
    repo.git("mv", "tasks/T-000001-another-name.md", "memory/archive/T-000001-at-rest.md")
    repo.commit()
    assert timings(repo) == {
        "T-000001": ("in time", ""),
        "T-000002": ("late", "`p` was changed: 0.8 → 0.9"),
        "T-000003": ("in time", ""),
    }


def test_two_tasks_whose_file_names_begin_alike_are_two(repo: Repository) -> None:
    """In a file name, foreign ids such as `T-9_a` and `T-9_b` both begin with `T-9`."""
    for name, p in {"T-9_a": 0.3, "T-9_b": 0.6}.items():
        for state in (PREDICTED, CLOSED):
            put(repo, name, state | {"p": p}, f"tasks/T-9-{p}.md")
            repo.commit()
    assert timings(repo) == {"T-9_a": ("in time", ""), "T-9_b": ("in time", "")}


def test_the_work_tree_counts_as_the_next_commit(repo: Repository) -> None:
    lives: dict[str, list[State]] = {
        "T-000001": [PREDICTED, CLOSED],
        "T-000002": [OPEN, CLOSED],
        "T-000003": [PREDICTED, CLOSED | {"p": 0.9}],
    }
    lived(repo, {record_id: states[:1] for record_id, states in lives.items()})
    for record_id, states in lives.items():
        put(repo, record_id, states[1])
    put(repo, "T-000004", CLOSED)  # never committed: it arrives closed
    told = timings(repo)
    assert told["T-000001"] == ("in time", "")
    assert told["T-000002"][1].startswith("`expect` came with the outcome")
    assert told["T-000003"] == ("late", "`p` was changed: 0.8 → 0.9")
    assert told["T-000004"] == ("in time", ARRIVED + "its own times say so")
    repo.commit()
    assert timings(repo) == told


def test_before_the_first_commit_only_its_own_times_decide(repo: Repository) -> None:
    put(repo, "T-000001", CLOSED)
    put(repo, "T-000002", without(CLOSED, "concluded"))
    assert timings(repo) == {
        "T-000001": ("in time", ARRIVED + "its own times say so"),
        "T-000002": ("late", ARRIVED + "does not say when it was concluded"),
    }


def test_a_commit_is_answered_from_what_stood_behind_it(repo: Repository) -> None:
    life = [PREDICTED, CLOSED, CLOSED | {"p": 0.9}]
    opened, closed, changed = lived(repo, {"T-000001": life})
    assert timings(repo, opened) == {}
    assert timings(repo, closed) == {"T-000001": ("in time", "")}
    assert timings(repo, changed)["T-000001"][0] == "late"
    repo.git("reset", "-q", "--hard", closed)  # and nothing of a branch that is behind nobody
    assert timings(repo) == {"T-000001": ("in time", "")}


# Branches


def branch(repo: Repository, name: str, start: str) -> None:
    repo.git("checkout", "-q", "-B", name, start)


def merged(repo: Repository, other: str, record_id: str, state: State) -> None:
    """A merge whose task looks so, whatever git would have made of it."""
    repo.git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", other)
    put(repo, record_id, state)
    repo.commit("merge")


def test_a_branch_that_predicted_and_closed_keeps_its_word_when_it_is_merged(
    repo: Repository,
) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN], "T-000002": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [PREDICTED, CLOSED], "T-000003": [PREDICTED, CLOSED]})
    branch(repo, "main", base)
    lived(repo, {"T-000002": [PREDICTED, CLOSED]})
    repo.git("merge", "-q", "--no-ff", "side")
    assert set(timings(repo).values()) == {("in time", "")}


def test_a_merge_that_unites_two_additions_changes_nothing(repo: Repository) -> None:
    bare = without(PREDICTED, "p", "verify")
    (base,) = lived(repo, {"T-000001": [bare]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [bare | {"p": 0.8}]})
    branch(repo, "main", base)
    lived(repo, {"T-000001": [bare | {"verify": "true"}]})
    merged(repo, "side", "T-000001", PREDICTED)
    lived(repo, {"T-000001": [CLOSED]})
    assert timings(repo) == {"T-000001": ("in time", "")}


def test_a_merge_cannot_bring_the_better_of_two_predictions(repo: Repository) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [PREDICTED | {"p": 0.1}, CLOSED | {"p": 0.1}]})
    branch(repo, "main", base)
    lived(repo, {"T-000001": [PREDICTED, CLOSED]})
    merged(repo, "side", "T-000001", CLOSED)
    ((timing, why),) = timings(repo).values()
    assert timing == "late" and why.startswith("`p` was changed: ")


def test_a_merge_that_predicts_by_itself_is_late(repo: Repository) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [OPEN | {"n": 1}]})
    branch(repo, "main", base)
    lived(repo, {"T-000001": [OPEN | {"n": 2}]})
    merged(repo, "side", "T-000001", CLOSED)
    ((timing, why),) = timings(repo).values()
    assert timing == "late" and "`p` came with the outcome" in why


def test_what_only_a_merge_said_was_said(repo: Repository) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [OPEN | {"n": 1}]})
    branch(repo, "main", base)
    lived(repo, {"T-000001": [OPEN | {"n": 2}]})
    merged(repo, "side", "T-000001", PREDICTED | {"p": 0.1})
    lived(repo, {"T-000001": [PREDICTED, CLOSED]})
    assert timings(repo) == {"T-000001": ("late", "`p` was changed: 0.1 → 0.8")}


def test_a_prediction_of_another_branch_proves_nothing_to_the_one_that_closed(
    repo: Repository,
) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [PREDICTED]})
    branch(repo, "main", base)
    lived(repo, {"T-000001": [without(CLOSED, "expect", "p", "verify")]})
    merged(repo, "side", "T-000001", CLOSED)
    ((timing, why),) = timings(repo).values()
    assert timing == "late" and "`p` was added after the outcome" in why


def test_a_squashed_branch_shows_only_that_it_arrived_closed(repo: Repository) -> None:
    repo.lesson("L-000001", "Before")
    base = repo.commit()
    branch(repo, "side", base)
    lived(repo, {"T-000001": [PREDICTED, CLOSED]})
    branch(repo, "main", base)
    repo.git("merge", "-q", "--squash", "side")
    repo.commit("squashed")
    told = ask(repo, "calibration", "--json").data["forecasts"]
    assert [(each["kind"], each["group"]) for each in told] == [("imported", "unverified")]


# Where history cannot tell


def test_a_shallow_clone_says_what_it_cannot_tell(repo: Repository) -> None:
    put(repo, "T-000001", PREDICTED)  # for all that is known later, p may be new
    put(repo, "T-000002", PREDICTED)
    put(repo, "T-000003", CLOSED)
    repo.commit()
    put(repo, "T-000001", CLOSED)
    put(repo, "T-000002", CLOSED | {"p": 0.9})
    repo.commit()
    lived(repo, {"T-000004": [PREDICTED, CLOSED]})
    whole = timings(repo)
    repo.git("clone", "-q", "--depth=5", f"file://{repo.root}", "../deep")
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", "../one")
    deep, one = (Repository(repo.root.parent / name, repo.environ) for name in ("deep", "one"))
    cut = ("unknown", "history is cut before it, as in a shallow clone")
    assert timings(deep) == whole  # so deep that nothing is cut
    assert set(timings(one).values()) == {cut}
    one.git("fetch", "-q", "--deepen=2")
    assert timings(one) == dict.fromkeys(whole, cut) | {"T-000004": ("in time", "")}
    put(one, "T-000001", CLOSED | {"p": 0.9})  # this much is certain, whatever came before
    assert timings(one)["T-000001"] == ("late", "`p` was changed: 0.8 → 0.9")
    repo.lesson("L-000001", "Later")
    repo.commit()
    one.git("checkout", "-q", ".")
    one.git("fetch", "-q", "--unshallow")
    assert timings(one) == whole


def test_where_two_branches_are_cut_neither_proves_that_a_prediction_came_late(
    repo: Repository,
) -> None:
    (base,) = lived(repo, {"T-000001": [OPEN], "T-000002": [OPEN]})
    branch(repo, "side", base)
    lived(repo, {"T-000001": [PREDICTED, CLOSED]})
    branch(repo, "main", base)
    lived(repo, {"T-000002": [PREDICTED, CLOSED]})
    repo.git("merge", "-q", "--no-ff", "side")
    repo.git("clone", "-q", "--depth=2", f"file://{repo.root}", "../cut")
    assert set(timings(repo).values()) == {("in time", "")}
    cut = timings(Repository(repo.root.parent / "cut", repo.environ))
    assert [timing for timing, _ in cut.values()] == ["unknown", "unknown"]


@pytest.mark.parametrize("options", [[], ["--object-format=sha256"]], ids=["sha1", "sha256"])
def test_a_bare_clone_and_a_linked_worktree_tell_the_same(
    make_repository: Maker, options: list[str]
) -> None:
    repo = make_repository("whole", *options)
    lived(repo, {"T-000001": [PREDICTED, CLOSED], "T-000002": [OPEN, CLOSED]})
    whole = timings(repo)
    assert [timing for timing, _ in whole.values()] == ["in time", "late"]
    repo.git("clone", "-q", "--bare", f"file://{repo.root}", "../bare")
    repo.git("worktree", "add", "-q", "--detach", "../linked")
    for name in ("bare", "linked"):
        assert timings(Repository(repo.root.parent / name, repo.environ)) == whole


def test_how_somebody_likes_his_log_changes_nothing(repo: Repository) -> None:
    lived(repo, {"T-000001": [PREDICTED, CLOSED], "T-000002": [OPEN, CLOSED]})
    repo.git("mv", "tasks/T-000001-try-it.md", "tasks/T-000001-tried.md")
    repo.commit()
    before = timings(repo)
    for setting in (
        "log.showRoot=false", "log.diffMerges=off", "log.follow=true", "log.showSignature=true",
        "diff.renames=copies", "diff.noprefix=true", "diff.relative=true", "core.abbrev=7",
        "color.ui=always", "format.pretty=oneline", "log.date=relative",
    ):  # fmt: skip
        repo.git("config", *setting.split("="))
    assert timings(repo) == before


def test_a_history_that_cannot_be_read_is_said_and_nothing_is_guessed(repo: Repository) -> None:
    lived(repo, {"T-000001": [PREDICTED | {"n": 7}, CLOSED], "T-000002": [PREDICTED, CLOSED]})
    oid = repo.git("rev-parse", "HEAD~1:tasks/T-000001-try-it.md").strip()
    (repo.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    told = ask(repo, "calibration", "--json")
    assert {each["timing"] for each in told.data["forecasts"]} == {"unknown"}
    assert told.data["groups"]["unknown"]["tasks"] == 2
    (problem,) = told.problems
    assert "history cannot be read" in problem["what"] and problem["remedy"]


def test_a_version_that_is_no_text_says_nothing(repo: Repository) -> None:
    put(repo, "T-000001", PREDICTED)
    repo.commit()
    repo.write("tasks/T-000001-try-it.md", b"\0" * 100)
    repo.commit()
    (repo.root / "tasks/T-000001-try-it.md").unlink()
    (repo.root / "tasks/T-000001-try-it.md").symlink_to("elsewhere")
    repo.commit()
    (repo.root / "tasks/T-000001-try-it.md").unlink()
    put(repo, "T-000001", CLOSED)
    repo.commit()
    assert timings(repo)["T-000001"][0] in ("in time", "late")  # and no crash


def test_what_arrived_closed_is_not_read_from_git(repo: Repository, tmp_path: Path) -> None:
    """One walk over history is enough for any number of them: no blob is asked for."""
    for number in range(50):
        put(repo, f"T-{number:06d}", CLOSED)
    repo.commit()
    timings(repo)
    trace = tmp_path / "trace"
    repo.environ["GIT_TRACE"] = str(trace)
    assert len(timings(repo)) == 50
    started = [line for line in trace.read_text().splitlines() if "built-in" in line]
    assert sum(" log " in line for line in started) == 1
    assert not any("cat-file" in line for line in started)


# What is counted where


def account_of(repo: Repository, group: str) -> dict[str, Any]:
    return dict(ask(repo, "calibration", "--json").data["groups"][group])


def row_of(repo: Repository, record_id: str = "T-000001") -> dict[str, Any]:
    rows = ask(repo, "calibration", "--json").data["forecasts"]
    return next(dict(row) for row in rows if row["id"] == record_id)


FOUND_BY = {
    "check": ("check", "headline"),
    "person": ("person", "unverified"),
    "agent": ("agent", "unverified"),
    "": ("unsigned", "unverified"),
    "Check!": ("unsigned", "unverified"),
    "imported": ("unsigned", "unverified"),
    "[check]": ("unsigned", "unverified"),
}


def test_only_what_a_check_found_counts_as_verified(repo: Repository) -> None:
    ids = {found_by: f"T-{number:06d}" for number, found_by in enumerate(FOUND_BY)}
    lived(repo, {ids[each]: [PREDICTED, CLOSED | {"found_by": each}] for each in FOUND_BY})
    for found_by, (kind, group) in FOUND_BY.items():
        row = row_of(repo, ids[found_by])
        assert (row["kind"], row["group"]) == (kind, group), found_by


def test_a_check_counts_for_nothing_where_the_task_arrived_closed(repo: Repository) -> None:
    """Whoever writes a file by hand can write `found_by: check` into it."""
    lived(repo, {"T-000001": [CLOSED]})
    assert (row_of(repo)["kind"], row_of(repo)["group"]) == ("imported", "unverified")


OUTCOMES = {
    "confirmed": ("confirmed", ""),
    "Confirmed (n=48)": ("confirmed", ""),
    "falsified": ("falsified", ""),
    "partial": ("partial", ""),
    '"null"': ("null", ""),
    "null": ("null", ""),
    "maybe": (None, "'maybe' is no outcome"),
    "[confirmed]": (None, "\"['confirmed']\" is no outcome"),
    "true": (None, "'True' is no outcome"),
}


def test_an_outcome_that_cannot_be_read_is_listed_with_its_reason(repo: Repository) -> None:
    ids = {said: f"T-{number:06d}" for number, said in enumerate(OUTCOMES)}
    lives = {ids[said]: [PREDICTED, CLOSED | {"outcome": said}] for said in OUTCOMES}
    lives["T-bare00"] = [PREDICTED, without(CLOSED, "outcome")]
    lives["T-mixed0"] = [PREDICTED, without(CLOSED, "outcome") | {"unclassified": "two units"}]
    lived(repo, lives)
    told = ask(repo, "calibration", "--json").data
    why = {each["id"]: each["why"] for each in told["unclassified"]}
    assert why.pop("T-bare00") == "it was closed without an outcome"
    assert why.pop("T-mixed0") == "two units"
    for said, (outcome, reason) in OUTCOMES.items():
        row = next(each for each in told["forecasts"] if each["id"] == ids[said])
        assert (row["outcome"] or None) == outcome, said
        assert why.get(ids[said], "") == reason
    assert told["groups"]["headline"]["tasks"] == sum(not why for _, why in OUTCOMES.values())


def test_partial_and_null_are_counted_and_not_scored(repo: Repository) -> None:
    said = ["confirmed"] * 4 + ["falsified"] * 2 + ["partial"] * 3 + ['"null"'] * 5
    lived(repo, {
        f"T-{at:06d}": [PREDICTED, CLOSED | {"outcome": outcome}] for at, outcome in enumerate(said)
    })  # fmt: skip
    told = account_of(repo, "headline")
    assert told["outcomes"] == {"confirmed": 4, "falsified": 2, "partial": 3, "null": 5}
    assert told["brier"]["n"] == told["hit_rate"]["n"] == 6
    assert told["hit_rate"]["value"] == pytest.approx(4 / 6)
    assert told["sharpe"]["n"] == 9
    assert told["said"] == pytest.approx(0.8)


def test_the_parts_of_a_mixed_outcome_are_claims_of_their_own(repo: Repository) -> None:
    mixed = CLOSED | {"outcome": "partial", "outcomes": "[confirmed, falsified, confirmed, null]"}
    plain = {f"T-{at:06d}": [CLOSED] for at in range(4)}
    lived(repo, plain | {"T-mixed0": [mixed]})
    told = account_of(repo, "unverified")
    assert (told["hit_rate"]["n"], told["parts"]["n"]) == (4, 7)
    assert told["parts"]["value"] == pytest.approx(6 / 7)


def test_tasks_that_are_in_no_account_are_counted(repo: Repository) -> None:
    bare = without(PREDICTED, "expect", "p")
    lived(repo, {
        "T-000001": [bare, without(CLOSED, "expect", "p")],
        "T-000002": [PREDICTED],
        "T-000003": [PREDICTED, PREDICTED | {"status": "abandoned"}],
        "T-000004": [OPEN],
    })  # fmt: skip
    told = ask(repo, "calibration", "--json").data
    assert told["others"] == {"without a prediction": 1, "still open": 1, "abandoned": 1}
    assert told["forecasts"] == []


STATED_P = {
    "0.8": (0.8, ""),
    '"0.8"': (0.8, ""),
    "8e-1": (0.8, ""),
    "0": (0.0, "p is 0, which leaves no room to be wrong"),
    "1": (1.0, "p is 1, which leaves no room to be wrong"),
    "1.2": (None, "p is 1.2, which is no probability: not scored"),
    "-0.1": (None, "p is -0.1, which is no probability: not scored"),
    '"inf"': (None, "p is inf, which is no probability: not scored"),
    "9" * 400: (None, f"p is {'9' * 40}, which is no probability: not scored"),
    "high": (None, "p is 'high', which is no number: not scored"),
    "80%": (None, "p is '80%', which is no number: not scored"),
    "nan": (None, "p is 'nan', which is no number: not scored"),
    "true": (None, "p is 'True', which is no number: not scored"),
    "[0.8]": (None, "p is '[0.8]', which is no number: not scored"),
    "{a: 1}": (None, "p is \"{'a': 1}\", which is no number: not scored"),
    "": (None, ""),
}


def test_whatever_stands_at_p_is_scored_or_left_out_with_a_reason(repo: Repository) -> None:
    ids = {stated: f"T-{number:06d}" for number, stated in enumerate(STATED_P)}
    lived(repo, {ids[p]: [PREDICTED | {"p": p}, CLOSED | {"p": p}] for p in STATED_P})
    told = ask(repo, "calibration", "--json").data
    remarks = {each["id"]: each["why"] for each in told["remarks"]}
    for stated, (p, remark) in STATED_P.items():
        row = next(each for each in told["forecasts"] if each["id"] == ids[stated])
        assert (row["p"], row["timing"]) == (p, "in time"), stated
        assert remarks.get(ids[stated], "") == remark, stated
    headline = told["groups"]["headline"]
    assert headline["tasks"] == len(STATED_P)
    assert headline["brier"]["n"] == sum(p is not None for p, _ in STATED_P.values())


def test_accounts_by_domain_agent_and_kind(repo: Repository) -> None:
    lived(repo, {
        "T-000001": [PREDICTED, CLOSED | {"domain": "[speed, locks]", "by": "ada"}],
        "T-000002": [PREDICTED, CLOSED | {"domain": "locks", "author": "bob"}],
        "T-000003": [PREDICTED, CLOSED | {"by": "ada", "found_by": "agent"}],
    })  # fmt: skip

    def named(group: str, by: str) -> dict[str, int]:
        told = ask(repo, "calibration", "--json", "--by", by).data["groups"][group]["by"]
        assert list(told) == [by]
        return {each["name"]: each["tasks"] for each in told[by]}

    assert named("headline", "domain") == {"locks": 2, "speed": 1}
    assert named("headline", "agent") == {"ada": 1, "bob": 1}
    assert named("unverified", "domain") == {"": 1}
    assert named("unverified", "kind") == {"agent": 1}
    assert set(account_of(repo, "late")["by"]) == {"domain", "agent", "kind"}


# Ledgers that say little


def figures_of(told: Any) -> list[dict[str, Any]]:
    """Every figure, wherever it stands in an answer."""
    if isinstance(told, list):
        return [each for part in told for each in figures_of(part)]
    if not isinstance(told, dict):
        return []
    if {"value", "why"} <= set(told):
        return [told]
    return figures_of(list(told.values()))


def test_a_ledger_of_nothing_says_so(repo: Repository) -> None:
    repo.lesson("L-000001", "Nothing to do with it")
    repo.commit()
    told = ask(repo, "calibration", "--json")
    assert told.code == 0 and not told.problems
    assert all(each["value"] is None and each["why"] for each in figures_of(told.data))
    assert told.data["picture"] == {"file": None, "why": "not applicable: no p"}
    text = ask(repo, "calibration").out.decode()
    assert text == "no closed task predicted anything yet\n"


@pytest.mark.parametrize("outcome", ["confirmed", "falsified", "partial"])
@pytest.mark.parametrize("count", [1, 4, 5, 12])
def test_a_ledger_of_few_or_of_one_outcome_alone_is_not_sure(
    repo: Repository, count: int, outcome: str
) -> None:
    lived(repo, {
        f"T-{at:06d}": [PREDICTED, CLOSED | {"outcome": outcome}] for at in range(count)
    })  # fmt: skip
    told = ask(repo, "calibration", "--json")  # by the letter of JSON: it has no NaN
    assert told.code == 0
    for each in figures_of(told.data):
        if each["value"] is None:
            assert each["why"] and each["low"] is each["high"] is None
        else:
            assert each["n"] >= 5 and each["low"] < each["high"]
    drawable = count >= 10 and outcome != "partial"
    assert (told.data["picture"]["why"] == "") is drawable
    assert ask(repo, "calibration").code == 0


def test_without_a_p_the_scores_do_not_apply(repo: Repository) -> None:
    state = without(CLOSED, "p", "found_by")
    lived(repo, {f"T-{at:06d}": [state] for at in range(20)})
    told = account_of(repo, "unverified")
    for score in ("brier", "log_score", "calibration_error", "reliability"):
        assert told[score] == {"value": None, "n": 0, "low": None, "high": None,
                               "why": "not applicable: no p"}  # fmt: skip
    assert told["hit_rate"]["value"] == 1.0
    asked = ask(repo, "calibration", "--plot", str(repo.root / "a.svg"))
    assert asked.code == 1 and b"no picture: not applicable: no p" in asked.out
    assert not (repo.root / "a.svg").exists()


# The same as a plain reckoning, for any ledger

probabilities = st.one_of(st.none(), st.sampled_from([0.1, 0.5, 0.8, 0.9]), st.floats(0, 1))
made = st.builds(
    Forecast,
    id=st.just("T-000001"),
    title=st.just("Try it"),
    domains=st.sampled_from([(), ("speed",), ("speed", "locks")]),
    agent=st.sampled_from(["", "ada", "bob"]),
    kind=st.sampled_from(ledger.KINDS),
    p=probabilities,
    outcome=st.sampled_from([*ledger.OUTCOMES, ""]),
    timing=st.sampled_from(["in time", "late", "unknown"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(made, max_size=40), st.randoms(use_true_random=False))
def test_every_forecast_is_in_one_account_and_the_order_does_not_matter(
    every: list[Forecast], chance: Any
) -> None:
    told = ledger.tell(every, ledger.DIMENSIONS)
    render.to_json("calibration", Answer(told))
    tasks = Counter(each.group for each in every if each.outcome)
    assert {name: group["tasks"] for name, group in told["groups"].items()} == {
        name: tasks[name] for name in ledger.GROUPS
    }
    assert len(told["unclassified"]) == sum(not each.outcome for each in every)
    for group in told["groups"].values():
        assert sum(each["tasks"] for each in group["by"]["kind"]) == group["tasks"]
        assert all(each["tasks"] for by in group["by"].values() for each in by)
    assert all(
        math.isfinite(each[end])
        for each in figures_of(told)
        for end in ("value", "low", "high")
        if each[end] is not None
    )
    mixed = every[:]
    chance.shuffle(mixed)
    assert ledger.tell(mixed, ledger.DIMENSIONS)["groups"] == told["groups"]


@settings(max_examples=40, deadline=None)
@given(st.lists(made, max_size=40))
def test_the_headline_is_reckoned_from_what_was_in_time_and_checked_alone(
    every: list[Forecast],
) -> None:
    counted = [
        (each.p, each.outcome == "confirmed")
        for each in every
        if each.timing == "in time" and each.kind == "check" and each.p is not None
        and each.outcome in ("confirmed", "falsified")
    ]  # fmt: skip
    headline = ledger.headline(every)
    assert headline.brier.n == len(counted)
    assert headline.table == figures.reliability_table(counted)
    if len(counted) >= figures.FEWEST:
        assert headline.log_score == figures.log_score(counted)


# The picture


@pytest.fixture
def drawable(repo: Repository) -> Repository:
    """Twelve predictions, in time and checked."""
    said = [0.1, 0.3, 0.3, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9, 0.95]
    outcomes = ["falsified", "confirmed", "confirmed"] * 4
    lived(repo, {
        f"T-{at:06d}": [PREDICTED | {"p": p}, CLOSED | {"p": p, "outcome": outcome}]
        for at, (p, outcome) in enumerate(zip(said, outcomes, strict=True))
    })  # fmt: skip
    return repo


def test_the_picture_is_one_file_and_nothing_else_is_written(drawable: Repository) -> None:
    file = drawable.root / "docs" / "calibration.svg"
    file.parent.mkdir()
    before = tree_bytes(drawable.root)
    told = ask(drawable, "calibration", "--json", "--plot", str(file))
    assert told.code == 0 and told.data["picture"] == {"file": str(file), "why": ""}
    after = dict(tree_bytes(drawable.root))
    drawn = after.pop("docs/calibration.svg")
    assert after == before
    svg = xml.dom.minidom.parseString(drawn)  # noqa: S318 - it was made here
    assert len(svg.getElementsByTagName("circle")) == len(told.data["groups"]["headline"]["table"])
    assert "12 predictions" in drawn.decode()
    assert ask(drawable, "calibration", "--plot", str(file)).code == 0  # over itself
    assert file.read_bytes() == drawn
    assert f"drawn: {file}" in ask(drawable, "calibration", "--plot", str(file)).out.decode()
    assert list(file.parent.iterdir()) == [file]


def test_a_new_picture_takes_the_place_of_an_older_one(drawable: Repository) -> None:
    file = drawable.write("a.svg", "<?xml version='1.0'?>\n<svg/>\n")
    file.chmod(0o640)
    assert ask(drawable, "calibration", "--plot", str(file)).code == 0
    assert b"<circle" in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_picture_is_drawn_of_a_commit_too(drawable: Repository) -> None:
    file = drawable.root / "then.svg"
    assert ask(drawable, "calibration", "--at", "HEAD~1", "--plot", str(file)).code == 1
    assert not file.exists()
    assert ask(drawable, "calibration", "--at", "HEAD", "--plot", str(file)).code == 0
    assert file.exists()


def test_nine_predictions_make_no_picture_and_the_older_one_stays(repo: Repository) -> None:
    lived(repo, {f"T-{at:06d}": [PREDICTED, CLOSED] for at in range(9)})
    file = repo.write("a.svg", "<svg/>")
    told = ask(repo, "calibration", "--json", "--plot", str(file))
    assert told.code == 1
    assert told.data["picture"]["why"] == (
        "9 scored predictions, and a picture of fewer than 10 misleads"
    )
    assert file.read_text() == "<svg/>"


REFUSED = {
    "notes.svg": "no SVG, and is not overwritten",
    "a.png": "has to say so",
    "memory/a.md": "has to say so",
    "nowhere/a.svg": "no such folder",
    "link.svg": "no file of its own",
    "folder.svg": "no file of its own",
    "pipe.svg": "no file of its own",
    ".git/a.svg": "git keeps its own files there",
    ".git/refs/heads/a.svg": "git keeps its own files there",
    "into-git/a.svg": "git keeps its own files there",
    "away/a.svg": "a symbolic link, which is not written through",
}


def everything_in(root: Path) -> list[str]:
    """The names of all that lies below a folder, git's own too, but for the cache."""
    names = (str(path.relative_to(root)) for path in root.rglob("*"))
    return sorted(name for name in names if not name.startswith(".git/swarm"))


@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_is_put_over_nothing_and_through_no_link(
    drawable: Repository, name: str, tmp_path: Path
) -> None:
    root = drawable.root
    outside = tmp_path / "outside"
    outside.mkdir()
    drawable.write("notes.svg", "what somebody wrote\n")
    (root / "memory").mkdir()
    (root / "folder.svg").mkdir()
    os.mkfifo(root / "pipe.svg")
    (outside / "old.svg").write_text("<svg/>")
    (root / "link.svg").symlink_to(outside / "old.svg")
    (root / "away").symlink_to(outside)
    (root / "into-git").symlink_to(".git")
    before = everything_in(root)
    told = ask(drawable, "calibration", "--plot", str(root / name))
    assert told.code in (1, 2)
    assert REFUSED[name] in told.err.decode()
    assert (root / "notes.svg").read_text() == "what somebody wrote\n"
    assert [(each.name, each.read_text()) for each in outside.iterdir()] == [("old.svg", "<svg/>")]
    assert everything_in(root) == before


def test_what_a_title_holds_stays_text() -> None:
    title = "</text><script>alert('&')</script>\x00\x1b\ufffe"
    drawn = plot.diagram(figures.reliability_table([(0.8, True)]), title, title)
    svg = xml.dom.minidom.parseString(drawn)  # noqa: S318 - it was made here
    assert not svg.getElementsByTagName("script")
    shown = [node.firstChild.data for node in svg.getElementsByTagName("title")]
    assert shown == ["</text><script>alert('&')</script>\ufffd\ufffd\ufffd"]


# What a person reads


def test_the_text_tells_the_headline_first_and_the_rest_apart(make_repository: Maker) -> None:
    repo = make_repository("told")
    lives: dict[str, list[State]] = {
        f"T-{at:06d}": [PREDICTED, CLOSED | {"outcome": "confirmed" if at else "falsified"}]
        for at in range(10)
    }
    lives |= {f"T-late{at:02d}": [OPEN, CLOSED] for at in range(2)}
    lives |= {f"T-word{at:02d}": [PREDICTED, CLOSED | {"found_by": "agent"}] for at in range(6)}
    lived(repo, lives)
    lines = ask(repo, "calibration", "--by", "kind").out.decode().splitlines()
    assert lines[:3] == [
        "predicted before the outcome, and decided by a check  10 tasks",
        "  9 confirmed, 1 falsified",
        "  hit rate          90 %  (60–98 %)  n 10",
    ]
    assert "  stated p          0.800 on average" in lines
    # nine losses of .04 and one of .64, and for the interval one more of each: .14 ± 1.96 × .0674
    assert "  Brier score       0.100  (0.008–0.272)  n 10" in lines
    assert ["0.8–0.9", "0.80", "90", "%", "(60–98", "%)", "10"] in [line.split() for line in lines]
    assert "  check     10  90 % (60–98 %) n 10  0.100 (0.008–0.272) n 10  " in "\n".join(lines)
    headings = [line for line in lines if line.startswith("apart: ")]
    assert headings == [
        "apart: predicted before the outcome, which is somebody's word  6 tasks",
        "apart: predicted late  2 tasks",
    ]
    assert "  2 because `expect` came with the outcome; `p` came with the outcome; " in "\n".join(
        lines
    )
    assert "  hit rate          2 outcomes, too few to say" in lines


# With the commands that write all this


def test_what_expect_and_close_write_is_in_time_and_verified(repo: Repository) -> None:
    repo.environ["SWARM_AGENT"] = "ada"
    for arguments in (
        ["init"],
        ["new", "belief", "It holds", "--set", "id=B-4tq0aa", "--set", "evidence=seen",
         "--set", "falsified_if=one run differs"],
        ["new", "belief", "It is quick", "--set", "id=B-01cq8d", "--set", "evidence=timed",
         "--set", "falsified_if=it is slow"],
        ["new", "task", "Try it", "--set", "id=T-5mz81k", "--set", "tests=B-4tq0aa"],
        ["claim", "T-5mz81k"],
        ["expect", "T-5mz81k", "it works", "--p", "0.8", "--verify", "true"],
        ["close", "T-5mz81k", "--n", "3"],
    ):  # fmt: skip
        done = ask(repo, *arguments)
        assert done.code == 0, done.err
    told = ask(repo, "calibration", "--json").data
    (row,) = told["forecasts"]
    assert (row["group"], row["kind"], row["p"], row["n"]) == ("headline", "check", 0.8, 3)
    assert row["agent"] == "ada"
    beliefs = [(each["id"], each["a"], each["b"], each["due"]) for each in told["beliefs"]]
    assert beliefs == [("B-01cq8d", 0.5, 0.5, True), ("B-4tq0aa", 1.5, 0.5, False)]
    text = ask(repo, "calibration").out.decode()
    assert "beliefs due for another test: 1 of 2\n  B-01cq8d  It is quick  0.4" in text


def test_the_forecaster_is_whoever_predicted_not_who_wrote_the_task(repo: Repository) -> None:
    repo.commit()
    for agent, verb in (("ada", "new"), ("ben", "expect"), ("ben", "claim"), ("ben", "close")):
        arguments = {
            "new": ("task", "Measure it", "--set", "id=T-1abcde"),
            "expect": ("T-1abcde", "it holds", "--p", "0.8", "--verify", "true"),
            "claim": ("T-1abcde",),
            "close": ("T-1abcde",),
        }[verb]
        assert ask(repo, verb, *arguments, SWARM_AGENT=agent).code == 0
    (forecast,) = ask(repo, "calibration", "--json").data["forecasts"]
    assert (forecast["agent"], forecast["group"]) == ("ben", "headline")
