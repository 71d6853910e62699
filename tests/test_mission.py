"""A mission says what it must, or is told line by line what it lacks; orient says what counts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ask import Told, ask
from boards import dump, rebuilt
from conftest import Repository, tree_bytes
from hypothesis import example, given
from hypothesis import strategies as st
from judging import belief
from test_architecture import MAY_ORIENT, imported_by

from swarm import layout, manifest, mission
from swarm.records import MISSION, Problem

WHOLE = """\
---
bounds: {trail: [0.5, 2.0]}
---
# What this board is for

## Real artifact

A wheel that strangers install.

## Invariants

- I-1: Reading never writes. Verifier: `python -m pytest tests/test_reads.py::test_reads`
- **I-2** — no record is lost, checked by tools/guards/kept
- I-3. The cache equals a rebuild (verified by `swarm doctor --rebuild`)
  however it came about.

## Value criterion

Answers that were acted on, per hour.

Penalties: one for every answer that was wrong.

## Realism axes

Disk, network, writers at once.

## Feedback channels

CI, on each push; strangers, weekly.

## Forbidden shortcuts

Mocks of git.

## Rollback policy

git revert of the merge, by whoever sees it first.

## Learning side-channel

- tactical: a lesson
- target: a frontier
- invariant: a person is asked

## Stopping condition

Two benches that show nothing new. Evidence: both tables.

