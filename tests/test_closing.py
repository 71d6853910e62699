"""A task is closed by what its command showed, and by nothing else: every path is tried.

Two things are left to people: a plain edit of the file, which history shows, and
`swarm expect` with another command, which is counted as a late expectation.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ask import ask
from conftest import Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jobs import ADA, PATH, T, claimed, close, closed_on, head, holders, script, task
from judging import alone

from swarm import amend, closing, closure, deposit, desk, document, gate, markdown, merging, oracle
from swarm.board import open_board
from swarm.closure import FAILED, PASSED, STOPPED, Verdict, Word
from swarm.errors import SwarmError
from swarm.git import locate
from swarm.records import Answer, Record, Surroundings, first_word
from swarm.verbs import close as closes
from swarm.verbs import renew as renews

HOUR = 3_600
ROOT = Path(__file__).resolve().parents[1]


def call(repo: Repository, module: Any, *arguments: str, agent: str = "ada", at: int = 0) -> Answer:
    """A verb's answer, `at` seconds from now."""
    context = module.command.make_context(module.__name__, list(arguments))
    around = Surroundings(repo.environ | {"SWARM_AGENT": agent}, time.time_ns() + at * 10**9)
    board = open_board(repo.root, None, around)
    try:
        answer: Answer = module.command.callback(board, **context.params)
    finally:
        board.close()
    return answer


def untouched(repo: Repository) -> bool:
    """Open in history, and in the hands of whoever had it."""
    return head(repo)["status"] == "open" and holders(repo) == ["ada"]


# --- the bar: no path closes a task whose command has not passed ---

SETS = [
    ("task", "status=closed"),
    ("task", "status=closed", "verify=true"),
    ("task", "status=closed", "verify=false", "outcome=confirmed", "found_by=check"),
    ("task", "status=closed", "outcome=confirmed", "found_by=Check", "checked=3f9ab2c41d07"),
    ("task", "status=closed", "outcome=confirmed", "found_by=agent", "debt=no tool"),
    ("task", "status=closed", "found_by=person", "debt=no tool", "kind=Task"),
    ("task", "status=closed", "verify=false", "kind=nothing-of-that-name"),
    ("task", "status=closed", "verify=false", "id=X-1"),
    ("task", "status=open", "found_by=check"),
    ("task", "found_by=Check (twice)"),
    ("task", "checked=3f9ab2c41d07"),
    ("lesson", "kind=task", "status=closed", "verify=false", "confidence=observed"),
    ("lesson", "kind=TASK", "status=closed", "found_by=check", "outcome=confirmed"),
    ("frontier", "kind=task", "found_by=check"),
]


def test_new_closes_nothing(repo: Repository) -> None:
    for number, (kind, *keys) in enumerate(SETS):
        sets = [word for key in keys for word in ("--set", key)]
        more = ["--no-commit"] if number % 2 else []
        told = ask(repo, "new", kind, "Work", *sets, *more, "--json")
        assert told.code == 8 and told.problems[0]["remedy"], keys
    assert not [path for path in repo.root.iterdir() if path.name != ".git"]


SPELLED = {
    "plain": "---\nid: T-1\nstatus: closed\n---\n# X\n",
    "in capitals": "---\nid: T-1\nstatus: CLOSED\n---\n# X\n",
    "explained": "---\nid: T-1\nstatus: closed (done)\n---\n# X\n",
    "quoted": "---\nid: T-1\nstatus: 'closed'\n---\n# X\n",
    "by its kind": "---\nkind: Task\nstatus: closed\n---\n# X\n",
    "by its folder": "---\nid: X-1\nstatus: closed\n---\n# X\n",
    "by its title": "# T-1: X\nStatus: closed | By: ada\n",
    "in a header block": "# X\nId: T-1 | Status: Closed | Verify: false\n",
    "on two lines": "# X\nId: T-1\n**Status**: closed\n",
    "as a list of fields": "# X\n- Id: T-1\n- Status: closed\n",
    "of two, the first": "---\nid: T-1\nstatus: closed\nstatus: open\n---\n# X\n",
    "of two, the last": "---\nid: T-1\nstatus: open\nstatus: closed\n---\n# X\n",
    "with a BOM": "\ufeff---\nid: T-1\nstatus: closed\n---\n# X\n",
    "with CRLF": "---\r\nid: T-1\r\nstatus: closed\r\n---\r\n# X\r\n",
    "in braces": "--- {id: T-1, status: closed}\n---\n# X\n",
    "never ended": "---\nid: T-1\nstatus: closed\n\n# X\n",
    "in broken YAML": "---\nid: T-1\nstatus: closed\nverify: [\n---\n# X\n",
    "another letter case of the key": "---\nid: T-1\nStatus: closed\n---\n# X\n",
    "in a list": "---\nid: T-1\nstatus: [closed]\n---\n# X\n",
    "in the text": "---\nid: T-1\nstatus: open\n---\n# X\n\nstatus: closed\n",
    "below the text": "---\nid: T-1\n---\n# X\n\nText.\n\nStatus: closed | By: ada\n",
    "of a frontier": "---\nid: F-1\nstatus: closed\n---\n# X\n",
}
PLACES = ["tasks/T-1-x.md", "tasks/2026-11/x.md", "memory/lessons/T-1-x.md", "beliefs/x.md",
          "memory/archive/T-1.md"]  # fmt: skip


