"""What a board prescribes: sentences as people write them, and what enforces each, by its word."""

from __future__ import annotations

from typing import Any

import pytest
from boards import run, told
from conftest import Repository
from hypothesis import given
from hypothesis import strategies as st

from swarm import prescribed


def texts(markdown: str) -> list[str]:
    return [each.text for each in prescribed.read(markdown.encode(), "SWARM.md")]


def found(repo: Repository) -> list[dict[str, Any]]:
    return list(told(repo, "check", "--prescriptions")["data"]["prescriptions"])


def belief(repo: Repository, name: str, head: str, text: str) -> None:
    keys = f"id: {name}\nevidence: seen\nfalsified_if: one must be lost\n{head}"
    repo.write(f"beliefs/{name}-one.md", f"---\n{keys}\n---\n# It is one\n\n{text}\n")


@pytest.mark.parametrize(
    "sentence",
    [
        "You must orient first.",
        "A writer must not wait.",
        "It mustn't wait.",
        "It mustn’t wait.",
        "NEVER push to main.",
        "Always look twice.",
        "No file shall be changed.",
        "Do not push.",
        "Don't push.",
        "Don’t push.",
        "Correct, don't delete.",
        "Look, and do not touch.",
        "It may not be moved.",
        "It may only be moved by a person.",
        "A test has to pass.",
        "Pushing is forbidden.",
        "You **must** look.",
        "You _must_ look.",
    ],
)
def test_what_prescribes(sentence: str) -> None:
    bare = sentence.replace("*", "").replace("_", "")
    assert texts(f"First. {sentence} Last one.") == [bare]


@pytest.mark.parametrize(
    "text",
    [
        "They do not say the same.",
        "It may be so.",
        "This is a must-have, and mustard is none.",
        "Run `git push must never`.",
        "    you must indent code",
        "```\nyou must fence it\n```",
        "~~~ must\nnever\n~~~",
        "<!-- you must not see this -->",
        "<b title='must'>bold</b>",
        'He says "you must never" and goes.',
        "He says “you must never” and goes.",
        "[a link](must.md)",
        "![you must see](picture.png)",
        "[must]: never.md",
        "",
        "---\n",
    ],
)
def test_what_does_not(text: str) -> None:
    assert texts(text) == []


def test_sentences_are_told_as_they_stand_each_with_its_line() -> None:
    text = (
        "# Never alone\n\nOne is free. Two must\nbe bound, e.g. this one. "
        "Version 1.2 must hold!\n\n"
        "- an item must\n  go on\n- free\n\n> a quote must stand\n> to its end\n\n"
        "| what | rule |\n|---|---|\n| one | never two |\n| three | `must` |\n\nIt must end"
    )
    told_of = [(each.line, each.text) for each in prescribed.read(text.encode(), "SWARM.md")]
    assert told_of == [
        (1, "Never alone"),
        (3, "Two must be bound, e.g. this one."),
        (4, "Version 1.2 must hold!"),
        (6, "an item must go on"),
        (10, "a quote must stand to its end"),
        (15, "never two"),
        (18, "It must end"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_head_is_read_as_keys(end: str) -> None:
    head = """--- | id: B-1 | statement: It must hold. | falsified_if: it must fail | forbidden:
        |  - Never do it | --- | # It is so || It always holds.""".split("|")
    head = [f" {line.strip()}" if "- N" in line else line.strip() for line in head]
    told_of = prescribed.read(end.join(head).encode(), "beliefs/B-1.md")
    assert [(each.line, each.text) for each in told_of] == [
        (3, "It must hold."), (5, "Never do it"), (10, "It always holds."),
    ]  # fmt: skip


def test_an_older_spelling_of_a_head_is_read_too() -> None:
    text = "# B-1: It is so\nStatus: enforced | Evidence: it must be seen\n\nIt must hold.\n"
    told_of = prescribed.read(text.encode(), "beliefs/B-1.md")
    assert [(each.line, each.text) for each in told_of] == [(4, "It must hold.")]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("It must hold (rule: a).", [("rule", "a")]),
        ("It must hold. (rule: a)", [("rule", "a")]),
        ("It must hold. (rule: `a`, b) More.", [("rule", "a"), ("rule", "b")]),
        ("It must hold. (exit 6) (rule: a)", [("exit", "6"), ("rule", "a")]),
        ("It must hold. (guard: a)\nMore.", [("guard", "a")]),
        ("It must hold. [[B-1]]", [("belief", "B-1")]),
        ("It must hold. [[B-1|so]].", [("belief", "B-1")]),
        ("It must hold (B-1).", [("belief", "B-1")]),
        ("It must hold. [a test](tests/a.py)", [("link", "tests/a.py")]),
        ("It must hold ([a test](tests/a.py)).", [("link", "tests/a.py")]),
        ("You must read [it](README.md) first.", []),  # what one is to do with it
        ("B-1 must hold.", []),
        ("It must hold. B-1 says so.", []),
        ("It must hold (as a rule: a).", []),
        ("It must hold (rule of thumb).", []),
        ("It must hold. (rule of thumb) More.", []),
        ("It must hold (test the limits).", []),
        ("It must hold, as in `(rule: a)`.", []),
        ("It must hold (test: `tests/a.py`, `b`).", [("test", "tests/a.py"), ("test", "b")]),
    ],
)
def test_what_is_said_to_enforce_a_sentence(text: str, marks: list[tuple[str, str]]) -> None:
    (one,) = prescribed.read(text.encode(), "SWARM.md")
    assert [tuple(each) for each in one.marks] == marks


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + 1
    for each in prescribed.read(text.encode("utf-8", "replace"), "SWARM.md"):
        assert each.text and 1 <= each.line <= lines


