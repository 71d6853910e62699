"""What `new` says when a record is nearly there already. It never stands in the way."""

from __future__ import annotations

import pytest
from ask import Told, ask
from conftest import Repository
from hypothesis import given
from hypothesis import strategies as st

from swarm import nearby
from tools.eval import invented

TEXT = (
    "Small batches beat large ones when writers wait for one lock, because a large batch holds it "
    "while others starve; we measured forty runs of each size on two cores."
)
ALTERED = TEXT.replace("beat", "win over").replace("forty", "fifty").replace("starve", "wait")
OTHER = (
    "The compiler inlines short functions only at the second level of optimisation, and then the "
    "numeric suite runs a third faster on every kernel that was tried so far."
)


def new(repo: Repository, text: str, kind: str = "lesson", title: str = "A thing") -> Told:
    told = ask(repo, "new", kind, title, "--body", text, "--json")
    assert told.code == 0, told.err
    return told


@pytest.fixture
def board(repo: Repository) -> Repository:
    """A board on which something was said once."""
    repo.lesson("L-000001", "Small batches", TEXT, confidence="observed")
    repo.commit()
    return repo


def test_a_record_that_is_nearly_there_is_shown_and_written_all_the_same(board: Repository) -> None:
    told = new(board, ALTERED)
    near = told.data["near"]
    assert near["id"] == "L-000001"
    assert 0.5 < near["likeness"] <= 1
    assert b"L-000001 says nearly the same" in told.err
    assert b"swarm show L-000001" in told.err
    assert board.git("rev-parse", "HEAD").strip() == told.data["commit"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("lesson", OTHER), ("lesson", "small batches beat large ones"), ("lesson", ""),
     ("frontier", ALTERED), ("handoff", ALTERED)],
    ids=["another thing", "too short to tell", "a title alone", "another kind", "talk"],
)  # fmt: skip
def test_what_is_new_is_written_without_a_word(board: Repository, kind: str, text: str) -> None:
    told = new(board, text, kind)
    assert "near" not in told.data
    assert b"nearly the same" not in told.err


def test_other_kinds_that_say_the_same_hide_nothing(board: Repository) -> None:
    for at in range(8):
        head = f"id: H-{at:06d}\ncreated: 2026-01-0{at + 1}"
        board.write(f"memory/handoffs/H-{at:06d}.md", f"---\n{head}\n---\n# Run {at}\n\n{TEXT}\n")
    board.commit()
    assert new(board, ALTERED).data["near"]["id"] == "L-000001"


def test_a_text_that_is_too_short_to_tell_opens_no_index(repo: Repository) -> None:
    """Most of what a new record would cost is that."""
    repo.commit()
    new(repo, "eight words say too little to go by")
    assert not (repo.root / ".git/swarm/cache").exists()
    new(repo, TEXT)
    assert (repo.root / ".git/swarm/cache").exists()


def test_the_first_record_of_a_board_is_near_to_nothing(repo: Repository) -> None:
    repo.commit()
    assert "near" not in new(repo, TEXT).data


def test_where_everybody_writes_alike_only_more_than_that_is_near(repo: Repository) -> None:
    """Reports that share a form are no duplicates of each other."""
    form = "The nightly run of the whole suite on the usual two machines ended today with result "
    for at in range(40):
        own = " ".join(f"{at}{letter}" for letter in "abcdefgh")
        repo.lesson(f"L-{at:06d}", f"Night {at}", f"{form} {own}.", confidence="observed")
    repo.commit()
    assert "near" not in new(repo, f"{form} 77a 77b 77c 77d 77e 77f 77g 77h.").data
    assert new(repo, f"{form} 12a 12b 12c 12d 12e 12f 12g 12i.").data["near"]["id"] == "L-000012"


@pytest.mark.parametrize(
    "text", ["小さな束が勝つ。" * 10, "[[L-000001]] " * 40, '"' * 500, "x" * 90_000]
)
def test_odd_texts_are_written(board: Repository, text: str) -> None:
    assert new(board, text).data["commit"]


def test_hostile_titles_are_told_as_text(repo: Repository) -> None:
    head = 'id: L-000001\nconfidence: observed\ntitle: "\\e[31mred\\u202e"'
    repo.write("memory/lessons/L-000001.md", f"---\n{head}\n---\n{TEXT}\n")
    repo.commit()
    told = new(repo, ALTERED)
    assert b"L-000001 says nearly the same" in told.err
    assert b"\x1b" not in told.err
    assert "\u202e".encode() not in told.err


def test_few_of_the_records_that_say_something_of_their_own_are_near(repo: Repository) -> None:
    texts = invented.structureless(2, 60, lively=False).texts
    for at, text in enumerate(texts[:50]):
        repo.lesson(f"L-{at:06d}", f"Thing {at}", text, confidence="observed")
    repo.commit()
    view = repo.board().view
    assert sum(nearby.look(view, "lesson", text, 0.05) is not None for text in texts[50:]) <= 1
    assert all(nearby.look(view, "lesson", text, 0.05) for text in texts[40:50])


@given(st.lists(st.text("abc ", max_size=30), min_size=2, max_size=8))
def test_likeness_is_that_of_a_cosine(texts: list[str]) -> None:
    from collections import Counter

    counts = [Counter(text.split()) for text in texts]
    held = Counter(word for each in counts for word in each)
    rows = [nearby._weighed(each, held, len(counts)) for each in counts]
    for one in rows:
        for other in rows:
            assert nearby._alike(one, other) == pytest.approx(nearby._alike(other, one))
            assert -1e-9 <= nearby._alike(one, other) <= 1 + 1e-9
        if one:
            assert nearby._alike(one, one) == pytest.approx(1)
