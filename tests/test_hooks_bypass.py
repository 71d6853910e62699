"""The reason in a commit's message: where git reads trailers, whatever else it will cut off."""

from __future__ import annotations

import pytest
from boards import run
from conftest import Repository
from hooking import attempt, stage
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm import bypass, hookcall, saying
from swarm.records import Place

TRAILER = "Swarm-Bypass: why"
HELP = "\n# Please enter the message.\n#\n#\tmodified: x\n"
CUT = "# ------------------------ >8 ------------------------\n# Do not touch\ndiff --git a b\n"

PLACED = [
    ("x", f"x\n\n{TRAILER}\n"),
    ("x\n", f"x\n\n{TRAILER}\n"),
    ("x\r\n\r\nSigned-off-by: A\r\n", f"x\r\n\r\nSigned-off-by: A\n{TRAILER}\n"),
    ("x: y\n", f"x: y\n\n{TRAILER}\n"),
    ("\n\nx\n", f"\n\nx\n\n{TRAILER}\n"),
    ("x\n\nbody: is\nno trailer\n", f"x\n\nbody: is\nno trailer\n\n{TRAILER}\n"),
    ("x\n\nA: b\nC: d\n  goes on\n", f"x\n\nA: b\nC: d\n  goes on\n{TRAILER}\n"),
    ("x\n\n(cherry picked from commit 1)\n", f"x\n\n(cherry picked from commit 1)\n{TRAILER}\n"),
    (f"x\n{HELP}", f"x\n\n{TRAILER}\n{HELP}"),
    (f"x\n{HELP}{CUT}", f"x\n\n{TRAILER}\n{HELP}{CUT}"),
    (f"x\n\n# said\n\n{CUT}", f"x\n\n# said\n\n{TRAILER}\n\n{CUT}"),
    (f"x\n\nA: b\n{HELP}", f"x\n\nA: b\n{TRAILER}\n{HELP}"),
    (f"x\n\n{TRAILER}\n", f"x\n\n{TRAILER}\n"),
    ("x\n\nSwarm-Bypass: another\n", f"x\n\nSwarm-Bypass: another\n{TRAILER}\n"),
    ("x\n\n# aside\nA: b\n", f"x\n\n# aside\nA: b\n{TRAILER}\n"),
    (f"x\n\n{TRAILER}\nis quoted\n", f"x\n\n{TRAILER}\nis quoted\n\n{TRAILER}\n"),
    (f"x\n\n{TRAILER}\n\nmore\n", f"x\n\n{TRAILER}\n\nmore\n\n{TRAILER}\n"),
    ("x\n\na word\nSigned-off-by: A\n", f"x\n\na word\nSigned-off-by: A\n{TRAILER}\n"),
]


@pytest.mark.parametrize(("message", "wanted"), PLACED)
def test_the_reason_goes_where_git_reads_trailers(
    repo: Repository, message: str, wanted: str
) -> None:
    noted = bypass.noted(message.encode(), "why", "#")
    assert noted == wanted.encode()
    assert bypass.noted(noted, "why", "#") == noted
    kept = repo.git("stripspace", "--strip-comments", stdin=noted.partition(CUT.encode())[0])
    told = repo.git("interpret-trailers", "--parse", stdin=kept.encode())
    assert TRAILER in told.splitlines()


@pytest.mark.parametrize("message", ["", "\n", HELP, HELP + CUT, CUT, f"# x\n{CUT}x\n", " \t\r\n"])
def test_where_nothing_is_said_there_is_no_place_for_a_reason(message: str) -> None:
    assert bypass.noted(message.encode(), "why", "#") is None


def test_what_no_editor_has_shown_is_said_in_earnest() -> None:
    """git leaves lines in that begin like a comment, when nobody has seen them as one."""
    assert bypass.noted(b"x\n\n# 1 is first\n", "why", "") == b"x\n\n# 1 is first\n\n%s\n" % (
        TRAILER.encode()
    )
    assert bypass.noted(b"# 1\n", "why", "") == b"# 1\n\n%s\n" % TRAILER.encode()