def seen_as_closed(raw: bytes, path: str) -> bool:
    """Whether readers take a file for a closed task."""
    record, _ = markdown.parse(raw, path)
    closed = record is not None and first_word(record.keys.get("status")) == "closed"
    return closed and record is not None and record.kind == "task"


def write(repo: Repository, path: str, raw: bytes | None, verb: str = "new", **more: Any) -> Any:
    """One write as the library does it, of bytes that nobody has checked."""
    place = locate(repo.root, repo.environ)
    message = gate.Message("swarm: x", verb, "ada")
    now = time.time_ns()
    return gate.write(place, repo.root, {path: raw}, message, repo.environ, now, **more)


def against(path: str, raw: bytes, verdict: Verdict | None, verb: str) -> list[oracle.Finding]:
    """What the rule of closing has against a file, on a board where there is nothing else."""
    shown = {path: verdict} if verdict else {}
    found = alone(path, raw, f"x\n\nSwarm-Verb: {verb}\n", shown)
    return [each for each in found if each.rule == "verified-close"]


def test_the_gate_sees_a_closed_task_wherever_a_reader_does(repo: Repository) -> None:
    """It is no other parser, which a spelling could tell from the one that everybody reads by."""
    repo.commit()
    seen = 0
    for raw in (text.encode() for text in SPELLED.values()):
        for path in PLACES:
            if not seen_as_closed(raw, path):
                continue
            seen += 1
            for verb in ("new", "expect", "close"):
                assert against(path, raw, None, verb), (path, raw)
            with pytest.raises(gate.Rejected):
                write(repo, path, raw, "close", fresh=True)
    assert seen > 40 and closed_on(repo) == []
    assert not [path for path in repo.root.iterdir() if path.name != ".git"]


def test_what_the_gate_lets_pass_is_no_closed_task(repo: Repository) -> None:
    passed = [raw for text in SPELLED.values() if not seen_as_closed(raw := text.encode(), PATH)]
    for number, raw in enumerate(passed):
        write(repo, f"tasks/T-{number}.md", raw, keep=True)
    assert len(passed) > 5 and closed_on(repo) == []


HEADS = st.lists(
    st.tuples(
        st.sampled_from(
            """id kind status Status verify outcome found_by checked debt n p""".split()
        ),
        st.sampled_from(
            """T-1 L-1 task Task lesson open closed CLOSED 'closed (x)' [closed] false true pytest
            confirmed falsified null check Check person agent abc 3 '' ~""".split(" ")
        ).map(str.strip),
    ),
    max_size=8,
)
VERDICTS = st.none() | st.builds(
    lambda command, said: Verdict(command, said, said, tree="abc"),
    st.sampled_from(["false", "true", "pytest"]),
    st.sampled_from([PASSED, FAILED, STOPPED]),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HEADS, st.booleans(), VERDICTS, st.sampled_from(["new", "expect", "close", "import"]))