HOSTILE = ("[", "(", "(rule ", ", ", ". ", "..", '"', "“", "A. ", "B-1 ", "[[a", "*", "[](b)", "`a",
           "must. ", "must [](b) ", "e.g. ", ",", " ", "B-A", "(rule: a) ", "[a][", "must B-1. ",
           "<!-- ", "|a", "\\", "&amp;", "don't ", "and  ", "[[a]]")  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_paragraph_of_one_thing_over_and_over_comes_to_an_end(piece: str) -> None:
    """Nobody would wait for a reader that goes back over what it has read."""
    text = f"never {piece * 4_000} x.\n\nIt must end.\n"
    found = prescribed.read(text.encode(), "SWARM.md")
    assert found[-1].text in ("It must end.", found[0].text)


@given(st.sampled_from(["must", "never"]), st.sampled_from(["`{}`", "```\n{}\n```", "    {}"]))
def test_code_is_never_prose(word: str, form: str) -> None:
    assert texts(form.format(f"you {word} do it")) == []


# --- whether anything enforces it ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "by"),
    [
        ("(rule: duplicate)", ["rule duplicate"]),
        ("(rule: edges-exist)", []),  # which is off
        ("(rule: nonsense)", []),
        ("(exit 6)", ["exit 6"]),
        ("(exit 0)", []),
        ("(exit 77)", []),
        ("(guard: run)", ["tools/guards/run"]),
        ("(guard: plain)", []),
        ("(guard: ../../outside)", []),
        ("(test: tests/test_one.py::test_it)", ["tests/test_one.py::test_it"]),
        ("(test: tests/test_one.py::test_gone)", []),
        ("[[B-1]]", ["B-1"]),
        ("[[B-2]]", []),
        ("[[B-9]]", []),
        ("[it](beliefs/B-1-one.md)", ["beliefs/B-1-one.md"]),
        ("[it](tests/test_one.py)", ["tests/test_one.py"]),
        ("[it](README.md)", []),
        ("[it](tests/test_one.py%00)", []),
        ("[it](tests%0A/test_one.py)", []),
        ("[it](https://example.org/test_x.py)", []),
        ("(exit 6) (rule: nonsense)", []),  # half of it is wrong
        ("", []),
    ],
)
def test_a_sentence_is_enforced_by_what_it_names(
    repo: Repository, mark: str, by: list[str]
) -> None:
    repo.write("tests/test_one.py", "def test_it(): pass\n")
    repo.write("tools/guards/plain", "")
    repo.write("tools/guards/run", "#!/bin/sh\nexit 0\n").chmod(0o755)
    repo.write("README.md", "# Read me\n")
    repo.write("swarm.toml", '[oracle]\nedges-exist = "off"\n')
    belief(repo, "B-1", "status: enforced\nenforced_by: tests/test_one.py", "It is so.")
    belief(repo, "B-2", "status: aspirational", "It is so.")
    repo.write("SWARM.md", f"# How\n\nIt must hold. {mark}\n")
    (one,) = found(repo)
    assert one["by"] == by
    assert one["enforced"] == bool(by) != bool(one["why"])


