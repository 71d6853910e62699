"""Ways around the hooks that left no mark, each with what closes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from boards import run
from conftest import Maker, Repository
from hooking import BAD, CAUGHT, B, attempt, head, stage
from judging import belief
from test_debts import meta

WHY = "the disk is full"
TOLD = "--format=%(trailers:key=Swarm-Bypass,valueonly)"
ADDED = "beliefs/B-new002-x.md"


@pytest.fixture
def begun(repo: Repository) -> Repository:
    """A repository with the hooks in place."""
    repo.write("src/code.py", "x = 1\n")
    repo.commit()
    assert run(repo, "hooks", "install")[0] == 0
    return repo


def trailer(repo: Repository) -> str:
    """What git itself reads in the last commit."""
    return repo.git("log", "-1", "--encoding=UTF-8", TOLD).strip()


# A bypass says why, whatever begins a comment


WORDS = [
    ["-c", "core.commentChar=;", "commit", "-v"],
    ["-c", "core.commentChar=auto", "commit", "-v"],
    ["-c", "core.commentChar=auto", "commit"],
    ["-c", "core.commentChar=auto", "commit", "-v", "-e", "-m", "# it takes another one"],
    ["-c", "core.commentChar=;", "-c", "commit.cleanup=scissors", "commit"],
    ["-c", "core.commentString=%", "commit", "-v"],
    ["commit", "-v"],
    ["commit", "--cleanup=scissors"],
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
@pytest.mark.parametrize("said", ["x", "x\\n\\n# body", "x\\n\\nA: b"])
def test_a_reason_stays_in_whatever_git_cuts_off(
    begun: Repository, words: list[str], said: str
) -> None:
    stage(begun, B, BAD + "\n; an aside\n# another\n")
    around = {"SWARM_BYPASS": WHY, "GIT_EDITOR": f"sed -i '1i{said}'"}
    code, told = attempt(begun, *words, **around)
    assert code == 0, told
    assert trailer(begun) == WHY
    assert head(begun) in {each["id"] for each in meta(begun)}


@pytest.mark.parametrize(
    ("words", "around"),
    [(["-c", "core.commentChar=S", "commit", "--cleanup=strip", "-m", "x"], {}),
     (["-c", "core.commentChar=S", "commit"], {"GIT_EDITOR": "sed -i 1ix"}),
     (["commit", "-v", "-m", f"x\n# {'-' * 24} >8 {'-' * 24}\nmore"], {})],
)  # fmt: skip
def test_what_git_would_cut_off_all_the_same_lets_nobody_through(
    begun: Repository, words: list[str], around: dict[str, str]
) -> None:
    stage(begun, B, BAD)
    before = head(begun)
    code, said = attempt(begun, *words, SWARM_BYPASS=WHY, **around)
    assert code and "cut off" in said and head(begun) == before


@pytest.mark.parametrize("subject", ["#12 is mended", "x"])
def test_a_subject_that_begins_like_a_comment_is_one(begun: Repository, subject: str) -> None:
    stage(begun, B, BAD)
    assert attempt(begun, "commit", "-m", subject, SWARM_BYPASS=WHY)[0] == 0
    assert trailer(begun) == WHY
    stage(begun, "beliefs/MISSION.md", "# The mission\n")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    stage(begun, "beliefs/MISSION.md", "# The mission\n\nMore.\n")
    code, said = attempt(begun, "commit", "-m", subject, "-m", "Escalation: Ada <ada@x.org>")
    assert code == 0, said


def test_a_reason_is_written_in_the_letters_of_its_message(begun: Repository) -> None:
    begun.git("config", "i18n.commitEncoding", "ISO-8859-1")
    stage(begun, B, BAD)
    message = begun.root.parent / "message"
    message.write_bytes("Grüße\n".encode("latin-1"))
    code, said = attempt(begun, "commit", "-q", "-F", str(message), SWARM_BYPASS="zu früh")
    assert code == 0, said
    assert begun.git("log", "-1", "--format=%s", "--encoding=UTF-8").strip() == "Grüße"
    assert trailer(begun) == "zu früh"


def test_no_agent_stands_in_for_itself(begun: Repository) -> None:
    stage(begun, "beliefs/MISSION.md", "# The mission\n")
    begun.git("commit", "-q", "--no-verify", "-m", "x")
    stage(begun, "beliefs/MISSION.md", "# The mission\n\nMore.\n")
    words = ["commit", "-m", "x", "-m", "Escalation: Lin <lin@x.org>"]
    assert attempt(begun, *words, SWARM_AGENT="lin")[0]
    assert attempt(begun, *words, SWARM_AGENT="ben")[0] == 0


# A merge is one when git makes it


def aside(repo: Repository, text: str) -> str:
    """A commit on another branch that nobody has judged."""
    repo.git("checkout", "-q", "-b", "side")
    stage(repo, B, text)
    repo.git("commit", "-q", "--no-verify", "-m", "aside")
    repo.git("checkout", "-q", "main")
    return repo.git("rev-parse", "side").strip()


@pytest.mark.parametrize("editor", [":", "echo x >"])
def test_what_is_told_in_the_air_is_believed_of_a_merge_alone(
    begun: Repository, editor: str
) -> None:
    bad = aside(begun, BAD)
    stage(begun, B, BAD)
    told = {f"GITHEAD_{bad}": "side", "GIT_EDITOR": editor, "PRE_COMMIT": "1"}
    words = ["-m", "x"] if editor == ":" else []
    code, said = attempt(begun, "commit", *words, **told)
    assert code and CAUGHT in said
    begun.git("reset", "-q", "--hard")
    stage(begun, "src/more.py", "y = 1\n")
    begun.git("commit", "-q", "-m", "here")
    code, said = attempt(begun, "merge", "--no-edit", "side", GIT_EDITOR=editor)
    assert code == 0, said


def test_a_manager_that_has_one_hook_for_commits_and_merges_may_merge(begun: Repository) -> None:
    """pre-commit does: its own is called `pre-commit` in either."""
    aside(begun, BAD)
    stage(begun, "src/more.py", "y = 1\n")
    begun.git("commit", "-q", "-m", "here")
    script = begun.root / ".git/hooks/pre-merge-commit"
    call = f'exec "{sys.executable}" -P -m swarm hook pre-commit\n'
    for line, refused in ((call, True), (f"export PRE_COMMIT=1\n{call}", False)):
        script.write_text(f"#!/bin/sh\n{line}")
        code, said = attempt(begun, "merge", "--no-edit", "side")
        assert (code != 0) == refused, said
        begun.git("reset", "-q", "--hard", "HEAD" if refused else "HEAD~1")


def test_a_merge_that_takes_back_what_is_here_is_refused_at_the_door(begun: Repository) -> None:
    stage(begun, ADDED, belief("B-new002", "There"))
    begun.git("commit", "-q", "-m", "there")
    begun.git("checkout", "-q", "-b", "side", "HEAD~1")
    stage(begun, "src/more.py", "y = 1\n")
    begun.git("commit", "-q", "-m", "aside")
    begun.git("checkout", "-q", "main")
    begun.git("merge", "-q", "--no-commit", "--no-ff", "side")
    begun.git("rm", "-q", "-f", ADDED)
    code, said = attempt(begun, "commit", "-m", "x")
    assert code and "takes back" in said and "git checkout" in said
    begun.git("checkout", "HEAD", "--", ADDED)
    assert attempt(begun, "commit", "-m", "x")[0] == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_a_merge_that_is_as_this_side_was_is_asked_about_too(
    begun: Repository, at_once: bool
) -> None:
    aside(begun, belief())
    stage(begun, "src/more.py", "y = 1\n")
    begun.git("commit", "-q", "-m", "here")
    before = head(begun)
    if at_once:
        code, said = attempt(begun, "merge", "-s", "ours", "-m", "x", "side")
    else:
        begun.git("merge", "-q", "-s", "ours", "--no-commit", "side")
        code, said = attempt(begun, "commit", "-m", "x")
    assert code and "takes back" in said and head(begun) == before
    begun.git("reset", "-q", "--hard")
    assert attempt(begun, "merge", "-q", "-m", "x", "side")[0] == 0


# A push judges what is new to everybody


def pushing(repo: Repository, make: Maker) -> Path:
    make("first", "--bare")
    repo.git("remote", "add", "origin", "../first")
    stage(repo, B, BAD)
    repo.git("commit", "-q", "--no-verify", "-m", "x")
    repo.git("push", "-q", "--no-verify", "origin", "main")
    return make("second", "--bare").root


def test_a_push_elsewhere_judges_no_history_that_a_remote_has(
    begun: Repository, make_repository: Maker
) -> None:
    second = pushing(begun, make_repository)
    begun.git("remote", "add", "other", str(second))
    for words in (["other", "main"], [str(second), "main:again"]):
        assert attempt(begun, "push", "-q", *words) == (0, "")
    stage(begun, ADDED, belief("B-new002", "There", cites="[L-nx0002]"))
    begun.git("commit", "-q", "--no-verify", "-m", "new")
    for words in (["other", "main"], [str(second), "main:more"]):
        code, said = attempt(begun, "push", "-q", *words)
        assert code and "L-nx0002" in said and CAUGHT not in said


def test_bypasses_of_long_ago_are_told_in_one_line_of_a_push(
    begun: Repository, make_repository: Maker
) -> None:
    make_repository("first", "--bare")
    for number in range(6):
        begun.write("src/code.py", f"x = {number}\n")
        begun.git("commit", "-q", "-a", "-m", f"x\n\nSwarm-Bypass: {WHY} {number}")
    code, said = attempt(begun, "push", "-q", "../first", "main")
    assert code == 0 and said.count(WHY) == 4 and "(and 2 before it" in said, said