def test_the_law_of_the_gate(
    keys: list[tuple[str, str]], block: bool, verdict: Verdict | None, verb: str
) -> None:
    """Closed and with a command: then that very command has shown what is said of it."""
    if block:
        text = "# X\n" + " | ".join(f"{key.capitalize()}: {value}" for key, value in keys) + "\n"
    else:
        text = "---\n" + "".join(f"{key}: {value}\n" for key, value in keys) + "---\n# X\n"
    raw = text.encode()
    refused = against(PATH, raw, verdict, verb)
    record, _ = markdown.parse(raw, PATH)
    assert record
    if refused or record.kind != "task":
        return
    outcome, by = record.keys.get("outcome"), first_word(record.keys.get("found_by") or "")
    if not seen_as_closed(raw, PATH):
        assert not record.keys.get("found_by")
        return
    command = closure.command_of(record.keys)
    if verb == "import":
        assert not command and not by
        return
    assert verb == "close" and by in ("check", "person", "agent")
    if not command:
        assert by != "check" and record.keys.get("debt")
        return
    assert verdict and verdict.command == command and verdict.said != STOPPED
    assert (outcome == "falsified") == (verdict.said == FAILED)
    assert by != "check" or outcome == {PASSED: "confirmed", FAILED: "falsified"}[verdict.said]


BY_HAND = {"status": "closed", "outcome": "confirmed", "found_by": "check", "checked": "abc"}


def loaded(repo: Repository) -> tuple[Any, Record]:
    board = open_board(repo.root, None, Surroundings(repo.environ | ADA, time.time_ns()))
    return board, board.get(T)


def test_the_library_closes_nothing_either(repo: Repository) -> None:
    claimed(repo, "false")
    board, record = loaded(repo)
    raw = (repo.root / PATH).read_bytes()
    forged = document.compose({"id": T, **BY_HAND, "verify": "false"}, "Work", "To be done.")
    bare = document.compose({"id": T, **BY_HAND}, "Work", "To be done.")
    passed = Verdict("true", PASSED, "passed", tree="abc")
    failed = Verdict("false", FAILED, "failed (exit 1)", tree="abc")
    attempts: list[Any] = [
        lambda: amend.amend(board, record, BY_HAND, amend.Signed("close", "ada")),
        lambda: amend.amend(board, record, BY_HAND, amend.Signed("expect", "ada"), keep=True),
        lambda: amend.amend(board, record, BY_HAND, amend.Signed("close", "ada", verdict=passed)),
        lambda: amend.amend(board, record, BY_HAND, amend.Signed("close", "ada", verdict=failed)),
        lambda: amend.amend(board, record, {"found_by": "check"}, amend.Signed("close", "ada")),
        lambda: write(repo, PATH, forged, "close"),
        lambda: write(repo, PATH, forged, "close", start={PATH: forged}),
        lambda: write(repo, PATH, forged, "close", start={PATH: raw}, verdicts={PATH: passed}),
        lambda: write(repo, PATH, forged, "import"),
        lambda: write(repo, PATH, bare, "close"),
        lambda: write(repo, "tasks/T-aaaaaa-other.md", forged, "close", fresh=True),
        lambda: write(repo, PATH, forged, "close", verdicts={"tasks/other.md": failed}),
        lambda: deposit.deposit(board, "task", "X", BY_HAND, [], "", verb="close", keep=False),
        lambda: deposit.deposit(board, "task", "X", BY_HAND, [], "", verb="new", keep=True),
    ]  # fmt: skip
    before = repo.git("rev-parse", "HEAD")
    for number, attempt in enumerate(attempts):
        with pytest.raises(gate.Rejected) as refused:
            attempt()
        assert refused.value.exit_code == 8 and refused.value.remedy, number
        assert repo.git("rev-parse", "HEAD") == before and repo.git("status", "--short") == ""
    board.close()
    assert untouched(repo)


def test_a_record_that_becomes_a_task_was_no_closed_one_before(repo: Repository) -> None:
    lesson = document.compose({"id": "X-1", "kind": "lesson", **BY_HAND}, "X", "")
    write(repo, PATH, lesson, fresh=True)
    with pytest.raises(gate.Rejected):
        write(repo, PATH, lesson.replace(b"kind: lesson", b"kind: task"), "expect")


def test_only_the_running_of_a_command_makes_a_verdict() -> None:
    """Whoever makes one by hand lies on purpose: no module of swarm does."""
    knows = re.compile(r"from swarm\.closure import .*Verdict|closure\.Verdict")
    makes = re.compile(r"(?<!\w)(?<!class )(?:closure\.)?Verdict\(")
    sources = {each.stem: each.read_text("utf-8") for each in (ROOT / "swarm").rglob("*.py")}
    knowing = [name for name, text in sources.items() if name == "closure" or knows.search(text)]
    assert [name for name in knowing if makes.search(sources[name])] == ["proving"]


