"""What killed processes and other programs left in a clone: the doctor names it, and a way out.

`follow` does what a remedy says, by the letter: afterwards there is nothing to tell.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ask import Told, ask
from claiming import DAMAGES, REF, board, call, code, damage, follow, pair, stock
from conftest import Repository, tree_bytes

from swarm.records import Problem

__all__ = ["board", "pair", "stock"]  # fixtures


def told(repo: Repository, *arguments: str) -> list[Problem]:
    """What the doctor has to say; nothing of it is ever a bug."""
    answer: Told = ask(repo, "doctor", "--json", *arguments)
    assert answer.code in (0, 1), answer.err
    return [Problem(**each) for each in answer.problems]


def new(repo: Repository, title: str, *arguments: str) -> tuple[str, str]:
    """A record that swarm has committed: its id and its file."""
    made: dict[str, Any] = ask(repo, "new", "lesson", title, *arguments, "--json").data
    assert made["commit"]
    return made["record"]["id"], made["record"]["path"]


@pytest.fixture
def sound(board: Repository) -> Repository:
    """A board with nothing wrong about it."""
    for path in ("memory/lessons/L-7k3qfa-a-lesson.md",):
        board.write(path, "---\nid: L-7k3qfa\nconfidence: observed\n---\n# A lesson\n")
    for path in (board.root / "tasks").iterdir():
        path.unlink()
    board.write("tasks/T-aaaaaa-x.md", "---\nid: T-aaaaaa\nstatus: open\nexpect: x\n---\n# Do\n")
    board.commit()
    assert told(board) == []
    return board


# --- claim refs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", DAMAGES)
def test_a_claim_ref_that_holds_no_lease_is_named_with_what_takes_it_away(
    sound: Repository, how: str
) -> None:
    damage(sound, how)
    (problem,) = told(sound)
    assert problem.level == "error" and REF in problem.what
    assert told(sound, "--at", "HEAD") == [problem]
    follow(sound, problem.remedy)
    assert told(sound) == [] and code(sound, "claim", "T-aaaaaa") == 0
    assert told(sound) == []


def test_a_ref_in_the_way_of_a_claim_is_named(sound: Repository) -> None:
    damage(sound, "commit", f"{REF}/x")
    (problem,) = told(sound)
    assert f"{REF}/x" in problem.what
    follow(sound, problem.remedy)
    assert told(sound) == []


def test_junk_that_came_from_the_remote_is_to_be_taken_away_there_too(
    pair: tuple[Repository, Repository, Repository],
) -> None:
    bare, one, _ = pair
    damage(bare, "blob")
    call(one, "claims", "--sync")
    (problem,) = [each for each in told(one) if each.level == "error"]
    assert "git push" in problem.remedy and f":{REF}" in problem.remedy
    follow(one, problem.remedy)
    assert bare.git("for-each-ref", REF) == ""
    assert not [each for each in told(one) if each.level == "error"]
    damage(one, "blob")
    one.write("swarm.toml", '[claims]\nremote = "nowhere"\n')  # it is told of as well, and no more
    (problem,) = [each for each in told(one) if "nowhere" in each.what]
    assert problem.path == "swarm.toml" and "git remote add" in problem.remedy


# --- locks --------------------------------------------------------------------------------------


def test_the_lock_that_a_killed_writer_left_is_named_until_somebody_writes(
    sound: Repository,
) -> None:
    sound.swarm("new", "lesson", "Killed", SWARM_CRASH="after lock")
    (problem,) = [each for each in told(sound) if "index.lock" in each.path]
    assert "was killed" in problem.what and problem.remedy.startswith("rm ")
    assert ask(sound, "new", "lesson", "The next").code == 0
    assert not [each for each in told(sound) if "index.lock" in each.path]


# --- records that went without a word -----------------------------------------------------------


def drop(repo: Repository, path: str, message: str = "mine") -> None:
    """Somebody's commit of something else, from an index that has lost our record."""
    repo.git("rm", "-q", "--cached", "--", path)
    repo.write("src/a.txt", message)
    repo.git("add", "src/a.txt")
    repo.git("commit", "-q", "-m", message)


