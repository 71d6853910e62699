"""What a message says: the trailers that git itself reads, and what it leaves of the rest."""

from __future__ import annotations

import itertools

import pytest
from conftest import Repository
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm import saying

PARAGRAPHS = [
    "A: b", "a-B : c\nC: d", "word", "A: b\nword", "word\nA: b", "A: b\n  goes on\nC: d", "  A: b",
    "Signed-off-by: A\nword\nC: d", "word\nmore\nand\nmore\nSigned-off-by: A",
    "(cherry picked from commit 1)\nA: b", "A:", "A b: c", "https://x.org", "A: b: c",
]  # fmt: skip
MESSAGES = [
    *PARAGRAPHS,
    *(f"x\n\n{each}\n" for each in PARAGRAPHS),
    *(f"x\n\n{one}\n\n{other}\n\n" for one, other in itertools.permutations(PARAGRAPHS[:4], 2)),
    "x\r\n\r\nA: b\r\nC: d\r\n", "\n\nx\n \t\nA: b\n", "", "\n",
]  # fmt: skip


def test_git_reads_the_same_trailers(repo: Repository) -> None:
    tree = repo.git("write-tree").strip()
    for message in MESSAGES:
        commit = repo.git("commit-tree", tree, stdin=message.encode()).strip()
        told = repo.git("log", "-1", "--format=%(trailers:only,unfold)", commit)
        rows = [row.partition(":") for row in told.split("\n") if row.strip()]
        wanted = [(name.strip().lower(), value.strip()) for name, _, value in rows]
        assert saying.trailers(message) == [each for each in wanted if each[1]], message


def test_of_a_squash_every_paragraph_of_trailers_is_told() -> None:
    message = "A: no\n\nA: one\n\nword\nA: no\n\nB: two\n\nend"
    assert saying.everywhere(message) == [("a", "one"), ("b", "two")]
    assert saying.trailers(message) == []
    assert saying.named([("a", "x"), ("b", "y"), ("a", "z")], "A") == ["x", "z"]


CUT = f"{'-' * 24} >8 {'-' * 24}"


@pytest.mark.parametrize(
    ("message", "comment", "edited", "left"),
    [("x\n\n# y\nz\n\n", "#", True, "x\n\nz"), ("x\n# y\n", ";", True, "x\n# y"),
     (f"x\n# {CUT}\ny\n", "#", True, "x"), (f"x\n; {CUT}\ny\n", "#", True, f"x\n; {CUT}\ny"),
     (f"x\n# {CUT}-\ny\n", ";", True, f"x\n# {CUT}-\ny"), ("#1 x\n# y\n", "#", False, "#1 x"),
     ("#1 x\n# y\n", "#", True, ""), ("#1 x  \n# y\n", "", True, "#1 x\n# y"),
     (f"//// x\n//// {CUT}\ny", "////", True, ""), (f"{CUT}\ny", "", True, f"{CUT}\ny")],
)  # fmt: skip
def test_what_git_leaves_of_a_message(message: str, comment: str, edited: bool, left: str) -> None:
    assert saying.cleaned(message, comment, edited=edited) == left


@settings(deadline=None)
@given(st.text("x \n\r\t#:A-", max_size=30), st.sampled_from(["#", ""]))
def test_what_is_clean_stays_so(message: str, comment: str) -> None:
    once = saying.cleaned(message, comment)
    assert saying.cleaned(once, comment) == once
    assert all(value and value == value.strip() for _, value in saying.everywhere(message))
    assert set(saying.trailers(message)) <= set(saying.everywhere(message))