def test_a_closed_task_stays_as_it_was_closed(repo: Repository) -> None:
    claimed(repo, "true", expect="it works", p=0.8)
    assert close(repo).code == 0
    board, record = loaded(repo)
    for key, value in {
        "status": "open", "outcome": "falsified", "found_by": "person", "verify": "false",
        "expect": "it fails", "p": 0.2, "n": 48, "checked": "abc", "tests": ["B-1"],
    }.items():  # fmt: skip
        with pytest.raises(gate.Rejected, match=f"its `{key}` would change"):
            amend.amend(board, record, {key: value}, amend.Signed("close", "ada"))
    assert amend.amend(board, record, {"tags": ["x"]}, amend.Signed("new", "ada")).commit
    board.close()
    told = ask(repo, "expect", T, "it fails", "--p", "0.2", "--json", **ADA)
    assert told.code == 1 and "closed already" in told.problems[0]["what"]
    assert close(repo).code == 1


def test_an_edit_by_hand_is_not_carried_on_by_a_command(repo: Repository) -> None:
    """It is somebody's edit, to be committed by somebody: no verb puts its name to it."""
    claimed(repo, "false")
    path = repo.root / PATH
    path.write_text(path.read_text().replace("status: open", "status: closed\nfound_by: check"))
    board, record = loaded(repo)
    with pytest.raises(gate.Rejected):
        amend.amend(board, record, {"tags": ["x"]}, amend.Signed("expect", "ada"))
    board.close()
    told = close(repo)
    assert told.code == 1 and "in its file and in no commit" in told.problems[0]["what"]
    assert untouched(repo)


# --- its command swaps its own command ---

SWAPS = {
    "in the file": "sed -i 's/^verify:.*/verify: true/' {path}",
    "in a commit": "sed -i 's/^verify:.*/verify: true/' {path} && git commit -qam x",
    "to none": "sed -i '/^verify:/d' {path} && git commit -qam x",
    "and closes": "sed -i 's/^status: open/status: closed/' {path} && git commit -qam x",
    "by a second head": "printf -- '---\\nid: T-aaaaaa\\nverify: x\\n---\\n' > {path}",
    "and goes": "git rm -q {path} && git commit -qm x",
    "into another kind": "sed -i 's/^status:/kind: lesson\\nstatus:/' {path} && git commit -qam x",
}


@pytest.mark.parametrize("how", SWAPS)
def test_a_command_that_changes_its_own_task_closes_nothing(repo: Repository, how: str) -> None:
    text = SWAPS[how].format(path=PATH)
    claimed(repo, script(repo, "swap", text))
    told = close(repo, "--debt", "none")
    assert told.code in (1, 2, 4, 8) and told.problems[0]["what"]
    assert holders(repo) == ["ada"]
    verified = [row for row in repo.git("log", "-p").splitlines() if row.startswith("+found_by")]
    assert verified == []


def test_a_prediction_that_is_changed_while_the_command_runs_is_in_no_commit_of_the_close(
    repo: Repository,
) -> None:
    text = f"sed -i 's/^p:.*/p: 0.99/' {PATH}"
    claimed(repo, script(repo, "swap", text), expect="it works", p=0.5)
    told = close(repo)
    assert told.code == 1 and told.data["verdict"]["rewrote"] == [PATH]
    assert told.data["claim"]["released"] is False and untouched(repo)


def test_what_others_commit_while_the_command_runs_is_kept(repo: Repository) -> None:
    """The branch moves, and so does the task's own text: the close goes on top of both."""
    more = f"echo more >> {PATH} && git commit -qm theirs {PATH}"
    claimed(repo, script(repo, "theirs", f"{more}; echo x > code.py; git add code.py"))
    told = close(repo)
    assert told.code == 0 and told.data["verdict"]["rewrote"] == ["HEAD", "code.py", PATH]
    assert repo.git("log", "--format=%s", "-2").splitlines() == [
        f"swarm: close {T} — Work",
        "theirs",
    ]
    assert repo.git("show", f"HEAD:{PATH}").endswith("more\n")
    assert repo.git("status", "--short") == "A  code.py\n"