- [ ] I-1 holds at 16 writers
- [x] `python -m pytest tests/test_reads.py`
"""
HERE = {
    "tests": "040000", "tests/test_reads.py": "100644", "tools/guards/kept": "100755",
    "tools/guards/asleep": "100644", "tests/café_test.py": "100644",
}  # fmt: skip
ENFORCED = {"b-enf111": ("tests/test_reads.py",), "b-gone11": ("tests/test_gone.py",)}


class Files:
    """A tree in which these files are."""

    def mode(self, path: str) -> str:
        return HERE.get(path, "")

    def raw(self, path: str) -> bytes | None:
        return b"class TestReads:\n    def test_reads(): ...\n" if path in HERE else None


def problems(text: str) -> list[Problem]:
    return list(manifest.problems(text, Files(), ENFORCED))


def told(text: str) -> list[str]:
    return [each.what for each in problems(text)]


def test_a_whole_mission_lacks_nothing() -> None:
    assert told(WHOLE) == []
    read = manifest.read(WHOLE, {})
    assert [(each.id, each.line) for each in read.invariants] == [
        ("I-1", 12), ("I-2", 13), ("I-3", 14),
    ]  # fmt: skip
    assert [each.verifiers for each in read.invariants] == [
        ("python -m pytest tests/test_reads.py::test_reads",), ("tools/guards/kept",),
        ("swarm doctor --rebuild",),
    ]  # fmt: skip
    assert read.value == "Answers that were acted on, per hour."


# --- what is missing, and what is empty ---


def section(name: str) -> str:
    """A section of the whole mission, heading and all."""
    found = re.search(rf"## {name}\n.*?(?=^## |\Z)", WHOLE, re.DOTALL | re.MULTILINE)
    assert found
    return found[0]


NAMES = [part.name for part in mission.PARTS]
BOXES = "- [ ] I-1 holds at 16 writers\n- [x] `python -m pytest tests/test_reads.py`\n"
EMPTY = [
    "", "todo", "TODO", "TBD.", "n/a", "N/A", "…", "...", "—", "<what is there>", "None.",
    "- tbd\n- n/a", "to be determined", "<!-- a wheel -->", "lorem ipsum dolor sit amet",
    "Not applicable.", "See above.", "ok", "We do not know yet.", "I don't know", "Same as above",
    "?", "**TODO**", "| | |\n|---|---|", "- <one>\n- <two>", "fixme: fill this in later", "\u200b",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_section_that_is_missing_is_named(name: str) -> None:
    found = problems(WHOLE.replace(section(name), "") + BOXES)
    assert (f"it has no section `{name}`", f"add `## {name}`") in [
        (each.what, each.remedy.partition(":")[0]) for each in found
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", EMPTY)
def test_a_section_of_empty_words_says_nothing(name: str, text: str) -> None:
    hollow = WHOLE.replace(section(name), f"## {name}\n\n{text}\n\n")
    line = hollow[: hollow.index(f"## {name}")].count("\n") + 1
    assert (f"`{name}` says nothing yet", line) in [
        (each.what, each.line) for each in problems(hollow)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_section_that_only_repeats_its_heading_says_nothing(name: str) -> None:
    hollow = WHOLE.replace(section(name), f"## {name}\n\nThe {name.upper()} is the {name}.\n\n")
    assert f"`{name}` says nothing yet" in told(hollow)


@pytest.mark.parametrize("part", mission.PARTS, ids=NAMES)
def test_a_question_is_no_answer_to_itself(part: mission.Part) -> None:
    found = told(WHOLE.replace(section(part.name), f"## {part.name}\n\n{part.asks}.\n\n"))
    is_list = part.name == mission.INVARIANTS
    assert ("no invariant has an id" if is_list else f"`{part.name}` says nothing yet") in found


LABELS = {
    "no penalties": ("Penalties: one for every answer that was wrong.", "", "penalties"),
    "empty penalties": ("one for every answer that was wrong", "tbd", "penalties"),
    "no evidence": ("Evidence: both tables.", "", "evidence"),
    "empty evidence": ("Evidence: both tables.", "Evidence: <which>", "evidence"),
    "no tactical": ("- tactical: a lesson\n", "", "tactical"),
    "empty target": ("- target: a frontier", "- target: …", "target"),
    "empty invariant": ("- invariant: a person is asked", "- invariant: n/a", "invariant"),
}  # fmt: skip


@pytest.mark.parametrize("row", LABELS.values(), ids=list(LABELS))
def test_a_section_without_what_belongs_into_it_is_told(row: tuple[str, str, str]) -> None:
    old, new, label = row
    text = WHOLE.replace(old, new).replace(BOXES, "")
    (found,) = problems(text)
    assert found.what.endswith(f"does not say its {label}")
    assert found.remedy.startswith("add a line")


def test_a_section_that_stands_twice_is_told() -> None:
    (found,) = problems(WHOLE + "\n## Rollback policy\n\nAnother one.\n")
    assert "stands 2 times, first in line" in found.what and found.line > 40


# --- invariants and their verifiers ---

ONE = "- I-1: Reading never writes. Verifier: `python -m pytest tests/test_reads.py::test_reads`"
INVARIANTS: dict[str, tuple[str, str]] = {
    # in the first one's place; what is said of it, or nothing
    "a test's path": ("- I-1: Reads write nothing: tests/test_reads.py", ""),
    "a test in a file": ("- I-1: No writes: tests/test_reads.py::TestReads::test_reads", ""),
    "a test with a parameter": ("- I-1: Reads: `pytest tests/test_reads.py::test_reads[a b]`", ""),
    "a folder of tests": ("- I-1: Reads write nothing. Verifier: `pytest tests/`", ""),
    "a command of one word": ("- I-1: Reads write nothing. Verifier: `make`", ""),
    "a command that names no file": ("- I-1: Reads. Verified by `go test ./... -run a/b`", ""),
    "a file that is not the repository's": ("- I-1: Reads. Verified by `/usr/bin/time true`", ""),
    "in a numbered list": ("1. I-1: Reads write nothing, verified by `make reads`", ""),
    "in a table": ("| I-1 | Reads write nothing | `make reads` |", ""),
    "under a heading": ("### I-1 Reads write nothing\n\nNever.\n\n- Verifier: `make reads`\n", ""),
    "over several lines": ("- I-1: Reads write\n  nothing.\n\n  Verifier:\n  `make reads`", ""),
    "with another at the start of a line": (
        "- I-1: None writes, unless\n  I-2 is broken. Verifier: `make reads`", ""
    ),
    "as paragraphs": ("I-1: None writes.\nVerifier: `make reads`\n", ""),
    "in a box": ("- [ ] I-1: Reads write nothing. Verifier: `make reads`", ""),
    "under a heading that says so": ("### Invariant I-1: no write\n\nVerifier: `make`\n", ""),
    "under two headings": ("### Invariants of reads\n\n- I-1: No write. Verifier: `make`\n", ""),
    "in another alphabet": ("- И-1: Чтение ничего не пишет. Verifier: `make reads`", ""),
    "named like a record": ("- B-nvr111: Reads write nothing; verified by `make reads`", ""),
    "an enforced belief": ("- B-enf111: Reading writes nothing.", ""),
    "one that nothing enforces any more": ("- B-gone11: Reads write nothing.", "not here"),
    "one that is not enforced": ("- B-asp111: Reads write nothing.", "B-asp111 names nothing"),
    "a file with another alphabet's name": ("- I-1: Reads: tests/café_test.py", ""),
    "no verifier": ("- I-1: Reading never writes.", "I-1 names nothing that verifies it"),
    "a word in quotes is none": ("- I-1: `orient` never writes.", "I-1 names nothing"),
    "a verifier to be filled in": ("- I-1: It holds. Verifier: `<command>`", "I-1 names nothing"),
    "an empty verifier": ("- I-1: It holds. Verifier: tbd", "I-1 names nothing"),
    "nothing but a verifier": ("- I-1: Verifier: `make reads`", "I-1 says nothing yet"),
    "a hole": ("- I-1: <what holds>. Verifier: `make reads`", "I-1 says nothing yet"),
    "no id": ("- Reads write nothing. Verifier: `make reads`", "an invariant without an id"),
    "a word that is no id": ("- Read-only is kept. Verifier: `make reads`", "without an id"),
    "an id twice": (f"{ONE}\n- i-1: Also. Verifier: `make reads`".replace("- i-1", "- I-1"),
                    "I-1 stands 2 times, first in line 12"),
    "what is asked of it": (
        "- I-1: what always holds. Verifier: `make reads`", "I-1 says nothing yet"
    ),
    "a verifier that always passes": ("- I-1: None writes. Verifier: `true`", "I-1 names nothing"),
    "one that does nothing": ("- I-1: None writes. Verifier: `:`", "I-1 names nothing"),
    "one that only talks": ("- I-1: None writes. Verified by `echo ok`", "I-1 names nothing"),
    "one with a path that always passes": ("- I-1: None: `/bin/true x`", "I-1 names nothing"),
    "a verifier nobody knows": ("- I-1: None writes. Verifier: `no idea`", "I-1 names nothing"),
    "a verifier that is only promised": (
        "- I-1: Reads. It is unverified. We will add `a command` later", "I-1 names nothing"
    ),
    "one that is not verified yet": (
        "- I-1: Reads write nothing. Not verified: `make reads` some day", "I-1 names nothing"
    ),
    "one that is to be verified": (
        "- I-1: No write; to be verified. `make reads`", "I-1 names nothing"
    ),
    "a word that begins in the middle": (
        "- I-1: Unverified claims go. Verifier: `make reads`", ""
    ),
    "a range of commits": (
        "- I-1: Reads. Verifier: `git diff --exit-code origin/main..HEAD`", ""
    ),
    "a range of a branch of tests": (
        "- I-1: Reads. Verifier: `swarm check --range origin/tests/x..HEAD`", ""
    ),
    "an image": ("- I-1: Reads. Verifier: `docker run org/image:1.2 verify`", ""),
    "what comes of a build": ("- I-1: Reads. Verifier: `test -e build/out.bin`", ""),
    "what is to be built": ("- I-1: Reads. Verifier: `make build/app.o`", ""),
    "a package of its own scope": ("- I-1: Reads. Verifier: `npx @scope/tests/tool.js`", ""),
    "an expression": ('- I-1: Reads. Verifier: `pytest -k "a/b.c"`', ""),
    "a program that is not there": ("- I-1: Reads. Verifier: `tools/gone --all`", "tools/gone"),
    "a script that Python is to run": (
        "- I-1: Reads. Verifier: `env A=1 python3 -u tools/gone.py x/y.z`", "tools/gone.py"
    ),
    "a text that Python is to run": ("- I-1: Reads. Verifier: `python -c a/b.c`", ""),
    "a test that is not there": ("- I-1: Reads: `pytest tests/test_gone.py`", "which is not here"),
    "a test that is not in its file": (
        "- I-1: Reads: tests/test_reads.py::test_gone", "tests/test_reads.py holds no test_gone"
    ),
    "a script that is not there": ("- I-1: Reads. Verifier: `sh tools/gone.sh`", "tools/gone.sh"),
    "a guard that is not there": ("- I-1: Reads: tools/guards/gone", "which is not here"),
    "a guard that is not executable": ("- I-1: Reads: tools/guards/asleep", "not executable"),
}  # fmt: skip


@pytest.mark.parametrize(("item", "what"), INVARIANTS.values(), ids=list(INVARIANTS))
def test_an_invariant_has_an_id_and_a_verifier_that_is_there(item: str, what: str) -> None:
    text = WHOLE.replace(ONE, item).replace("- [ ] I-1 holds at 16 writers\n", "")
    found = problems(text)
    assert len(found) == bool(what), found
    for each in found:
        assert what in each.what
        assert each.line in (12, 13) and each.path == MISSION and each.remedy


def test_a_mission_whose_invariants_are_prose_has_none() -> None:
    text = WHOLE.replace(section("Invariants"), "## Invariants\n\nNothing is ever lost.\n\n")
    assert "no invariant has an id" in told(text)


BOX: dict[str, tuple[str, bool]] = {
    "an invariant": ("- [ ] see I-2 again", True),
    "an invariant in small letters": ("* [ ] i-2", True),
    "a command": ("- [ ] `make bench`", True),
    "a test": ("1. [x] tests/test_reads.py passes", True),
    "a guard": ("- [X] tools/guards/kept", True),
    "on its next line": ("- [ ] shown\n      by `make bench`", True),
    "in code": ("```\n- [ ] as an example\n```", True),
    "in a comment": ("<!--\n- [ ] as an example\n-->", True),
    "a list that is no checklist": ("- [a] link\n- [](x)", True),
    "nothing": ("- [ ] do the thing", False),
    "a word in quotes": ("- [ ] `orient` is quick", False),
    "an invariant that there is not": ("- [ ] I-9 holds", False),
    "nothing, and done": ("- [x] did the thing", False),
    "deeper": ("- I-1:\n    - [ ] do the thing", False),
}


@pytest.mark.parametrize(("item", "tied"), BOX.values(), ids=list(BOX))
def test_an_entry_of_a_checklist_is_tied_to_something(item: str, tied: bool) -> None:
    found = told(f"{WHOLE}\n{item}\n")
    assert len(found) == (not tied), found
    assert all("tied to no invariant and no verifier" in each for each in found)


def test_an_entry_that_names_what_is_not_here_is_told() -> None:
    (found,) = problems(f"{WHOLE}- [ ] tests/test_gone.py\n")
    assert "tests/test_gone.py, which is not here" in found.what
    assert found.line == WHOLE.count("\n") + 1


# --- however it is written ---


def deeper(text: str) -> str:
    return re.sub(r"^##? ", "#### ", text, flags=re.MULTILINE)


def underlined(text: str) -> str:
    def line(found: re.Match[str]) -> str:
        return f"{found[1]}\n{'-' * len(found[1])}"

    return re.sub(r"^## (.*)$", line, text, flags=re.MULTILINE)


def translated(text: str) -> str:
    for english, other in {
        "## Real artifact": "## Настоящий артефакт (real artifact)",
        "## Value criterion": "## 価値基準 (value criterion)",
        "## Realism axes": "## Άξονες ρεαλισμού — realism axes",
        "## Feedback channels": "## قنوات: feedback channels",
        "## Rollback policy": "## מדיניות / rollback policy",
        "A wheel that strangers install.": "Колесо, которое ставят чужие.",
        "Answers that were acted on, per hour.": "一時間あたりの役に立った答え。",
        "Disk, network, writers at once.": "δίσκος, δίκτυο",
        "CI, on each push; strangers, weekly.": "عند كل دفعة",
        "git revert of the merge, by whoever sees it first.": "מי שרואה ראשון",
        "Mocks of git.": "गिट की नकल",
    }.items():
        text = text.replace(english, other)
    return text


WAYS = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "old Mac": lambda text: text.replace("\n", "\r"),
    "a byte order mark": lambda text: f"\ufeff{text}",
    "no head": lambda text: text.partition("---\n# ")[2].join(("# ", "")),
    "all on one level": lambda text: text.replace("\n## ", "\n# "),
    "deeper": deeper,
    "in capitals": lambda text: re.sub(r"(?m)^## .*$", lambda found: found[0].upper(), text),
    "numbered": lambda text: re.sub(r"^## ", "## 3. ", text, flags=re.MULTILINE),
    "emphasised": lambda text: re.sub(r"^## (.*)$", r"## **\1** ##", text, flags=re.MULTILINE),
    "underlined": underlined,
    "in six alphabets": translated,
    "without a last line end": lambda text: text.rstrip("\n"),
    "for short": lambda text: re.sub(r"(?m)^## (?:Real |Forbidden )?(\w+).*", r"## \1", text),
    "with code that looks like it": lambda text: text.replace(
        "Mocks of git.", "Mocks of git.\n\n```md\n## Real artifact\n\ntodo\n```\n"),
    "with a comment that looks like it": lambda text: text.replace(
        "Mocks of git.", "Mocks of git.\n\n<!--\n## Real artifact\n\ntodo\n-->\n"),
    "with headings of its own": lambda text: text.replace(
        "Mocks of git.", "Mocks of git.\n\n### And why\n\nThey lie.\n"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_whole_mission_is_whole_however_it_is_written(way: Any) -> None:
    text = way(WHOLE)
    assert text != WHOLE and told(text) == []
    assert manifest.read(text, {}).value in (
        "Answers that were acted on, per hour.", "一時間あたりの役に立った答え。",
    )  # fmt: skip
    assert len(manifest.read(text, {}).invariants) == 3


LONG = 100_000  # of these many are told in no time, or a way was found to be told for ever
HOSTILE = {
    "headings": "## Invariants\n" * (LONG // 14),
    "headings below one": "# Invariants\n" + "###### x\n" * (LONG // 9),
    "one invariant": "## Invariants\n" + "- I-1: It holds. Verifier: `make`\n" * (LONG // 34),
    "one heading": f"# {'value ' * (LONG // 6)}\n",
    "one word": "## Invariants\n- I-1 " + "x" * LONG,
    "one path": "## Invariants\n- I-1 " + "a/" * (LONG // 2) + "test_x.py",
    "ticks": "## Invariants\n- I-1 " + "`a``b" * (LONG // 5),
    "more ticks": "## Invariants\n- I-1 " + "`" * LONG,
    "fences": "```\n~~~\n" * (LONG // 8),
    "comments": "<!-- " * (LONG // 5),
    "holes": "## Value criterion\n" + "<" * LONG,
    "open holes": "## Value criterion\n" + "<a@" * (LONG // 3),
    "boxes": "- [ ] x\n" * (LONG // 8),
    "indents": " " * LONG + "- [ ] x",
    "underlines": "value\n---\n" * (LONG // 10),
    "long underlines": "-" * LONG + "x",
    "a head that never ends": "---\n" + "a: b\n" * (LONG // 5),
    "labels": "## Learning\n" + "tactical target " * (LONG // 16),
    "dots": "## Invariants\n- I-1 " + "a.b," * (LONG // 4),
    "ids": "## Invariants\n- " + "I-1" * (LONG // 3),
    "nothing": "",
    "line ends": "\r\n" * (LONG // 2),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_mission_is_told_what_it_lacks(text: str) -> None:
    found = problems(text)
    assert "it has no section `Rollback policy`" in [each.what for each in found]
    assert all(each.line >= 1 and len(each.what) < 500 for each in found)


@given(st.text(alphabet="#-*`<>!|\n\r \t[]x.:/_=~aIV-1", max_size=200))
@example("## Invariants\n- I-1: `a")
@example("---\n")
def test_anything_is_read_as_some_mission(text: str) -> None:
    found = problems(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert found and all(1 <= each.line <= lines for each in found)
    assert all(each.text in text.replace("\r\n", "\n").replace("\r", "\n")
               for each in mission.sections(text))  # fmt: skip


# --- the verb ---


def check(repo: Repository, *more: str) -> Told:
    return ask(repo, "mission", "check", "--json", *more)


@pytest.fixture
def board(repo: Repository) -> Repository:
    repo.write("tests/test_reads.py", "def test_reads(): ...\n")
    repo.write("tools/guards/kept", "#!/bin/sh\n").chmod(0o755)
    repo.write(MISSION, WHOLE)
    repo.commit()
    return repo


def test_init_writes_what_is_to_be_filled_in_and_check_says_so(repo: Repository) -> None:
    repo.commit()
    told_of = ask(repo, "mission", "init", "--json")
    assert (told_of.code, told_of.data) == (0, {"written": [MISSION], "kept": []})
    done = check(repo)
    assert done.code == 1
    hollow = {each["what"] for each in done.problems}
    assert hollow == {
        *(f"`{name}` says nothing yet" for name in NAMES if name != "Invariants"),
        "I-1 says nothing yet", "I-1 names nothing that verifies it",
    }  # fmt: skip
    assert repo.git("status", "--porcelain", "-uall") == f"?? {MISSION}\n"  # in no commit yet


def test_init_leaves_a_mission_as_it_is(board: Repository) -> None:
    before = tree_bytes(board.root)
    told_of = ask(board, "mission", "init", "--json")
    assert (told_of.code, told_of.data) == (0, {"written": [], "kept": [MISSION]})
    assert tree_bytes(board.root) == before
    assert ask(board, "mission", "init", "--at", "HEAD").code == 2


def test_the_first_mission_is_anybodys_and_the_next_a_persons(repo: Repository) -> None:
    repo.commit()
    ask(repo, "mission", "init")
    repo.write("tests/test_reads.py", "def test_reads(): ...\n")
    (repo.root.parent / "said").write_text("The mission\n")
    words = ("check", "--staged", "--message", str(repo.root.parent / "said"), "--json")
    repo.write(MISSION, WHOLE)
    repo.git("add", ".")
    assert ask(repo, *words).code == 0
    repo.commit()
    repo.write(MISSION, WHOLE.replace("Mocks of git.", "None."))
    repo.git("add", ".")
    assert {each["rule"] for each in ask(repo, *words).data["findings"]} == {"escalation"}


@pytest.mark.parametrize("path", ["tests/test_reads.py", "tools/guards/kept"])
def test_what_verifies_an_invariant_goes_by_a_persons_word(board: Repository, path: str) -> None:
    said = board.root.parent / "said"
    board.git("rm", "-q", path)
    found = []
    for by in ("", "Escalation: Ada Lovelace <ada@example.org>"):
        said.write_text(f"Away\n\n{by}\n")
        told_of = ask(board, "check", "--staged", "--message", str(said), "--json")
        found.append({each["rule"] for each in told_of.data["findings"]} - {"guard-kept"})
    assert found == [{"escalation"}, set()]
    board.git("commit", "-q", "-m", "Away")
    told_of = ask(board, "check", "--range", "HEAD^..HEAD", "--json")
    assert "escalation" in {each["rule"] for each in told_of.data["findings"]}


def test_check_looks_at_the_files_around_it(board: Repository) -> None:
    done = check(board)
    assert (done.code, done.problems) == (0, [])
    assert done.data["signals"] == {"tactical": [], "target": [], "invariant": [], "unclassed": []}
    (board.root / "tools/guards/kept").chmod(0o644)
    (board.root / "tests/test_reads.py").unlink()
    assert [each["line"] for each in check(board).problems] == [12, 13, 50]
    assert check(board, "--at", "HEAD").code == 0  # as it was


def test_a_commit_is_listed_once_however_many_verifiers_there_are(board: Repository) -> None:
    many = "".join(f"- I-{at}: Reads: tests/test_reads.py\n" for at in range(10, 40))
    board.write(MISSION, WHOLE.replace("- **I-2**", f"{many}- **I-2**"))
    board.commit()
    asked = board.root.parent / "asked"
    assert check(board, "--at", "HEAD").code == 0
    done = board.swarm("mission", "check", "--at", "HEAD", GIT_TRACE=str(asked))
    assert done.returncode == 0, done.stderr
    assert 0 < asked.read_text().count("ls-tree") < 10


def test_an_invariant_may_be_a_belief_that_something_enforces(board: Repository) -> None:
    keys = {"status": "enforced", "enforced_by": "tests/test_reads.py"}
    board.write("beliefs/B-enf111-x.md", belief("B-enf111", "Nothing is written", **keys))
    board.write(MISSION, WHOLE.replace("- I-3.", "- B-enf111: Reads write nothing.\n- I-3."))
    assert check(board).code == 0
    told_of = check(board).data["mission"]["invariants"]
    assert told_of[2]["verifiers"] == ["tests/test_reads.py"]
    board.write("beliefs/B-enf111-x.md", belief("B-enf111", "Nothing is written"))
    assert [each["what"] for each in check(board).problems] == [
        "B-enf111 names nothing that verifies it"
    ]


def test_check_and_show_say_it_in_words(board: Repository) -> None:
    shown = ask(board, "mission").out.decode()
    assert "Answers that were acted on, per hour." in shown and "tools/guards/kept" in shown
    assert ask(board, "mission", "check").out.decode().endswith("says all that it must\n")
    board.write(MISSION, WHOLE.replace("Mocks of git.", "tbd \x1b"))
    printed = ask(board, "mission", "check")
    assert printed.code == 1 and b"\x1b" not in printed.out
    assert f"error {MISSION}:31: `Forbidden shortcuts` says nothing yet" in printed.out.decode()
    assert "1 to mend" in printed.out.decode()


def test_check_lists_open_signals_by_their_class(board: Repository) -> None:
    made = {}
    for at, sort in enumerate(("tactical", "target", "invariant", "invariant")):
        told_of = ask(board, "new", "signal", f"Number {at}", "--class", sort, "--json")
        made.setdefault(sort, []).append(told_of.data["record"]["id"]) if not told_of.code else None
    listed = check(board).data["signals"]
    assert {sort: [each["id"] for each in found] for sort, found in listed.items()} == {
        **made, "unclassed": [],
    }  # fmt: skip


NOT_TO_BE_READ = {
    "none": (None, 4, "no mission yet"),
    "more than 2 MiB": (b"# x\n" * 600_000, 1, "2 MiB"),
    "a NUL": (b"# x\0\n", 1, "UTF-8"),
    "UTF-16": (WHOLE.encode("utf-16"), 1, "UTF-8"),
}


@pytest.mark.parametrize(("raw", "code", "what"), NOT_TO_BE_READ.values(), ids=list(NOT_TO_BE_READ))
def test_what_is_no_mission_is_said(
    repo: Repository, raw: bytes | None, code: int, what: str
) -> None:
    if raw is not None:
        repo.write(MISSION, raw)
    repo.commit()
    for words in (["show"], ["check", "--at", "HEAD"]):
        done = repo.swarm("mission", *words, "--json")
        assert done.returncode == code
        assert what in json.loads(done.stdout)["problems"][0]["what"], words
    assert repo.swarm("orient").returncode == 0  # which reads on


def test_two_megabytes_of_mission_are_read(board: Repository) -> None:
    board.write(MISSION, WHOLE + f"\n{'More of it. ' * 170}\n" * 1_000)
    assert check(board).code == 0
    assert ask(board, "orient", "--json").data["mission"]["value"].startswith("Answers")


def test_text_in_no_encoding_is_read_as_far_as_it_goes(board: Repository) -> None:
    board.write(MISSION, WHOLE.encode().replace(b"Mocks", b"M\xf6cks"))
    assert check(board).code == 0


# --- orient ---


def test_orient_says_what_counts_in_one_line(board: Repository) -> None:
    board.write("beliefs/B-aaaaaa-a.md", belief("B-aaaaaa", "Answers come quickly"))
    board.commit()
    for words in ([], ["--for", "answers come"]):
        done = ask(board, "orient", *words, "--json")
        assert done.data["mission"] == {
            "path": MISSION, "value": "Answers that were acted on, per hour.",
        }  # fmt: skip
        printed = ask(board, "orient", *words).out.decode().splitlines()
        lines = [line for line in printed if line.startswith("mission")]
        assert lines == ["mission  “Answers that were acted on, per hour.”"]


@pytest.mark.parametrize("text", [None, "# A title\n", "## Value criterion\n\n<what counts>\n"])
def test_where_nobody_says_what_counts_orient_says_nothing(
    repo: Repository, text: str | None
) -> None:
    repo.lesson("L-7k3qfa", "Small batches win")
    if text:
        repo.write(MISSION, text)
    repo.commit()
    assert "mission" not in ask(repo, "orient", "--for", "small batches", "--json").data
    assert b"mission" not in ask(repo, "orient", "--for", "small batches").out


def test_the_past_is_told_by_the_mission_it_had(board: Repository) -> None:
    board.write(MISSION, WHOLE.replace("acted on", "believed"))
    board.commit()
    assert "believed" in ask(board, "orient", "--json").data["mission"]["value"]
    then = ask(board, "orient", "--at", "HEAD^", "--json")
    assert "acted on" in then.data["mission"]["value"]


@pytest.mark.parametrize("budget", [100, 150, 300, 1200])
@pytest.mark.parametrize("words", [[], ["--for", "answers that nobody asked for " * 9]])
def test_what_counts_costs_no_more_than_orient_may(
    board: Repository, budget: int, words: list[str]
) -> None:
    board.write(MISSION, WHOLE.replace("Answers that", "Answers that, 答え\x1b[2J " * 60))
    for at in range(9):
        board.lesson(f"L-aaaaa{at}", f"Answers that nobody asked for {at}")
    board.commit()
    printed = ask(board, "orient", "--budget", str(budget), *words).out.decode().splitlines()
    assert sum(map(layout.tokens, printed)) <= budget
    said = [line for line in printed if line.startswith("mission  “")]
    left = [line for line in printed if line.startswith("left out:") and "1 mission" in line]
    assert len(said) + len(left) == 1


def test_a_mission_costs_orient_no_module(board: Repository) -> None:
    """What counts was found when the file was parsed, and lies in the cache since."""
    assert "mission" in ask(board, "orient", "--json").data
    told_of = {name for name in imported_by(board, "orient") if name.startswith("swarm")}
    assert told_of - MAY_ORIENT == {"swarm.verbs.orient"}


def test_what_counts_is_no_other_than_a_rebuild_finds(board: Repository) -> None:
    board.write(MISSION, WHOLE.replace("acted on", "believed"))
    assert dump(board) == rebuilt(board)
    board.write(MISSION, WHOLE.replace("Value", "Worthless"))
    assert dump(board) == rebuilt(board)
    assert "mission" not in ask(board, "orient", "--json").data