def test_a_record_that_a_stale_index_dropped_is_named_and_brought_back(sound: Repository) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    drop(sound, path)
    (problem,) = told(sound)
    dropper = sound.git("rev-parse", "HEAD").strip()
    assert (problem.path, problem.level) == (path, "warning")
    assert dropper[:12] in problem.what and "Ada" in problem.what
    follow(sound, f"{problem.remedy} -q -m again")
    assert sound.git("cat-file", "-t", f"HEAD:{path}") == "blob\n"
    assert told(sound) == []


def test_in_other_clones_and_after_a_clean_up_the_way_back_is_told(
    sound: Repository, tmp_path: Path
) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    drop(sound, path)
    sound.git("clone", "-q", ".", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone", sound.environ)
    (problem,) = told(clone)
    assert (problem.path, problem.level) == (path, "note")
    follow(clone, problem.remedy.partition(": ")[2])
    assert (clone.root / path).read_bytes() == (sound.root / path).read_bytes()
    clone.git("commit", "-q", "-m", "again")
    assert told(clone) == []


def test_a_record_that_the_index_has_lost_is_named_before_anybody_commits(
    sound: Repository,
) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    sound.git("rm", "-q", "--cached", "--", path)
    (problem,) = told(sound)
    assert (problem.path, problem.level) == (path, "warning")
    follow(sound, problem.remedy.partition(",")[0])
    assert sound.git("status", "--porcelain") == "" and told(sound) == []


def removed(repo: Repository, path: str, message: str) -> None:
    repo.git("rm", "-q", "--", path)
    repo.git("commit", "-q", "-m", message)


def test_a_deliberate_removal_that_names_no_record_is_a_note(sound: Repository) -> None:
    """It looks like an accident from here; the note says how to undo it, and is no warning."""
    _, path = new(sound, "One")
    removed(sound, path, "Tidy up")
    (problem,) = told(sound)
    assert (problem.path, problem.level) == (path, "note")
    assert ask(sound, "doctor").code == 0


MEANT = ("Remove {id}", "It is wrong: {id}.", 'Revert "swarm: new {id} \u2014 One"',
         "Clean\n\nSwarm-Verb: harvest\n", "remove {lower}, too")  # fmt: skip
NOT_MEANT = ("Remove {id}x", "Tidy", "Swarm-Verb is a trailer", "about {id}-and-more")


def test_a_removal_that_names_its_record_was_meant(sound: Repository) -> None:
    missed = set()
    for number, message in enumerate(MEANT + NOT_MEANT):
        record_id, path = new(sound, f"Record {number}")
        removed(sound, path, message.format(id=record_id, lower=record_id.lower()))
        missed |= {path} if message in NOT_MEANT else set()
    assert {each.path for each in told(sound)} == missed


def test_what_was_moved_archived_superseded_or_never_ours_is_not_missed(
    sound: Repository,
) -> None:
    paths = dict(new(sound, title) for title in ("Moved", "Archived", "Superseded"))
    moved, archived, superseded = paths
    for record_id, folder in ((moved, "memory/lessons/2026-11"), (archived, "memory/archive")):
        (sound.root / folder).mkdir(parents=True)
        sound.git("mv", paths[record_id], folder)
    sound.git("rm", "-q", "--", paths[superseded])
    sound.lesson("L-bbbbbb", "Better", confidence="observed", supersedes=superseded)
    sound.git("rm", "-q", "--", "memory/lessons/L-7k3qfa-a-lesson.md")  # by hand it came
    sound.commit("Reorder")
    assert [each for each in told(sound) if each.level != "note" or "took" in each.what] == []


def test_a_record_that_came_by_a_merge_and_went_by_one_is_missed(sound: Repository) -> None:
    sound.git("checkout", "-q", "-b", "side")
    _, path = new(sound, "From a branch")
    sound.git("checkout", "-q", "main")
    sound.git("merge", "-q", "--no-ff", "-m", "take side", "side")
    assert told(sound, "--at", "main") == [each for each in told(sound) if each.level == "note"]
    sound.git("checkout", "-q", "-b", "other")
    removed(sound, path, "Something else")
    sound.git("checkout", "-q", "main")
    sound.git("merge", "-q", "--no-ff", "-m", "take other", "other")
    (problem,) = [each for each in told(sound) if "took" in each.what]
    assert problem.path == path and sound.git("rev-parse", "HEAD")[:12] in problem.what


def test_a_record_that_was_dropped_and_came_back_is_not_missed(sound: Repository) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    for _ in range(2):
        drop(sound, path)
        sound.git("add", path)
        sound.git("commit", "-q", "-m", "again")
    assert told(sound) == []


def test_at_an_older_commit_what_came_later_is_not_known(sound: Repository) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    drop(sound, path)
    assert told(sound, "--at", "HEAD~1") == []
    (problem,) = told(sound, "--at", "HEAD")
    assert (problem.path, problem.level) == (path, "note")


ODD = ("memory/lessons/L-0dd0dd-a\nb.md", "memory/lessons/L-0dd0dd-\udcff.md", "memory/L-0dd0dd.md",
       "memory/lessons/:(top)L-0dd0dd.md", "memory/lessons/\x01deadbeef.md", "memory/notes.md",
       "memory/lessons/L-0dd0dd-ü.md", 'memory/lessons/L-0dd0dd-"it\'s" $HOME.md')  # fmt: skip


def test_files_with_odd_names_confuse_nobody(sound: Repository) -> None:
    _, ours = new(sound, "One")
    for path in ODD:
        (sound.root / path).write_bytes(b"# Odd\n")
    sound.git("add", "-A")
    sound.git("commit", "-q", "-m", "odd\x1b[1m\n\nSwarm-Verb: new\n")
    sound.git("rm", "-q", "--", ours, *ODD)
    sound.git("commit", "-q", "-m", "\x02\x01away")
    missed = [each for each in told(sound) if "took" in each.what]
    assert {ours, ODD[-1], ODD[-2]} <= {each.path for each in missed}
    for each in missed:
        follow(sound, each.remedy.partition(": ")[2])
        assert (sound.root / each.path).exists()


PLACES: dict[str, Sequence[str]] = {
    "bare": ("clone", "-q", "--bare", "."),
    "shallow": ("clone", "-q", "--depth=1", "--no-local", "."),
}


@pytest.mark.parametrize("kind", PLACES)
def test_in_clones_of_any_kind_it_answers(sound: Repository, tmp_path: Path, kind: str) -> None:
    _, path = new(sound, "One", "--set", "confidence=observed")
    drop(sound, path)
    sound.git(*PLACES[kind], str(tmp_path / "there"))
    there = Repository(tmp_path / "there", sound.environ)
    found = [each.path for each in told(there) if "took" in each.what]
    assert found == ([path] if kind == "bare" else [])  # a shallow one has no past to read


def test_before_the_first_commit_there_is_nothing_to_miss(repo: Repository) -> None:
    assert told(repo) == []
    repo.lesson("L-aaaaaa", "One", confidence="observed")
    repo.git("add", "-A")
    assert told(repo) == []


def test_history_that_cannot_be_read_is_told_and_the_rest_still_is(sound: Repository) -> None:
    damage(sound, "blob")
    (sound.root / ".git/refs/replace").mkdir(exist_ok=True)
    parent = sound.git("rev-parse", "HEAD~1").strip()
    (sound.root / ".git/objects" / parent[:2] / parent[2:]).unlink()
    found = told(sound)
    assert [each for each in found if REF in each.what]
    assert [each for each in found if parent[:12] in each.what or "parse commit" in each.what]


def test_looking_leaves_no_trace(sound: Repository) -> None:
    _, path = new(sound, "One")
    drop(sound, path)
    damage(sound, "garbage")
    git = {
        str(each): each.read_bytes()
        for each in (sound.root / ".git").rglob("*")
        if each.is_file() and "swarm" not in each.relative_to(sound.root / ".git").parts[:1]
    }
    before = tree_bytes(sound.root)
    assert json.loads(ask(sound, "doctor", "--json").out)["problems"]
    assert tree_bytes(sound.root) == before
    assert git == {
        str(each): each.read_bytes()
        for each in (sound.root / ".git").rglob("*")
        if each.is_file() and "swarm" not in each.relative_to(sound.root / ".git").parts[:1]
    }