lines = st.lists(
    st.sampled_from(["x", "", "# y", "A: b", "  more", CUT.partition("\n")[0], TRAILER, "\r", "é"]),
    max_size=8,
)


@settings(deadline=None)
@given(lines, st.sampled_from(["#", ";", ""]), st.booleans())
def test_nothing_that_was_said_is_lost(said: list[str], comment: str, ends: bool) -> None:
    message = ("\n".join(said) + "\n" * ends).encode()
    noted = bypass.noted(message, "why", comment)
    if noted is None:
        return
    assert bypass.noted(noted, "why", comment) == noted
    assert TRAILER in noted.decode().splitlines()
    assert TRAILER.split(": ")[1] in saying.named(
        saying.trailers(saying.cleaned(noted.decode(), comment)), "Swarm-Bypass"
    )
    more = sorted([*message.split(), *TRAILER.encode().split()])
    assert noted == message or sorted(noted.split()) == more


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_reason_is_one_line_that_can_be_shown(stated: str) -> None:
    why = bypass.reason({"SWARM_BYPASS": stated})
    assert why == " ".join(why.split()) and (why.isprintable() or not why)
    assert bypass.reason({"SWARM_BYPASS": why}) == why
    assert len(bypass.reason({"SWARM_BYPASS": "x y " * 10_000})) <= 500


@pytest.mark.parametrize(
    ("settings", "template"),
    [([], HELP), (["commit.cleanup=scissors"], f"# this stays\n{CUT}"),
     (["core.commentChar=;"], HELP.replace("#", ";")), (["core.commentChar=auto"], "\n! aside\n"),
     (["commit.verbose=true"], HELP + CUT)],
    ids=str,
)  # fmt: skip
def test_the_message_is_edited_as_git_will_read_it(
    repo: Repository, settings: list[str], template: str
) -> None:
    """What calls the hook is not git here; where git will cut is what its settings say."""
    for each in settings:
        repo.git("config", *each.split("="))
    stage(repo, "beliefs/B-new001-x.md", "x\n")
    message = repo.write(".git/COMMIT_EDITMSG", f"x\n{template}")
    place = Place(repo.root, repo.environ | {"SWARM_BYPASS": "why"}, chosen=False)
    heard = hookcall.before_commit(place, message)
    assert heard.notes and not heard.review.findings
    text = message.read_text()
    assert text.startswith(f"x\n\n{TRAILER}\n") or text.startswith(f"x\n# this stays\n\n{TRAILER}")
    assert text.endswith(template.partition("# this stays\n")[2] or template)


def test_git_itself_keeps_it(repo: Repository) -> None:
    """Whatever a user has set: the trailer is there, and git finds it."""
    assert run(repo, "hooks", "install")[0] == 0
    for setting in ("commit.verbose=true", "core.commentChar=;"):
        repo.git("config", *setting.split("="))
    stage(repo, "beliefs/B-new001-x.md", "x\n")
    around = {"SWARM_BYPASS": "why", "GIT_EDITOR": "sed -i 1ix"}
    code, said = attempt(repo, "commit", **around)
    assert code == 0, said
    told = repo.git("log", "-1", "--format=%B%(trailers:key=Swarm-Bypass,valueonly)")
    assert told.split() == ["x", "Swarm-Bypass:", "why", "why"]
    stage(repo, "beliefs/B-new001-x.md", "y\n")
    code, said = attempt(repo, "commit", "-m", "y", "-m", "; no aside", SWARM_BYPASS="why")
    assert code == 0, said
    told = repo.git("log", "-1", "--format=%B%(trailers:key=Swarm-Bypass,valueonly)")
    assert told.split() == ["y", ";", "no", "aside", "Swarm-Bypass:", "why", "why"]
