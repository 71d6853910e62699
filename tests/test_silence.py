"""When a board says nothing: the floor is its own, is kept, and never hides a whole answer."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from ask import ask
from conftest import Maker, Repository, hermetic
from hypothesis import given, settings
from hypothesis import strategies as st
from test_retrieval import colony, orient, said

from swarm import consult, silence
from swarm.weights import Weights

UNRELATED = [
    "medieval french poetry",
    "sourdough hydration in a cold kitchen",
    "whale song",
    "квантовая физика",
    "税金 の 申告",
    "how do I tune a piano?",
    "ünïcödé",
    "1789",
    "z",
    "束",
    "shakespeare sonnets",
    "tell me about the weather in what way",
    "'; DROP TABLE doc;--",
    "Ĳsselmeer",
]


def kept(repo: Repository) -> list[tuple[float]]:
    """What the cache holds of floors."""
    files = sorted((repo.root / ".git/swarm/cache").glob("board-*.sqlite"))
    with sqlite3.connect(f"file:{files[-1]}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT f.floor FROM floor f JOIN view USING (view, turn)").fetchall()
    db.close()
    return rows


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    root = tmp_path_factory.mktemp("many")
    repo = Repository(root / "repo", hermetic(root))
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    return colony(repo, 80)


@pytest.fixture
def reckoned() -> Iterator[mock.Mock]:
    """Counts how often a floor is reckoned."""
    with mock.patch.object(silence, "floor", wraps=silence.floor) as counted:
        yield counted


# Nothing is said, and it is said that nothing is


@pytest.mark.parametrize("query", UNRELATED)
def test_what_nobody_wrote_about_is_answered_by_silence(many: Repository, query: str) -> None:
    told = orient(many, query)
    assert told["relevant"] == []
    assert told["challenges"] == [] == told["recombine"]
    assert told["coverage"] < told["floor"] or told["coverage"] == 0
    text = ask(many, "orient", "--for", query).out.decode()
    assert "nothing relevant is known" in text
    assert "L-" not in text


def test_the_floor_is_told_when_it_spoke_too(many: Repository) -> None:
    told = orient(many, "the lock slows the writer")
    assert told["relevant"]
    assert told["coverage"] >= told["floor"] > 0


def test_what_is_covered_and_the_floor_are_what_they_are_said_to_be(many: Repository) -> None:
    """Coverage goes from 0 to 4; what holds every word reaches 1, so no floor does."""
    for query in ("medieval lock french poetry writer", "the lock slows the writer", "whale"):
        told = orient(many, query)
        assert 0 <= told["coverage"] <= 4
        assert 0 <= told["floor"] < 1


@given(at=st.integers(0, 79), data=st.data())
@settings(max_examples=60, deadline=None)
def test_words_that_all_stand_in_one_record_are_never_silenced(
    many: Repository, at: int, data: st.DataObject
) -> None:
    title, body = said(at)
    words = [word.strip(".,[]") for word in f"{title} {body}".split()]
    query = " ".join(data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=8)))
    board = many.board()
    try:
        told = consult.consult(board.view, query, Weights())
        assert told.ranked, (query, told)
        assert told.coverage >= 1
    finally:
        board.close()


def test_a_long_record_that_holds_every_word_is_not_silenced_by_short_ones(
    repo: Repository,
) -> None:
    """`a record that holds every word reaches 1, and is always told`"""
    colony(repo, 64)
    for at in range(20):
        repo.lesson(f"L-shrt{at:02d}", "Zebra zebra zebra", "zebra zebra", confidence="observed")
    filler = " ".join(f"word{at}" for at in range(20_000))
    repo.lesson("L-100ng1", "An inventory", f"zebra okapi {filler}", confidence="observed")
    repo.commit()
    told = orient(repo, "zebra okapi", "-k", "50")
    assert told["relevant"], told


# Small boards


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_a_small_board_tells_what_matches_and_is_silent_else(repo: Repository, size: int) -> None:
    colony(repo, size)
    assert orient(repo, "okapi migrations")["relevant"] == []
    for at in range(size):
        told = orient(repo, said(at)[0])
        assert f"L-{at:06d}" in [each["id"] for each in told["relevant"]]
        assert told["floor"] == 0
    told_text = ask(repo, "orient", "--for", "okapi").out.decode()
    assert ("nothing relevant is known" if size else "no records yet") in told_text


# One floor


def test_the_floor_is_reckoned_once_for_each_state_of_a_board(
    repo: Repository, reckoned: mock.Mock
) -> None:
    colony(repo, 64)
    time.sleep(0.1)  # a file as new as the index is looked at again
    first = orient(repo, "lock writer")["floor"]
    assert first > 0
    assert kept(repo) == [(first,)]
    assert orient(repo, "queue writer")["floor"] == first
    assert reckoned.call_count == 1
    repo.lesson("L-zzzzzz", "Zebras cross at night", "okapi", confidence="observed")
    assert kept(repo) == [(first,)]
    second = orient(repo, "lock writer")["floor"]
    assert reckoned.call_count == 2
    assert kept(repo) == [(second,)]
    (repo.root / ".git/swarm/cache").rename(repo.root / ".git/swarm/before")
    assert orient(repo, "lock writer")["floor"] == second


def test_what_matches_nothing_needs_no_floor(repo: Repository, reckoned: mock.Mock) -> None:
    colony(repo, 64)
    assert orient(repo, "okapi")["coverage"] == 0
    assert reckoned.call_count == 0


def test_the_floor_is_the_same_in_memory_at_a_commit_and_rebuilt(repo: Repository) -> None:
    colony(repo, 64)
    repo.lesson("L-zzzzzz", "Zebras cross at night", "okapi", confidence="observed")
    orient(repo, "lock writer")
    (repo.root / "memory/lessons/L-zzzzzz-zebras-cross-at-night.md").unlink()
    told = orient(repo, "lock writer")
    assert orient(repo, "lock writer", "--at", "HEAD") == told
    board = repo.board()
    view = board.cache.rebuilt(board.place)
    try:
        assert silence.judge(view, "lock writer") == (told["coverage"], told["floor"])
    finally:
        view.close()


@pytest.mark.parametrize("how", ["a file in its place", "locked by a writer", "full of rubbish"])
def test_a_cache_that_cannot_keep_it_changes_no_answer(repo: Repository, how: str) -> None:
    colony(repo, 64)
    told = orient(repo, "lock writer")
    cache = repo.root / ".git/swarm/cache"
    (file,) = cache.glob("*.sqlite")
    if how == "a file in its place":
        cache.rename(repo.root / ".git/swarm/away")
        cache.write_text("")
        assert orient(repo, "lock writer") == told
    elif how == "locked by a writer":
        db = sqlite3.connect(file, isolation_level=None)
        db.execute("DELETE FROM floor")
        db.execute("BEGIN IMMEDIATE")
        assert orient(repo, "lock writer") == told
        db.execute("ROLLBACK")
        db.close()
    else:
        db = sqlite3.connect(file, isolation_level=None)
        db.execute("UPDATE floor SET floor = 'x'")
        db.close()
        assert orient(repo, "lock writer") == told


def test_commits_asked_for_in_turn_each_have_their_own(repo: Repository) -> None:
    colony(repo, 64)
    first = repo.git("rev-parse", "HEAD").strip()
    for at in range(30):
        repo.lesson(f"L-zebr{at:02d}", f"Zebra{at} crosses river{at}", confidence="observed")
    second = repo.commit()
    floors = [orient(repo, "lock", "--at", at)["floor"] for at in (first, second) * 2]
    assert floors[:2] == floors[2:]
    assert floors[0] > floors[1]


def test_readers_beside_each_other_all_hear_the_same(repo: Repository) -> None:
    colony(repo, 64)
    asked = [sys.executable, "-m", "swarm", "orient", "--for", "lock writer", "--json"]
    readers = [
        subprocess.Popen(
            asked, cwd=repo.root, env=repo.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(6)
    ]
    told = []
    for each in readers:
        out, err = each.communicate()
        assert each.returncode == 0, err
        told.append({k: v for k, v in json.loads(out)["data"].items() if k != "now"})
    assert all(each == told[0] for each in told)
    assert told[0] == orient(repo, "lock writer")
    assert kept(repo) == [(told[0]["floor"],)]


# Other alphabets

SPELLINGS = {
    "without accents": ("Crème brûlée", "creme brulee"),
    "with accents": ("Creme brulee", "crème brûlée"),
    "decomposed": ("Café noir", "Cafe\u0301 noir"),
    "another case": ("ΟΔΟΣ ΠΑΡΑΔΕΙΓΜΑ", "οδος παραδειγμα"),
    "cyrillic": ("Блокировка очереди", "БЛОКИРОВКА очереди"),
    "han": ("小さな束が勝つ", "束が勝つ"),
    "one han character": ("小さな束が勝つ", "束"),
    "one letter": ("Plan x fails", "x"),
    "full width": ("Plan Ｂ１２３ fails", "b123"),
    "plural": ("Deadlocks in queues", "deadlock queue"),
    "turkish": ("İstanbul timetables", "istanbul"),
    "sharp s": ("Straße gesperrt", "straße"),
    "arabic": ("قفل الطابور", "قفل"),
    "korean": ("잠금 경합", "잠금"),
    "hyphens": ("compare-and-swap on refs", "compare and swap"),
    "underscores": ("close_lane deadlocks", "close lane"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_is_found_by_another_spelling_is_not_silenced(repo: Repository, spelling: str) -> None:
    title, query = SPELLINGS[spelling]
    colony(repo, 3)
    repo.lesson("L-zzzzzz", title, "Nothing.", confidence="observed")
    assert ask(repo, "find", query, "--json").data["records"], "find does not find it either"
    told: dict[str, Any] = orient(repo, query)
    assert "L-zzzzzz" in [each["id"] for each in told["relevant"]], told["coverage"]


def test_a_board_of_pages_is_silent_too(make_repository: Maker) -> None:
    repo = make_repository("pages")
    repo.write("swarm.toml", '[sources]\npages = ["docs/**/*.md"]\n')
    for at in range(64):
        title, body = said(at)
        repo.write(f"docs/p-{at}.md", f"# {title}\n\n{body}\n")
    repo.commit()
    assert orient(repo, "sourdough in a cold kitchen")["relevant"] == []
    assert orient(repo, said(5)[0])["relevant"]
