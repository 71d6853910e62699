"""Surprises by what they put in doubt: advice, strategy, or a stop until a person answers."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from ask import Told, ask
from boards import dump, rebuilt
from conftest import Repository
from hypothesis import given
from hypothesis import strategies as st
from judging import belief, head, lesson, task

from swarm import draft, markdown
from swarm.records import KINDS, id_in_name, kind_of_id

SORTS = ("tactical", "target", "invariant")
ADA = "Escalation: Ada Lovelace <ada@example.org>"
B, C = "B-aaaaaa", "B-cccccc"


def signal(repo: Repository, sort: str, *more: str, title: str = "A record was lost") -> str:
    """A new signal, committed: its id."""
    told = ask(repo, "new", "signal", title, "--class", sort, *more, "--json")
    assert told.code == 0, told
    return str(told.data["record"]["id"])


def waiting(repo: Repository, *at: str) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in ask(repo, "dispatch", *at, "--json").data["waiting"]}


def free(repo: Repository) -> set[str]:
    told = ask(repo, "dispatch", "--top", "100", "--json").data["candidates"]
    return {each["id"] for each in told}


def strategy(repo: Repository) -> list[dict[str, Any]]:
    told = ask(repo, "next", "--json").data["next"]
    return [each for each in told if each["tier"] == "STRATEGY"]


def rewrite(repo: Repository, record_id: str, old: str, new: str) -> str:
    (path,) = repo.root.glob(f"beliefs/signals/{record_id}*.md")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path.relative_to(repo.root).as_posix()


@pytest.fixture
def board(repo: Repository) -> Repository:
    """Two beliefs; work that tests or needs one, that names an invariant, or that does neither."""
    repo.write(f"beliefs/{B}.md", belief(B, "Nothing is lost"))
    repo.write(f"beliefs/{C}.md", belief(C, "Nobody waits"))
    for name, keys in {
        "T-tests1": {"tests": f"[{B}]"},
        "T-needs1": {"depends_on": f"[{B}]"},
        "T-names1": {"invariant": "I-2"},
        "T-other1": {"tests": f"[{C}]"},
        "T-cites1": {"cites": f"[{B}]"},
    }.items():
        repo.write(f"tasks/{name}.md", task(name, f"Do {name}", **keys))
    repo.write("tasks/T-ment01.md", task("T-ment01", "Mind what is said") + "\nSee I-2.\n")
    repo.write("memory/lessons/L-aaaaaa.md", lesson("L-aaaaaa"))
    repo.commit()
    return repo


# --- writing one ---


@pytest.mark.parametrize("sort", SORTS)
def test_a_signal_is_one_record_in_one_commit(board: Repository, sort: str) -> None:
    name = signal(board, sort, "--cite", B, "--set", "invariant=I-2")
    assert name.startswith("S-")
    shown = ask(board, "show", name, "--json").data["record"]
    assert (shown["kind"], shown["path"].rpartition("/")[0]) == ("signal", "beliefs/signals")
    assert {key: shown["keys"][key] for key in ("class", "status", "invariant", "cites")} == {
        "class": sort, "status": "open", "invariant": "I-2", "cites": [B],
    }  # fmt: skip
    assert board.git("status", "--porcelain") == ""
    assert ask(board, "list", "signals", "--json").ids == [name]
    assert ask(board, "doctor", "--json").problems == []
    assert dump(board) == rebuilt(board)


REFUSED = {
    "no class": ((), 2, "a signal needs class"),
    "a class of its own making": (("--class", "urgent"), 2, "urgent"),
    "such a class by the back door": (("--set", "class=urgent"), 2, "tactical, target, invariant"),
    "a status of its own making": (("--class", "target", "--set", "status=shut"), 2, "shut"),
    "about what is not here": (("--class", "target", "--cite", "B-n0t111"), 8, "B-n0t111"),
}


@pytest.mark.parametrize(("words", "code", "what"), REFUSED.values(), ids=list(REFUSED))
def test_a_signal_that_says_too_little_is_refused(
    board: Repository, words: tuple[str, ...], code: int, what: str
) -> None:
    told = ask(board, "new", "signal", "Something", *words, "--json")
    assert told.code in (code, 4) and what in told.problems[0]["what"], told
    assert not (board.root / "beliefs/signals").exists()


def test_only_a_signal_has_a_class(board: Repository) -> None:
    told = ask(board, "new", "lesson", "Something", "--class", "target", "--json")
    assert told.code == 2 and told.problems[0]["remedy"].startswith("swarm new signal")


@pytest.mark.parametrize(("keys", "rule"), [
    ({"class": "urgent"}, "kind-schema"), ({"class": None}, "kind-schema"),
    ({"status": "shut"}, "kind-schema"), ({"cites": "[B-n0t111]"}, "edges-exist"),
])  # fmt: skip
def test_one_that_is_written_by_hand_is_held_to_the_same(
    board: Repository, keys: dict[str, Any], rule: str
) -> None:
    said = {"class": "invariant", "status": "open", "cites": f"[{B}]"} | keys
    board.write("beliefs/signals/S-byhan1-x.md", head("S-byhan1", "By hand", said))
    board.git("add", ".")
    found = ask(board, "check", "--staged", "--json")
    assert found.code == 8 and rule in {each["rule"] for each in found.data["findings"]}


# --- its id ---


@pytest.mark.parametrize("name", ["S186", "S-186", "S57-notes", "S-shaped-curves", "S-META1"])
def test_a_session_of_an_older_board_is_no_signal(name: str) -> None:
    assert kind_of_id(name) is None and id_in_name(name) is None
    record, _ = markdown.parse(b"# Notes of the session\n", f"memory/lessons/{name}.md")
    assert record and record.kind == "page"
    record, _ = markdown.parse(f"---\nid: {name}\n---\n# Work\n".encode(), f"tasks/{name}.md")
    assert record and record.kind == "task"


@given(st.sampled_from(KINDS), st.binary(min_size=8, max_size=8), st.sampled_from([0, 5_000]))
def test_every_id_that_is_made_tells_its_kind(kind: str, entropy: bytes, size: int) -> None:
    made = draft.new_id(kind, entropy, size)
    assert kind_of_id(made) == kind and id_in_name(f"{made}-a-title") == made


# --- what it stops ---


def test_an_invariants_signal_stops_what_it_touches(board: Repository) -> None:
    before = free(board)
    name = signal(board, "invariant", "--cite", B)
    stopped = waiting(board)
    assert set(stopped) & before == {B, "T-tests1", "T-needs1"} & before
    assert {"T-tests1", "T-needs1"} <= set(stopped)
    for each in stopped.values():
        assert each["state"] == "blocked" and each["blocked_by"][0] == name
        assert name in each["why"] and "until a person answers" in each["why"]
    assert free(board) >= {"T-other1", "T-cites1", "T-names1"}


@pytest.mark.parametrize("sort", ["tactical", "target"])
def test_other_signals_stop_nothing(board: Repository, sort: str) -> None:
    before = free(board)
    signal(board, sort, "--cite", B, "--set", "invariant=I-2")
    assert waiting(board) == {} and free(board) == before


TOUCHES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "what it cites": (("--cite", "T-other1"), {"T-other1"}),
    "what it contradicts": (("--set", f"contradicts={C}"), {"T-other1"}),
    "work that names its invariant": (("--set", "invariant=I-2"), {"T-names1", "T-ment01"}),
    "work that names one of several": (("--set", "invariant=I-1, i-2"), {"T-names1", "T-ment01"}),
    "nothing, when it names nothing": ((), set()),
    "nothing, when it only mentions it": (("--body", f"See [[{B}]]."), set()),
    "what is about a lesson": (("--cite", "L-aaaaaa"), set()),
}


@pytest.mark.parametrize(("words", "stops"), TOUCHES.values(), ids=list(TOUCHES))
def test_it_reaches_one_step_and_no_further(
    board: Repository, words: tuple[str, ...], stops: set[str]
) -> None:
    signal(board, "invariant", *words)
    assert {name for name in waiting(board) if name.startswith("T-")} == stops


def test_two_signals_are_both_named(board: Repository) -> None:
    also = ("--cite", "T-tests1", "--set", f"contradicts={B}")
    names = [signal(board, "invariant", "--cite", B),
             signal(board, "invariant", *also, title="Two were lost")]  # fmt: skip
    stopped = waiting(board)["T-tests1"]
    assert sorted(stopped["blocked_by"]) == sorted(names)
    assert "put an invariant in doubt" in stopped["why"]


def test_dispatch_claims_nothing_that_is_stopped(board: Repository) -> None:
    signal(board, "invariant", "--set", "invariant=I-2", "--set", f"contradicts={B}")
    stopped = set(waiting(board))
    for _ in range(2):
        told = ask(board, "dispatch", "--claim", "--json", SWARM_AGENT="ada")
        assert told.data["claim"]["id"] in {"T-other1", "T-cites1"}
    told = ask(board, "dispatch", "--claim", "--json", SWARM_AGENT="ada")
    assert told.code == 5 or told.data["claim"]["id"] not in stopped


def test_who_claims_what_is_stopped_is_told(board: Repository) -> None:
    name = signal(board, "invariant", "--cite", B)
    told = ask(board, "claim", "T-tests1", "--json", SWARM_AGENT="ada")
    assert told.code == 0 and told.data["claim"]["id"] == "T-tests1"
    (note,) = told.problems
    assert (note["level"], note["remedy"]) == ("note", f"swarm show {name}")
    assert f"{name} puts an invariant in doubt, until a person answers" in note["what"]
    assert name.encode() in ask(board, "claim", "T-needs1", SWARM_AGENT="ada").err
    assert ask(board, "claim", "T-other1", "--json", SWARM_AGENT="ada").problems == []


LIFTED_HERE = {
    "gone": lambda path: path.unlink(),
    "answered": lambda path: path.write_text(path.read_text().replace("open", "answered")),
    "of another class": lambda path: path.write_text(path.read_text().replace("invar", "tact")),
    "about nothing": lambda path: path.write_text(
        re.sub(r"\n(cites|contradicts|invariant):", r"\nx_\1:", path.read_text())
    ),
    "no file": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("lifts", LIFTED_HERE.values(), ids=list(LIFTED_HERE))
def test_what_is_only_lifted_in_the_work_tree_is_not_lifted(board: Repository, lifts: Any) -> None:
    more = ("--set", "invariant=I-2", "--set", f"contradicts={C}")
    name = signal(board, "invariant", "--cite", B, *more)
    before = waiting(board)
    assert set(before) >= {"T-tests1", "T-needs1", "T-names1", "T-other1"}
    (path,) = board.root.glob("beliefs/signals/*.md")
    lifts(path)
    assert {each for each in waiting(board) if each[0] == "T"} == {
        each for each in before if each[0] == "T"
    }
    (note,) = ask(board, "claim", "T-tests1", "--json").problems
    assert ask(board, *note["remedy"].split()[1:]).code == 0 and name in note["remedy"]
    board.commit(f"x\n\n{ADA}\n")
    assert [each["state"] for each in waiting(board).values()] == ["held"]  # by who was told


def test_a_pair_with_a_doubtful_side_waits(board: Repository) -> None:
    for name, cited in {"L-pair01": C, "L-pair02": C}.items():
        board.write(f"memory/lessons/{name}.md", lesson(name, f"About {name}", cites=f"[{cited}]"))
    board.commit()
    pairs = {name for name in free(board) if "+" in name}
    signal(board, "invariant", "--cite", "L-pair01")
    stopped = {name for name in waiting(board) if "+" in name}
    assert stopped == {name for name in pairs if "L-pair01" in name}
    assert stopped


def test_the_past_is_stopped_by_what_was_open_then(board: Repository) -> None:
    name = signal(board, "invariant", "--cite", "T-other1")
    rewrite(board, name, "status: open", "status: answered")
    board.commit(f"x\n\n{ADA}\n")
    assert waiting(board) == {}
    assert set(waiting(board, "--at", "HEAD^")) == {"T-other1"}


# --- how it is answered ---


def test_next_says_what_is_in_doubt_and_the_command_that_answers(board: Repository) -> None:
    signal(board, "tactical", "--cite", C, title="A reader waited")
    target = signal(board, "target", title="Nobody asks for it")
    stop = signal(board, "invariant", "--cite", B)
    rows = {each["id"]: each for each in strategy(board)}
    assert list(rows) == [stop, target]
    assert "waits for a person" in rows[stop]["why"] and "answered" in rows[stop]["why"]
    edit, _, commit = rows[stop]["command"].partition(" && ")
    assert edit.startswith("${EDITOR:-vi} beliefs/signals/")
    rewrite(board, stop, "status: open", "status: answered")
    words = shlex.split(commit.replace("NAME <ADDRESS>", "Ada <ada@example.org>"))
    board.git(*words[1:])
    assert [each["id"] for each in strategy(board)] == [target]
    assert waiting(board) == {}
    assert ask(board, "check", "--range", "HEAD^..HEAD").code == 0
    assert "Escalation" not in rows[target]["command"]


LIFTS: dict[str, tuple[str, str]] = {
    "answered": ("status: open", "status: answered"),
    "another status": ("status: open", "status: dismissed"),
    "another class": ("class: invariant", "class: tactical"),
    "no class": ("class: invariant\n", ""),
    "without what it cites": (f"cites: [{B}]\n", ""),
    "without its invariant": ("invariant: I-2\n", ""),
    "with another invariant": ("invariant: I-2", "invariant: I-3"),
}


def staged(repo: Repository, message: str) -> set[str]:
    repo.git("add", "-A")
    (repo.root.parent / "said").write_text(message)
    said = str(repo.root.parent / "said")
    told: Told = ask(repo, "check", "--staged", "--message", said, "--json")
    return {each["rule"] for each in told.data["findings"] if each["level"] == "error"}


@pytest.mark.parametrize("lifts", LIFTS.values(), ids=list(LIFTS))
def test_only_a_person_lifts_it(board: Repository, lifts: tuple[str, str]) -> None:
    name = signal(board, "invariant", "--cite", B, "--set", "invariant=I-2")
    rewrite(board, name, *lifts)
    assert "signal-answered" in staged(board, "I think that is fine\n")
    assert "signal-answered" in staged(board, "x\n\nEscalation: agent-7 <bot@example.org>\n")
    assert "signal-answered" not in staged(board, f"x\n\n{ADA}\n")


def test_only_a_person_takes_it_away(board: Repository) -> None:
    name = signal(board, "invariant", "--cite", B)
    (path,) = board.root.glob(f"beliefs/signals/{name}*")
    path.unlink()
    assert "signal-answered" in staged(board, "gone\n")
    board.git("reset", "-q", "--hard")
    (board.root / "memory/archive").mkdir()
    board.git("mv", str(path.relative_to(board.root)), "memory/archive/")
    assert "signal-answered" not in staged(board, "moved\n")  # it goes on to stop
    assert set(waiting(board)) >= {"T-tests1"}


@pytest.mark.parametrize("change", [
    ("tactical", "status: open", "status: answered"),
    ("target", "status: open", "status: answered"),
    ("invariant", "A record was lost", "Two records were lost"),
    ("invariant", f"cites: [{B}]", f"cites: [{B}, {C}]"),
], ids=" ".join)  # fmt: skip
def test_what_lifts_nothing_needs_no_person(
    board: Repository, change: tuple[str, str, str]
) -> None:
    sort, old, new = change
    rewrite(board, signal(board, sort, "--cite", B), old, new)
    assert staged(board, "as usual\n") == set()


def test_a_range_names_the_commit_that_lifted_it(board: Repository) -> None:
    name = signal(board, "invariant", "--cite", B)
    rewrite(board, name, "status: open", "status: answered")
    commit = board.commit("quietly")
    (found,) = ask(board, "check", "--range", "HEAD^..HEAD", "--json").data["findings"]
    assert (found["rule"], found["commit"]) == ("signal-answered", commit)