def test_a_merge_does_not_join_a_close_with_another_prediction() -> None:
    """One side closes by `pytest`, the other makes the command `true`: nobody ran that."""
    base = {"id": T, "status": "open", "verify": "pytest", "p": 0.5}
    ours = {**base, **BY_HAND}
    for change in ({"verify": "true"}, {"p": 0.9}, {"expect": "it works"}, {"verify": "pytest -x"}):
        sides = [document.compose(each, "X", "x") for each in (base, ours, {**base, **change})]
        for order in ((1, 2), (2, 1)):
            merged = merging.merge(sides[0], *(sides[at] for at in order))
            assert merged is None or merged.conflicts, change
    other = document.compose({**base, "tags": ["x"]}, "X", "x\n\nmore")
    merged = merging.merge(sides[0], sides[1], other)
    assert merged and not merged.conflicts and b"found_by: check" in merged.raw


# --- whose word counts for what ---

CASES = {  # said of a command that passed, failed, proved nothing; of none, with a debt
    "": (("confirmed", "check"), 7, 7, 2),
    "confirmed": (("confirmed", "check"), 7, 7, ("confirmed", "agent")),
    "falsified": (7, ("falsified", "check"), 7, ("falsified", "agent")),
    "partial": (("partial", "agent"), 7, 7, ("partial", "agent")),
    "null": (("null", "agent"), 7, 7, ("null", "agent")),
}
SHOWN = [Verdict("x", said, said, tree="abc") for said in (PASSED, FAILED, STOPPED)]


@pytest.mark.parametrize("word", CASES)
def test_a_word_may_say_less_than_a_command_showed_and_never_more(word: str) -> None:
    for verdict, expected in zip([*SHOWN, None], CASES[word], strict=True):
        keys = {"verify": "x"} if verdict else {}
        said = Word(word, "", debt="" if verdict else "no tool", who="agent")
        try:
            finding: Any = tuple(closure.decide(keys, said, verdict))
        except SwarmError as error:
            finding = error.exit_code
            assert error.remedy
        assert finding == expected, verdict


def test_closing_over_a_command_by_the_command_line(repo: Repository) -> None:
    claimed(repo, "false")
    for word in ("confirmed", "partial", "null"):
        told = close(repo, "--outcome", word, "--debt", "trust me")
        assert told.code == 7 and "failed (exit 1)" in told.problems[0]["what"]
        assert told.data["verdict"]["said"] == FAILED
    told = close(repo)
    assert told.code == 7 and "--outcome falsified" in told.problems[0]["remedy"]
    assert untouched(repo)
    told = close(repo, "--outcome", "falsified")
    assert told.code == 0 and told.data["record"]["found_by"] == "check"
    assert head(repo)["outcome"] == "falsified" and holders(repo) == []


def test_without_a_command_it_takes_an_outcome_and_a_debt(repo: Repository) -> None:
    claimed(repo)
    assert close(repo).code == 7
    told = close(repo, "--outcome", "confirmed")
    assert told.code == 7 and "--debt" in told.problems[0]["remedy"]
    assert close(repo, "--debt", "nobody can look").code == 2
    assert close(repo, "--outcome", "confirmed", "--debt", "  ").code == 7
    assert close(repo, "--outcome", "right", "--debt", "x").code == 2
    assert untouched(repo)
    told = close(repo, "--outcome", "confirmed", "--debt", "nobody can look")
    assert told.code == 0 and told.data["verdict"] is None
    keys = head(repo)
    assert keys["found_by"] == "agent" and keys["debt"] == "nobody can look"
    assert "checked" not in keys


def test_the_library_asks_for_them_as_well(repo: Repository) -> None:
    task(repo)
    board, record = loaded(repo)
    told = {"status": "closed", "outcome": "confirmed", "found_by": "agent"}
    for lacking in ({}, {"debt": "x", "outcome": ""}, {"debt": "x", "found_by": "somebody"}):
        with pytest.raises(gate.Rejected):
            amend.amend(board, record, told | lacking, amend.Signed("close", "ada"))
    passed = Verdict("true", PASSED, "passed", tree="abc")
    for more in ({}, {"checked": "abd"}):
        keys = told | {"verify": "true"} | more
        with pytest.raises(gate.Rejected, match="what its command was run on"):
            amend.amend(board, record, keys, amend.Signed("close", "ada", verdict=passed))
    assert amend.amend(board, record, told | {"debt": "x"}, amend.Signed("close", "ada")).commit
    board.close()


