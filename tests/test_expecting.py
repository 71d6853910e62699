"""A prediction is committed before the work, once, and a change of it is told to be late."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from ask import ask
from conftest import Repository
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs import ADA, PATH, T, head, task

from swarm import document, expecting, kinds, yamlhead
from swarm.errors import UsageError

SAYS = ("it works", "--p", "0.8")


def expect(repo: Repository, *arguments: str, code: int = 0) -> dict[str, object]:
    told = ask(repo, "expect", T, *arguments, "--json", **ADA)
    assert told.code == code, told.err
    return dict(told.data) if not code else dict(told.problems[0])


PROBABILITIES = {
    "0.8": 0.8, ".8": 0.8, "0.80": 0.8, "80%": 0.8, "80 %": 0.8, " 0.8 ": 0.8, "7%": 0.07,
    "12.5%": 0.125, "0.5%": 0.005, "0.000001": 0.000001, "0.999999": 0.999999,
}  # fmt: skip
NONE = [
    "0", "1", "0.0", "1.0", "0%", "100%", "1.2", "-0.5", "high", "nan", "inf", "", "0,8", "1e-3",
    "0x1", "½", "٠.٥", "0.8.1", "8/10", "0." + "9" * 40, "true",
]  # fmt: skip


def test_a_probability_leaves_room_to_be_wrong() -> None:
    for text, value in PROBABILITIES.items():
        assert expecting.probability(text) == value
    for text in NONE:
        with pytest.raises(UsageError) as refused:
            expecting.probability(text)
        assert "--p 0.8" in refused.value.remedy


@settings(deadline=None)
@given(st.floats(1e-6, 1 - 1e-6))
def test_whatever_is_taken_is_written_and_read_back_and_no_doctor_minds(value: float) -> None:
    text = f"{value:.12f}"
    p = expecting.probability(text)
    assert yamlhead.scalar(yamlhead.dump(p)) == p == float(text)
    legal, _ = kinds.LEGAL["p"]
    assert legal(p)


def test_without_a_probability_nothing_is_written(repo: Repository) -> None:
    task(repo)
    before = repo.git("rev-parse", "HEAD")
    for words in (["it works"], ["it works", "--p", "1.2"], [" ", "--p", "0.5"], ["--p", "0.5"]):
        assert ask(repo, "expect", T, *words, **ADA).code == 2
    assert repo.git("rev-parse", "HEAD") == before and repo.git("status", "--short") == ""


def test_it_is_committed_at_once_and_alone(repo: Repository) -> None:
    task(repo)
    repo.write("mine.txt", "x\n")
    repo.git("add", "mine.txt")
    told = expect(repo, "it  works\nwell", "--p", "0.8", "--verify", "make test")
    assert told["commit"] == repo.git("rev-parse", "HEAD").strip()
    assert told["changed"] == [] and list(told) == ["record", "commit", "changed"]
    keys = head(repo)
    assert keys["expect"] == "it works well" and keys["p"] == 0.8
    assert keys["verify"] == "make test" and keys["predicted"].endswith("Z")
    record = told["record"]
    assert isinstance(record, dict) and {"id": T, "path": PATH, "p": 0.8}.items() <= record.items()
    assert repo.git("show", "--name-only", "--format=", "HEAD").split() == [PATH]
    trailers = repo.git("log", "-1", "--format=%(trailers:only)").splitlines()
    assert trailers[:3] == ["Swarm-Verb: expect", "Swarm-Agent: ada", f"Swarm-Task: {T}"]
    assert repo.git("status", "--short") == "A  mine.txt\n"
    printed = ask(repo, "expect", T, *SAYS, **ADA).out.decode()
    assert printed == f"{T}  p 0.8: “it works”\n  shown by make test\n"


FORMS = {
    "plain": "---\nid: T-aaaaaa\nstatus: open\n---\n# W\n\nText.\n",
    "CRLF and a comment": "---\r\nid: T-aaaaaa # x\r\nstatus: open\r\n---\r\n# W\r\n\r\nText.\r\n",
    "a BOM and no last newline": "\ufeff---\nid: T-aaaaaa\nstatus: open\n---\n# W",
    "a header block": "# W\nId: T-aaaaaa | Status: open\n\nText.\n",
    "no head": "# T-aaaaaa: W\n\nText.\n",
    "braces": "--- {id: T-aaaaaa, status: open}\n---\n# W\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_its_keys_are_added_and_all_else_stays(repo: Repository, form: str) -> None:
    repo.write(PATH, FORMS[form])
    repo.commit()
    told = expect(repo, *SAYS, "--verify", "sh -c 'make && true'", "--tests", "B-zzzzz1")
    after = (repo.root / PATH).read_bytes()
    page = document.read(after)
    assert str(page.keys()["p"]) == "0.8" and page.keys()["verify"] == "sh -c 'make && true'"
    before = document.read(FORMS[form].encode())
    assert page.body == before.body and page.title == before.title
    added = list(page.keys())[len(before.keys()) :]
    assert added == ["expect", "p", "verify", "predicted", "predicted_by", "tests"]
    assert (b"\r\n" in after) == ("CRLF" in form)
    assert after.count(b"\n") == after.count(b"\r\n") or "CRLF" not in form
    assert after.startswith(b"\xef\xbb\xbf") == ("BOM" in form)
    again = expect(repo, *SAYS, "--verify", "sh -c 'make && true'", "--tests", "B-zzzzz1")
    assert again["commit"] == "" and again["changed"] == []
    assert (repo.root / PATH).read_bytes() == after
    assert told["commit"] == repo.git("rev-parse", "HEAD").strip()


def test_a_command_that_yaml_takes_for_no_word_is_the_same_command(repo: Repository) -> None:
    repo.write(PATH, f"---\nid: {T}\nstatus: open\nverify: true\n---\n# W\n")
    repo.commit()
    told = expect(repo, *SAYS, "--verify", "true")
    assert told["changed"] == [] and head(repo)["verify"] is True
    printed = ask(repo, "expect", T, *SAYS, **ADA)
    assert printed.code == 0 and b"shown by true" in printed.out


def test_a_header_block_that_cannot_hold_it_is_left_as_it_was(repo: Repository) -> None:
    repo.write(PATH, FORMS["a header block"])
    repo.commit()
    for words in (
        [*SAYS, "--verify", "sh -c 'a | b'"],
        [*SAYS, "--verify", "printf 'two  spaces'"],
        ["a | Status: closed", "--p", "0.8"],
    ):
        told = expect(repo, *words, code=1)
        assert "cannot hold" in str(told["what"]) and told["remedy"]
    assert (repo.root / PATH).read_text() == FORMS["a header block"]
    assert repo.git("status", "--short") == ""


def test_a_change_is_told_to_be_late_and_what_was_missing_is_not(repo: Repository) -> None:
    task(repo)
    assert expect(repo, *SAYS)["changed"] == []
    first = head(repo)["predicted"]
    assert expect(repo, *SAYS, "--verify", "true")["changed"] == []
    assert expect(repo, *SAYS, "--tests", "B-zzzzz1")["changed"] == []
    told = ask(repo, "expect", T, "it works", "--p", "0.9", "--json", **ADA)
    assert told.code == 0 and told.data["changed"] == ["p"]
    assert "(p): it is counted as late" in told.problems[0]["what"]
    told = ask(repo, "expect", T, "it fails", "--p", "0.2", "--verify", "false", **ADA)
    assert told.code == 0 and b"(expect, p, verify): it is counted as late" in told.err
    assert head(repo)["verify"] == "false" and head(repo)["predicted"] >= first
    rows = repo.git("log", "-p", "--format=", "--", PATH)
    assert "-p: 0.9" in rows and "+p: 0.2" in rows


def test_what_it_tests_may_be_yet_to_come_and_is_told_then(repo: Repository) -> None:
    repo.write("beliefs/B-bbbbbb-x.md", "---\nid: B-bbbbbb\nstatus: enforced\n---\n# It holds\n")
    repo.write("beliefs/B-bbbccc-x.md", "---\nid: B-bbbccc\nstatus: enforced\n---\n# So does it\n")
    task(repo)
    told = ask(repo, "expect", T, *SAYS, "--tests", "B-zzzzz1", "--json", **ADA)
    assert told.code == 0 and "nothing is called yet" in told.problems[0]["what"]
    told = ask(
        repo, "expect", T, *SAYS, "--tests", "B-bbbb", "--tests", "it holds", "--json", **ADA
    )
    assert told.code == 0 and told.problems == []
    assert head(repo)["tests"] == ["B-zzzzz1", "B-bbbbbb"]
    assert ask(repo, "expect", T, *SAYS, "--tests", "B-bbb", **ADA).code == 4
    assert ask(repo, "expect", T, *SAYS, "--tests", "no such thing", **ADA).code == 4


LINKS = {
    "tests: [../beliefs/B-bbbbbb-x.md]": ["../beliefs/B-bbbbbb-x.md", "B-zzzzz1"],
    "tests: ../beliefs/B-bbbbbb-x.md": ["/beliefs/B-bbbbbb-x.md", "B-zzzzz1"],
    "tests: B-bbbbbb, B-1": ["B-bbbbbb", "B-1", "B-zzzzz1"],
    "tests:\n- B-bbbbbb\n- B-1": ["B-bbbbbb", "B-1", "B-zzzzz1"],
}


@pytest.mark.parametrize("link", LINKS)
def test_what_it_tests_already_it_goes_on_to_test(repo: Repository, link: str) -> None:
    repo.write("beliefs/B-bbbbbb-x.md", "---\nid: B-bbbbbb\nstatus: enforced\n---\n# It holds\n")
    repo.write(PATH, f"---\nid: {T}\nstatus: open\n{link}\n---\n# Work\n")
    repo.commit()
    expect(repo, *SAYS, "--tests", "B-zzzzz1")
    assert head(repo)["tests"] == LINKS[link]
    shown = ask(repo, "show", "B-bbbbbb", "--json").data["record"]
    assert [(each["type"], each["id"]) for each in shown["linked_from"]] == [("tests", T)]


def test_a_command_that_is_none_is_refused_before_anything_is_written(repo: Repository) -> None:
    task(repo)
    before = repo.git("rev-parse", "HEAD")
    for command in ("a | b", "'x", "a\nb", "$HOME/x", "true " + "x " * 20_000):
        told = expect(repo, *SAYS, "--verify", command, code=2)
        assert told["remedy"]
    assert repo.git("rev-parse", "HEAD") == before and repo.git("status", "--short") == ""


def test_what_is_proposed_instead_of_shell_signs_works(repo: Repository) -> None:
    task(repo)
    told = expect(repo, *SAYS, "--verify", "echo 'it''s' | grep -q s && true", code=2)
    option, command = shlex.split(str(told["remedy"]))
    expect(repo, *SAYS, option, command)
    ask(repo, "claim", T, **ADA)
    assert ask(repo, "close", T, **ADA).code == 0


def test_where_it_cannot_be_committed_it_waits_and_is_said(repo: Repository) -> None:
    task(repo)
    (repo.root / ".git" / "rebase-merge").mkdir()
    told = ask(repo, "expect", T, *SAYS, "--verify", "true", "--json", **ADA)
    assert told.code == 1 and told.data["commit"] == ""
    assert "rebase" in told.problems[0]["what"] and "git add" in told.problems[0]["remedy"]
    assert repo.git("status", "--short") == f" M {PATH}\n"


def test_of_another_kind_or_of_nothing_nothing_is_expected(repo: Repository) -> None:
    repo.lesson("L-000001", "A lesson")
    task(repo, status="abandoned")
    assert ask(repo, "expect", "L-000001", *SAYS, **ADA).code == 2
    assert ask(repo, "expect", "T-nobody", *SAYS, **ADA).code == 4
    told = ask(repo, "expect", T, *SAYS, "--json", **ADA)
    assert told.code == 1 and "abandoned already" in told.problems[0]["what"]
    assert Path(repo.root / PATH).is_file()