@pytest.mark.parametrize(
    ("head", "enforced"),
    [
        ("status: enforced\nenforced_by: tests/test_one.py", True),
        ("status: enforced\nenforced_by: tests/test_gone.py", False),
        ("status: enforced", False),
        ("status: aspirational\nenforced_by: tests/test_one.py", False),
    ],
)
def test_a_sentence_of_a_belief_is_enforced_by_what_enforces_that(
    repo: Repository, head: str, enforced: bool
) -> None:
    repo.write("tests/test_one.py", "def test_it(): ...\n")
    belief(repo, "B-1", head, "It must hold.")
    (one,) = found(repo)
    assert (one["path"], one["enforced"]) == ("beliefs/B-1-one.md", enforced)


def test_the_counts_are_told_and_nothing_is_judged(repo: Repository) -> None:
    repo.write("SWARM.md", "# How\n\nIt must. (exit 6) Never. Always.\n")
    repo.write("beliefs/MISSION.md", "# Mission\n\nNever lie.\n")
    repo.write("beliefs/challenges/C-1.md", "---\nid: C-1\n---\n# It must not\n")
    data = told(repo, "check", "--prescriptions")["data"]
    assert (data["enforced"], data["aspirational"]) == (1, 3)
    assert {each["path"] for each in data["prescriptions"]} == {"SWARM.md", "beliefs/MISSION.md"}
    code, out, _ = run(repo, "check", "--prescriptions")
    assert code == 0 and out.endswith("1 enforced, 3 aspirational\n")
    assert "aspirational SWARM.md:3: “Never.”" in out


def test_a_bare_repository_is_read_at_its_head(repo: Repository) -> None:
    repo.write("SWARM.md", "# How\n\nIt must. [it](tests/test_one.py)\n")
    repo.write("tests/test_one.py", "def test_it(): ...\n")
    repo.commit()
    repo.git("clone", "-q", "--bare", ".", "../bare.git")
    code, out, _ = run(repo, "check", "--prescriptions", "-C", "../bare.git")
    assert code == 0 and out.startswith("enforced SWARM.md:3")


def test_nothing_there_is_nothing_prescribed(repo: Repository) -> None:
    assert run(repo, "check", "--prescriptions")[1] == "0 enforced, 0 aspirational\n"


@pytest.mark.parametrize("other", [["--staged"], ["--range", "HEAD"], ["x.md"]])
def test_it_is_a_question_of_its_own(repo: Repository, other: list[str]) -> None:
    told(repo, "check", "--prescriptions", *other, code=2)


@pytest.mark.parametrize("raw", [b"\x00must", b"\xff\xfem", b"must " * 500_000])
def test_a_protocol_that_cannot_be_read_is_no_end_of_it(repo: Repository, raw: bytes) -> None:
    repo.write("SWARM.md", raw)
    belief(repo, "B-1", "status: aspirational", "It must hold.")
    answer = told(repo, "check", "--prescriptions", code=1)
    assert [each["path"] for each in answer["data"]["prescriptions"]] == ["beliefs/B-1-one.md"]
    assert [each["path"] for each in answer["problems"]] == ["SWARM.md"]
    assert "error SWARM.md" in run(repo, "check", "--prescriptions")[1]