def test_what_a_head_says_beforehand_is_not_taken_for_a_check(repo: Repository) -> None:
    claimed(repo, checked="abc")
    told = close(repo, "--outcome", "confirmed", "--debt", "x")
    assert told.code == 8 and untouched(repo)


MEASURED = [
    ({"tests": ["B-1"]}, Word("confirmed"), True),
    ({"tests": ["B-1"]}, Word("null"), False),
    ({"confidence": "Measured"}, Word(), True),
    ({}, Word("confirmed", "446 of 480 failed"), True),
    ({}, Word("falsified", "it took 3.5 s"), True),
    ({}, Word("", "12% fewer"), True),
    ({}, Word("", "3/4 passed"), True),
    ({}, Word("partial", "n=48, no more"), True),
    ({}, Word("null", "0 of 3"), False),
    ({}, Word("confirmed", "it works"), False),
    ({}, Word("confirmed", "as L-601 says, python3 and v1.2.3 do since 2026-11-20"), False),
    ({}, Word("confirmed", "T-4tq0aa, utf-8 and #12 are done"), False),
]


@pytest.mark.parametrize(("keys", "word", "measured"), MEASURED)
def test_what_is_measured_needs_its_count_or_a_debt(
    keys: dict[str, Any], word: Word, measured: bool
) -> None:
    verify = {**keys, "verify": "x"}
    if measured:
        with pytest.raises(SwarmError, match="--n") as refused:
            closure.complete(verify, word)
        assert refused.value.exit_code == 2 and "--debt" in refused.value.remedy
    closure.complete(verify, word._replace(n=48))
    closure.complete(verify, word._replace(debt="nobody counted"))
    if not measured:
        closure.complete(verify, word)


def test_a_count_is_asked_for_before_a_command_is_run(repo: Repository) -> None:
    proof = repo.root.parent / "it-ran"
    claimed(repo, f"touch {proof}", tests=["B-zzzzz1"])
    assert close(repo).code == 2 and not proof.exists() and untouched(repo)
    for number in ("0", "-1", "many", "1.5"):
        assert close(repo, "--n", number).code == 2
    told = close(repo, "--n", "48", "--observed", "it\nheld")
    assert told.code == 0 and head(repo)["n"] == 48 and head(repo)["observed"] == "it\nheld"


# --- whose task it is ---


def test_only_a_live_lease_of_ones_own_closes(repo: Repository) -> None:
    task(repo, "true")
    ask(repo, "trust", T)
    told = close(repo)
    assert told.code == 6 and told.problems[0]["remedy"] == f"swarm claim {T}"
    ask(repo, "claim", T, "--ttl", "1h", SWARM_AGENT="bob")
    told = close(repo)
    assert told.code == 6 and "held by bob" in told.problems[0]["what"]
    ask(repo, "release", T, SWARM_AGENT="bob")
    assert close(repo).code == 6
    assert close(repo, SWARM_AGENT="bob").code == 6
    assert ask(repo, "claim", T, "--ttl", "1h", **ADA).code == 0
    assert close(repo, "--nonce", "0" * 32).code == 6
    with pytest.raises(desk.LeaseLost, match="its lease ended") as refused:
        call(repo, closes, T, at=2 * HOUR)
    assert refused.value.remedy == f"swarm renew {T}" and head(repo)["status"] == "open"
    call(repo, renews, T, at=2 * HOUR)
    assert call(repo, closes, T, at=2 * HOUR).exit_code == 0
    told = close(repo)
    assert told.code == 1 and "closed already" in told.problems[0]["what"]


@pytest.mark.parametrize("by", ["bob", "ada"])
def test_a_lease_that_is_lost_while_the_command_runs_closes_nothing(
    repo: Repository, by: str
) -> None:
    """It is taken over, or given back by the command itself."""
    swarm = f"{shlex.quote(sys.executable)} -m swarm"
    verb = f"SWARM_AGENT=ada {swarm} release {T}"
    if by == "bob":
        verb += f"; SWARM_AGENT=bob {swarm} claim {T}"
    claimed(repo, script(repo, "lose", verb))
    told = close(repo)
    assert told.code == 6 and head(repo)["status"] == "open"
    assert holders(repo) == (["bob"] if by == "bob" else [])


def test_the_claim_and_the_branch_move_in_one_transaction(repo: Repository) -> None:
    """A claim that moves between the look and the swap takes the close down with it."""
    claimed(repo, "true")
    board, record = loaded(repo)
    opened = desk.open_desk(board)
    judged = closing.judge(board, record, Word())
    lease, refs = desk.fence(opened, desk.Want(T))
    assert ask(repo, "renew", T, **ADA).code == 0
    with pytest.raises(SwarmError) as refused:
        closing.close(board, PATH, Word(), judged, closing.Right("ada", lease.token, refs))
    assert refused.value.exit_code == 6 and untouched(repo)
    assert repo.git("status", "--short") == ""
    assert close(repo).code == 0


def test_other_kinds_are_not_closed(repo: Repository) -> None:
    repo.write("tasks/F-aaaaaa-x.md", "---\nid: F-aaaaaa\nstatus: open\n---\n# Why?\n")
    repo.commit()
    ask(repo, "claim", "F-aaaaaa", **ADA)
    for verb in (["close", "F-aaaaaa"], ["expect", "F-aaaaaa", "x", "--p", ".5"]):
        assert ask(repo, *verb, **ADA).code == 2
    assert ask(repo, "close", "T-nobody", **ADA).code == 4


# --- what is written and told ---


def test_a_close_writes_its_keys_and_nothing_else(repo: Repository) -> None:
    start = b"\xef\xbb\xbf---\r\nid: T-aaaaaa  # ours\r\nstatus: open # soon\r\nverify: 'true'\r\n"
    repo.write(PATH, start + b"---\r\n# W")
    repo.commit()
    for verb in (["claim", T], ["trust", T]):
        assert ask(repo, *verb, **ADA).code == 0
    assert close(repo, "--observed", "so it is").code == 0
    after = (repo.root / PATH).read_bytes()
    assert after.startswith(start.replace(b"open", b"closed")) and after.endswith(b"\r\n---\r\n# W")
    assert after.count(b"\n") == after.count(b"\r\n")
    keys = document.read(after).keys()
    assert list(keys) == ["id", "status", "verify", "outcome", "observed", "found_by", "checked",
                          "concluded"]  # fmt: skip
    assert keys["concluded"].endswith("Z") and len(keys["checked"]) == 12
    trailers = repo.git("log", "-1", "--format=%(trailers:only,unfold)").split("\n")
    assert trailers[:3] == ["Swarm-Verb: close", "Swarm-Agent: ada", f"Swarm-Task: {T}"]
    assert repo.git("show", "--name-only", "--format=", "HEAD").split() == [PATH]


def test_a_header_block_stays_one_and_what_it_cannot_hold_is_refused(repo: Repository) -> None:
    repo.write(PATH, f"# Work\nId: {T} | Status: open | Verify: true\n\nText.\n")
    repo.commit()
    for verb in (["claim", T], ["trust", T]):
        assert ask(repo, *verb, **ADA).code == 0
    for words in ("a | Found by: check", "x |  | Debt: y"):
        told = close(repo, "--observed", words)
        assert told.code == 1 and "cannot hold `observed" in told.problems[0]["what"]
    assert untouched(repo) and close(repo, "--observed", "so it is").code == 0
    text = (repo.root / PATH).read_text()
    assert text.startswith(f"# Work\nId: {T} | Status: closed | Verify: true | Outcome: confirmed")
    assert head(repo)["found_by"] == "check" and text.endswith("\n\nText.\n")


def test_a_path_that_is_no_utf8_is_written_to_and_no_other(repo: Repository) -> None:
    path = b"tasks/T-aaaaaa-\xff.md".decode("utf-8", "surrogateescape")
    task(repo, "true", path=path)
    for verb in (["claim", T], ["trust", T]):
        assert ask(repo, *verb, **ADA).code == 0
    assert close(repo).code == 0
    assert repo.git("ls-files", "-z").split("\0") == [path, ""]
    assert repo.git("status", "--short") == ""


def test_a_task_that_is_in_no_commit_yet_is_closed_with_its_first(repo: Repository) -> None:
    repo.commit()
    ask(repo, "new", "task", "Work", "--set", f"id={T}", "--set", "verify=true", "--no-commit")
    ask(repo, "claim", T, **ADA)
    assert close(repo).code == 0 and closed_on(repo) == [T]
    assert repo.git("status", "--short") == ""


def test_what_is_told_has_one_shape(repo: Repository) -> None:
    claimed(repo, "true", tests=["B-zzzzz1"])
    refused = close(repo, "--n", "1", "--outcome", "falsified").data
    told = close(repo, "--n", "3", "--observed", "it holds").data
    assert list(refused) == list(told) == ["record", "verdict", "commit", "claim", "offers"]
    assert told["record"] == {
        "id": T, "kind": "task", "title": "Work", "path": PATH, "outcome": "confirmed",
        "found_by": "check",
    }  # fmt: skip
    assert set(told["verdict"]) == {"command", "said", "why", "tail", "tree", "rewrote"}
    assert told["commit"] == repo.git("rev-parse", "HEAD").strip()
    assert told["claim"]["released"] is True and told["claim"]["scope"] == "local"


def follow(repo: Repository, commands: str) -> subprocess.CompletedProcess[str]:
    """Do what a remedy says, as a person would who copies it."""
    text = commands.replace("swarm ", f"{shlex.quote(sys.executable)} -m swarm ")
    return subprocess.run(
        ["sh", "-c", text], cwd=repo.root, env=repo.environ | ADA | {"GIT_EDITOR": "true"},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_what_is_offered_can_be_done(repo: Repository) -> None:
    repo.write("beliefs/B-bbbbbb-x.md", "---\nid: B-bbbbbb\nstatus: enforced\n---\n# It holds\n")
    repo.write("beliefs/B-zzzzz1-y.md", "---\nid: B-zzzzz1\nstatus: enforced\n---\n# It lasts\n")
    tests = ["../beliefs/B-bbbbbb-x.md", "B-zzzzz1"]
    claimed(repo, "false", tests=tests)
    told = close(repo, "--outcome", "falsified", "--n", "3", "--observed", "-3 % don't")
    offers = told.data["offers"]
    assert len(offers) == 2
    for offer in offers:
        done = follow(repo, offer)
        assert done.returncode == 0, done.stderr
    challenge = ask(repo, "list", "challenge", "--json").data["records"][0]["id"]
    shown = ask(repo, "show", challenge, "--json").data["record"]
    assert shown["title"] == "-3 % don't" and shown["keys"]["cites"] == [T]
    doctor = ask(repo, "doctor", "--json").data
    assert "B-bbbbbb" not in json.dumps(doctor["placeholders"])

    claimed(repo, "true")
    (offer,) = close(repo, "--n", "3", "--observed", "it holds").data["offers"]
    done = follow(repo, offer)
    assert done.returncode == 0, done.stderr
    lesson = ask(repo, "list", "lesson", "--json").data["records"][0]["id"]
    keys = ask(repo, "show", lesson, "--json").data["record"]["keys"]
    assert keys["n"] == 3 and keys["confidence"] == "measured" and keys["cites"] == [T]


def at_a_terminal(repo: Repository, *arguments: str, **environ: str) -> int:
    """The exit code of a command whose input and output are a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "swarm", *arguments], cwd=repo.root, env=repo.environ | environ,
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    with contextlib.suppress(OSError):  # Linux says so when the other side has gone
        while os.read(leader, 4096):
            pass
    os.close(leader)
    return process.wait()


def test_a_person_is_somebody_at_a_terminal_that_no_harness_holds(repo: Repository) -> None:
    for harness, said in (("", "person"), ("1", "agent")):
        claimed(repo)
        word = ("close", T, "--outcome", "null", "--debt", "looked")
        more = {"TERM": "xterm", "CLAUDECODE": harness}
        nonce = json.loads(
            next((repo.root / ".git/swarm/state/claims").glob("*.json")).read_text()
        )["nonce"]
        assert at_a_terminal(repo, *word, "--nonce", nonce, **more) == 0
        assert head(repo)["found_by"] == said


def test_through_a_pipe_it_is_an_agents_word(repo: Repository) -> None:
    task(repo)
    pane = {"TERM": "xterm", "TMUX_PANE": "%1"}
    assert ask(repo, "claim", T, **pane).code == 0
    assert ask(repo, "close", T, "--outcome", "null", "--debt", "x", **pane).code == 0
    assert head(repo)["found_by"] == "agent"


def test_what_a_command_printed_is_told_and_not_kept(repo: Repository) -> None:
    """A finding is kept, and where it came from: no advice on the task is made of it."""
    claimed(repo, "printf a-word-that-%s-printed it")
    assert close(repo).data["verdict"]["tail"] == "a-word-that-it-printed"
    assert "a-word-that-it" not in (repo.root / PATH).read_text()
    assert "a-word-that-it" not in repo.git("log", "-p")
