"""Principles form where evidence clusters: what fires, what is written, what is put away."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from ask import Told, ask
from boards import cache_files
from conftest import Maker, Repository, tree_bytes

from swarm import central, hired, material, reap
from swarm.board import Board
from tools.eval import invented

MEMBERS = 3  # planted groups


def name(at: int) -> str:
    return f"L-{at:06d}"


def lesson(at: int, text: str, cites: Sequence[int], confidence: str = "observed") -> str:
    """A lesson whose words are a planted text's, and whose links stand in its head alone."""
    head = f"id: {name(at)}\ndomain: invented\nconfidence: {confidence}\n"
    head += f"cites: [{', '.join(map(name, cites))}]\n" if cites else ""
    words = text.split()
    lines = [" ".join(words[start : start + 9]).capitalize() + "." for start in
             range(0, len(words), 9)]  # fmt: skip
    return f"---\n{head}---\n# {' '.join(words[:6])}\n\n" + "\n".join(lines) + "\n"


def fill(repo: Repository, board: invented.Invented) -> None:
    for at, text in enumerate(board.texts):
        cites = [target for source, target in board.links if source == at]
        repo.write(f"memory/lessons/{name(at)}.md", lesson(at, text, cites))
    repo.commit()


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> invented.Invented:
    return invented.planted(5, 150, MEMBERS, 0.4)


@pytest.fixture
def clustered(repo: Repository, planted: invented.Invented) -> Repository:
    """A board with three groups that say and cite alike, among others that do not."""
    fill(repo, planted)
    return repo


def harvest(repo: Repository, *arguments: str) -> Told:
    told = ask(repo, "harvest", "--json", *arguments)
    assert told.code == 0, told.err
    return told


def members(group: dict[str, list[dict[str, str]]]) -> set[str]:
    return {each["id"] for each in group["members"]}


def program(repo: Repository, text: str) -> str:
    """A program beside the repository."""
    target = repo.root.parent / "sage"
    target.write_text(f"#!/bin/sh\n{text}\n")
    target.chmod(target.stat().st_mode | stat.S_IXUSR)
    return str(target)


def test_the_groups_that_were_planted_are_ripe_and_nothing_else(
    clustered: Repository, planted: invented.Invented
) -> None:
    before = tree_bytes(clustered.root)
    groups = harvest(clustered).data["groups"]
    assert len(groups) == MEMBERS
    for wanted in planted.groups:
        names = set(map(name, wanted))
        assert (
            max(len(members(each) & names) / len(members(each) | names) for each in groups) >= 0.5
        )
    for each in groups:
        density = each["density"]
        assert density["counted"] >= 2 * density["by_chance"]
        assert density["rate"] <= 0.05
        assert {said["id"] for said in each["sentences"]} <= members(each)
    assert tree_bytes(clustered.root) == before


def test_an_answer_depends_on_no_cache(clustered: Repository) -> None:
    first = harvest(clustered)
    again = harvest(clustered)
    shutil.rmtree(clustered.root / ".git/swarm/cache")
    anew = harvest(clustered)
    assert first.out == again.out == anew.out


@pytest.mark.parametrize("left", [0, 10, -1])
def test_an_answer_that_was_cut_off_is_found_again(clustered: Repository, left: int) -> None:
    first = harvest(clustered)
    (kept,) = (clustered.root / ".git/swarm/cache/ripe").iterdir()
    kept.write_bytes(kept.read_bytes()[:left])
    assert harvest(clustered).out == first.out


def test_vectors_of_another_dimension_are_made_again(clustered: Repository) -> None:
    import numpy as np

    first = harvest(clustered)
    folder = clustered.root / ".git/swarm/cache"
    shutil.rmtree(folder / "ripe")
    for file in (folder / "vectors").glob("rows-*.npz"):
        with np.load(file) as held:
            np.savez(file, keys=held["keys"], rows=held["rows"][:, :3])
    assert harvest(clustered).out == first.out


def test_what_is_written_is_a_principle_and_does_not_fire_again(clustered: Repository) -> None:
    first = harvest(clustered, "--top", "1", "--write").data
    (group,) = first["groups"]
    record = ask(clustered, "show", group["record"]["id"], "--json").data["record"]
    assert record["kind"] == "principle"
    assert set(record["keys"]["derived_from"]) == members(group)
    assert record["keys"]["confidence"] == "observed"
    assert record["keys"]["domain"] == ["invented"]
    assert clustered.git("status", "--porcelain") == ""
    assert "Swarm-Verb: harvest" in clustered.git("log", "-1", "--format=%B")
    second = harvest(clustered).data
    assert second["covered"] == 1
    assert all(members(each).isdisjoint(members(group)) for each in second["groups"])
    assert ask(clustered, "check", "--range", "HEAD~1..HEAD").code == 0


def test_a_group_that_has_grown_past_its_principle_says_so(
    clustered: Repository, planted: invented.Invented
) -> None:
    old = list(map(name, planted.groups[0][:4]))
    clustered.write(
        "memory/principles/P-000001.md",
        f"---\nid: P-000001\nconfidence: observed\nderived_from: [{', '.join(old)}]\n"
        "---\n# It was\n",
    )
    clustered.commit()
    (grown,) = (each for each in harvest(clustered).data["groups"] if each["outgrown"])
    assert grown["outgrown"] == ["P-000001"]
    assert {each["id"] for each in grown["members"] if each["carried"]} == members(grown) & set(old)
    assert grown["draft"]["keys"]["extends"] == ["P-000001"]
    assert b"grown past P-000001" in ask(clustered, "harvest").out


@pytest.mark.parametrize(
    ("stated", "told"),
    [("measured", "observed"), ("theorized", "theorized"), ("observed", "observed"),
     ("Measured (n=3)", "observed")],
)  # fmt: skip
def test_a_draft_claims_no_more_than_its_least_sure_member(
    clustered: Repository, planted: invented.Invented, stated: str, told: str
) -> None:
    for group in planted.groups:
        for at in group:
            path = clustered.root / f"memory/lessons/{name(at)}.md"
            text = path.read_text().replace("confidence: observed", f"confidence: {stated}", 1)
            path.write_text(text)
    clustered.commit()
    keys = [each["draft"]["keys"] for each in harvest(clustered).data["groups"]]
    assert {each["confidence"] for each in keys} == {told}


def test_what_is_at_odds_inside_a_group_is_told(
    clustered: Repository, planted: invented.Invented
) -> None:
    one, other = map(name, planted.groups[0][2:4])
    path = clustered.root / f"memory/lessons/{one}.md"
    path.write_text(path.read_text().replace("domain:", f"contradicts: [{other}]\ndomain:", 1))
    clustered.commit()
    told = [each["contradictions"] for each in harvest(clustered).data["groups"]]
    assert [[one, other]] in told


def test_what_a_principle_carries_is_moved_and_still_linked(
    clustered: Repository, planted: invented.Invented
) -> None:
    (group,) = harvest(clustered, "--top", "1", "--write").data["groups"]
    held, edited = sorted(members(group))[:2]
    clustered.write(
        "beliefs/B-000001.md",
        f"---\nid: B-000001\nstatus: aspirational\nevidence: seen\nfalsified_if: n\ncites: [{held}]"
        "\n---\n# One leans on it\n",
    )
    clustered.commit()
    clustered.write(f"memory/lessons/{edited}.md", lesson(int(edited[2:]), "edited meanwhile", []))
    texts = {each: (clustered.root / f"memory/lessons/{each}.md").read_bytes() for each in
             members(group)}  # fmt: skip
    told = ask(clustered, "harvest", "--archive", "--json")
    assert told.code == 0, told.err
    moved = {Path(each["to"]).stem for each in told.data["moved"]}
    assert moved == members(group) - {held, edited}
    assert [each["path"] for each in told.data["left"]] == [f"memory/lessons/{edited}.md"]
    assert told.problems == []
    sizes = told.data["readable"]
    assert sizes["before"]["records"] - sizes["after"]["records"] == len(moved)
    assert sizes["before"]["characters"] > sizes["after"]["characters"]
    for each in moved:
        assert (clustered.root / f"memory/archive/{each}.md").read_bytes() == texts[each]
        assert not (clustered.root / f"memory/lessons/{each}.md").exists()
        assert ask(clustered, "show", each).code == 0
    assert clustered.git("status", "--porcelain").strip() == f"M memory/lessons/{edited}.md"
    assert ask(clustered, "harvest", "--archive", "--json").data["moved"] == []
    broken = [each for each in ask(clustered, "doctor", "--json").problems
              if "is not here" in each["what"]]  # fmt: skip
    assert broken == []


def archive(repo: Repository, *arguments: str, code: int = 0) -> Told:
    told = ask(repo, "harvest", "--archive", "--json", *arguments)
    assert told.code == code, told.err
    return told


def carrying(repo: Repository, *names: str) -> None:
    """A principle that some lessons went into."""
    head = f"id: P-000001\nconfidence: observed\nderived_from: [{', '.join(names)}]"
    repo.write("memory/principles/P-000001.md", f"---\n{head}\n---\n# It is so\n")


def plain(repo: Repository, path: str, record_id: str, body: str = "It was seen.") -> None:
    repo.write(path, f"---\nid: {record_id}\nconfidence: observed\n---\n# {record_id}\n\n{body}\n")


def moved(told: Told) -> set[str]:
    assert told.problems == []
    return {each["to"] for each in told.data["moved"]}


def left(told: Told) -> dict[str, str]:
    return {each["path"]: each["why"] for each in told.data["left"]}


def test_lessons_of_one_file_name_are_archived_side_by_side(repo: Repository) -> None:
    plain(repo, "memory/lessons/2025/first.md", "L-000001")
    plain(repo, "memory/lessons/2026/first.md", "L-000002")
    carrying(repo, "L-000001", "L-000002")
    repo.commit()
    assert moved(archive(repo)) == {"memory/archive/2025/first.md", "memory/archive/2026/first.md"}
    assert ask(repo, "show", "L-000001").code == ask(repo, "show", "L-000002").code == 0


@pytest.mark.parametrize("hidden", [False, True], ids=["it lies there", "only git has it"])
def test_what_lies_in_the_archive_is_not_written_over(repo: Repository, hidden: bool) -> None:
    plain(repo, "memory/lessons/a.md", "L-000001")
    plain(repo, "memory/archive/a.md", "L-000009")
    carrying(repo, "L-000001")
    repo.commit()
    if hidden:
        (repo.root / "memory/archive/a.md").unlink()
    told = archive(repo)
    assert told.data["moved"] == []
    assert "is taken" in left(told)["memory/lessons/a.md"]
    assert "L-000009" in repo.git("show", "HEAD:memory/archive/a.md")


@pytest.mark.parametrize("name", [b"l\xff.md", b"new\nline.md"])
def test_a_name_that_cannot_be_written_again_stays(repo: Repository, name: bytes) -> None:
    target = os.fsencode(repo.root) + b"/memory/lessons/" + name
    plain(repo, "memory/lessons/b.md", "L-000002")
    Path(os.fsdecode(target)).write_text("---\nid: L-000003\nconfidence: observed\n---\n# Odd\n")
    carrying(repo, "L-000002", "L-000003")
    repo.commit()
    told = archive(repo)
    assert [each["to"] for each in told.data["moved"]] == ["memory/archive/b.md"]
    assert len(told.data["left"]) == 1
    assert os.path.lexists(target)


def test_what_is_linked_by_its_path_stays_and_says_why(repo: Repository) -> None:
    plain(repo, "memory/lessons/a.md", "L-000001", "See [b](b.md).")
    plain(repo, "memory/lessons/b.md", "L-000002")
    plain(repo, "memory/lessons/c.md", "L-000003", "See [[L-000001]].")
    carrying(repo, "L-000001", "L-000002", "L-000003")
    repo.commit()
    told = archive(repo)
    assert moved(told) == {"memory/archive/c.md"}
    assert set(left(told)) == {"memory/lessons/a.md", "memory/lessons/b.md"}
    assert ask(repo, "doctor", "--json").problems == []


LEANING = {
    "an open task": ("tasks/T-1.md", "id: T-1\nstatus: open", False),
    "a task in work": ("tasks/T-1.md", "id: T-1\nstatus: in-progress", False),
    "a task of no status": ("tasks/T-1.md", "id: T-1", False),
    "a frontier": ("tasks/F-1.md", "id: F-1\nstatus: open", False),
    "a belief": ("beliefs/B-1.md", "id: B-1\nstatus: active", False),
    "a challenge": ("beliefs/challenges/C-1.md", "id: C-1\nstatus: open", False),
    "a task that is done": ("tasks/T-1.md", "id: T-1\nstatus: closed", True),
    "a belief that fell": ("beliefs/B-1.md", "id: B-1\nstatus: falsified", True),
}


@pytest.mark.parametrize(("path", "head", "free"), LEANING.values(), ids=LEANING)
def test_what_something_alive_leans_on_stays(
    repo: Repository, path: str, head: str, free: bool
) -> None:
    plain(repo, "memory/lessons/a.md", "L-000001")
    carrying(repo, "L-000001")
    repo.write(path, f"---\n{head}\ncites: [L-000001]\n---\n# It leans\n")
    repo.commit()
    assert [each["from"] for each in archive(repo).data["moved"]] == (
        ["memory/lessons/a.md"] if free else []
    )


def test_a_lesson_that_is_contradicted_or_whose_principle_is_in_no_commit_stays(
    repo: Repository,
) -> None:
    plain(repo, "memory/lessons/a.md", "L-000001")
    plain(repo, "memory/lessons/b.md", "L-000002")
    repo.write("memory/lessons/c.md", "---\nid: L-000003\nconfidence: observed\n"
               "contradicts: [L-000002]\n---\n# No\n")  # fmt: skip
    repo.commit()
    carrying(repo, "L-000001", "L-000002")
    assert moved(archive(repo)) == set()
    repo.commit()
    assert moved(archive(repo)) == {"memory/archive/a.md"}


def test_in_the_middle_of_a_merge_it_says_that_nothing_is_committed(repo: Repository) -> None:
    plain(repo, "memory/lessons/a.md", "L-000001")
    carrying(repo, "L-000001")
    repo.write("x", "1")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("x", "2")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("x", "3")
    repo.commit()
    with pytest.raises(AssertionError):
        repo.git("merge", "-q", "side")
    told = archive(repo, code=1)
    assert told.data["commit"] == ""
    assert "git commit" in told.problems[0]["remedy"]


@pytest.mark.parametrize("flags", [("--archive",), ("--write",), ("--with", "cat")])
def test_at_another_moment_nothing_is_written(
    clustered: Repository, flags: tuple[str, ...]
) -> None:
    assert ask(clustered, "harvest", "--at", "HEAD", *flags).code == 2


def test_no_program_is_no_program(clustered: Repository) -> None:
    assert ask(clustered, "harvest", "--write", "--with", " ").code == 2


def test_nothing_is_archived_while_nothing_is_carried(clustered: Repository) -> None:
    told = ask(clustered, "harvest", "--archive")
    assert told.code == 0
    assert b"no lesson is carried" in told.out


def test_a_program_is_told_the_group_and_says_the_principle(clustered: Repository) -> None:
    heard = clustered.root.parent / "heard.json"
    command = program(clustered, f"cat > {heard}; echo '# Said by a sage'; echo; echo Because.")
    (group,) = harvest(clustered, "--top", "1", "--write", "--with", command).data["groups"]
    told = json.loads(heard.read_text())
    assert told["schema"] == "swarm/1"
    assert {each["id"] for each in told["group"]["members"]} == members(group)
    assert set(told["group"]["texts"]) == members(group)
    record = ask(clustered, "show", group["record"]["id"], "--json").data["record"]
    assert record["title"] == "Said by a sage"
    assert "Because." in (clustered.root / record["path"]).read_text()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sleep 60", "was still running after"),
        ("exit 0", "printed no principle"),
        ("echo; echo '   '", "printed no principle"),
        ("echo half; echo why >&2; exit 3", "failed (exit 3): why"),
        ("yes long", "printed more than 1 MB"),
        ("kill -9 $$", "was ended by SIGKILL"),
    ],
)
def test_a_program_that_says_nothing_writes_nothing(
    clustered: Repository, text: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hired, "LIMIT", 2.0)
    before = clustered.git("rev-parse", "HEAD")
    told = ask(clustered, "harvest", "--top", "1", "--write", "--with", program(clustered, text))
    assert told.code == 1
    assert what in told.err.decode()
    assert clustered.git("rev-parse", "HEAD") == before
    assert clustered.git("status", "--porcelain") == ""


def test_of_a_head_that_a_program_prints_nothing_is_believed(clustered: Repository) -> None:
    said = "---\\nid: P-evil01\\nconfidence: measured\\nn: 900\\n---\\n# As it is\\n\\nText."
    command = program(clustered, f"printf '%b' '{said}'")
    (group,) = harvest(clustered, "--top", "1", "--write", "--with", command).data["groups"]
    record = ask(clustered, "show", group["record"]["id"], "--json").data["record"]
    assert record["id"] != "P-evil01"
    assert record["title"] == "As it is"
    assert record["keys"]["confidence"] == "observed"
    assert "n" not in record["keys"]


def test_a_rate_is_a_setting(clustered: Repository) -> None:
    clustered.write("swarm.toml", "[harvest]\nrate = 1e-300\n")
    assert harvest(clustered).data["groups"] == []
    clustered.write("swarm.toml", "[harvest]\nrate = 2\n")
    told = harvest(clustered)
    assert len(told.data["groups"]) == MEMBERS
    assert "harvest.rate" in told.problems[0]["what"]


ODD = {
    "an empty board": [],
    "one lesson": ["one thing that was learned"],
    "identical lessons": ["the same words as all the others"] * 30,
    "six alphabets": ["small batches win", "малые пакеты лучше", "μικρές δέσμες νικούν",
                      "دفعات صغيرة تفوز", "छोटे बैच जीतते हैं", "小さな束が勝つ"] * 5,
    "a lesson of 5 MB": ["word and other words " * 240_000, *["a short text"] * 5],
}  # fmt: skip


@pytest.mark.parametrize("texts", ODD.values(), ids=ODD)
def test_odd_boards_are_answered(make_repository: Maker, texts: list[str]) -> None:
    repo = make_repository()
    for at, text in enumerate(texts):
        repo.lesson(name(at), f"thing {at}", text, confidence="observed")
    repo.commit()
    told = ask(repo, "harvest", "--json")
    assert told.code == 0
    assert len(told.data["groups"]) == (2 if texts[:1] == ["small batches win"] else 0)
    assert ask(repo, "harvest").code == 0
    assert ask(repo, "harvest", "--archive").code == 0


def test_reading_leaves_only_its_cache(clustered: Repository) -> None:
    head = clustered.git("rev-parse", "HEAD")
    harvest(clustered)
    assert clustered.git("rev-parse", "HEAD") == head
    assert clustered.git("status", "--porcelain") == ""
    assert cache_files(clustered.root / ".git")


def periodic(repo: Repository) -> list[dict[str, str]]:
    told = ask(repo, "next", "--json")
    assert told.code == 0, told.err
    return [each for each in told.data["next"] if each["tier"] == "PERIODIC"]


def test_next_calls_for_harvest_while_something_is_ripe_and_only_then(
    clustered: Repository,
) -> None:
    (call,) = periodic(clustered)
    assert call["command"] == "swarm harvest"
    assert call["why"].startswith("3 groups hang together")
    assert periodic(clustered) == [call]
    harvest(clustered, "--write")
    assert periodic(clustered) == []


def test_next_waits_for_no_model(clustered: Repository) -> None:
    """One that is not there, too: harvest says so, and next has other things to say."""
    clustered.write("swarm.toml", '[vectors]\nmodel = "some/model"\n')
    clustered.commit()
    assert periodic(clustered) == []
    assert ask(clustered, "harvest").code == 1


@pytest.mark.parametrize("lively", [False, True])
def test_next_calls_for_nothing_where_nothing_hangs_together(
    repo: Repository, lively: bool
) -> None:
    fill(repo, invented.structureless(4, 120, lively=lively))
    assert periodic(repo) == []


def test_next_calls_for_a_pair_that_leans_on_the_same_and_that_nobody_joined(
    repo: Repository,
) -> None:
    """Two lessons, long after each other, cite the same ten, which hardly anybody else cites."""
    board = invented.structureless(4, 120, lively=False)
    board.links.extend((late, old) for late in (70, 119) for old in range(3, 60, 6))
    fill(repo, board._replace(links=sorted(set(board.links))))
    (call,) = periodic(repo)
    assert call["command"] == "swarm recombine"
    assert call["id"] == f"{name(70)}+{name(119)}"


def test_a_draft_that_a_rule_refuses_keeps_no_other_from_being_written(
    clustered: Repository, planted: invented.Invented
) -> None:
    """Its members hide text; the others are written, and what was refused is told."""
    hidden = "hidden\u202eword "
    for at in planted.groups[0]:
        path = clustered.root / f"memory/lessons/{name(at)}.md"
        head, _, body = path.read_text().partition("\n\n")
        path.write_text(f"{head}\n\n" + "".join(f"{hidden}{line}\n" for line in body.splitlines()))
    clustered.commit()
    told = ask(clustered, "harvest", "--write", "--json")
    assert told.code == 8
    refused = [each for each in told.data["groups"] if "refused" in each]
    assert len(refused) == 1
    assert len([each for each in told.data["groups"] if "record" in each]) == MEMBERS - 1
    assert any("is refused" in each["what"] for each in told.problems)
    assert clustered.git("status", "--porcelain") == ""


def test_what_somebody_else_has_written_meanwhile_is_not_written_again(
    clustered: Repository,
) -> None:
    board = clustered.board()
    _, groups = reap.distilled(board, 5, "")
    assert all(each.done for each in reap.write(board, groups))
    again = list(reap.write(clustered.board(), groups))
    assert [each.done for each in again] == [None] * MEMBERS
    assert all("was derived from all of" in str(each.problem) for each in again)


def test_a_member_that_goes_meanwhile_is_said_and_none_is_taken_for_it(
    clustered: Repository, planted: invented.Invented, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While vectors were made, somebody moved a lesson, and the cache went."""
    gone = clustered.root / f"memory/lessons/{name(planted.groups[0][3])}.md"

    def rows(board: Board, found: material.Material) -> object:
        made = usual(board, found)
        gone.rename(gone.with_name("elsewhere.md"))
        shutil.rmtree(clustered.root / ".git/swarm/cache")
        return made

    usual = material.rows
    monkeypatch.setattr(material, "rows", rows)
    told = ask(clustered, "harvest")
    assert told.code == 1
    assert b"was changed meanwhile" in told.err


def test_an_answer_that_was_kept_is_not_given_of_other_citations(
    clustered: Repository, planted: invented.Invented
) -> None:
    assert len(harvest(clustered).data["groups"]) == MEMBERS
    for path in (clustered.root / "memory/lessons").iterdir():
        path.write_text(re.sub(r"cites: .*\n", "", path.read_text()))
    clustered.commit()
    told = harvest(clustered).data["groups"]
    assert {each["density"]["witness"] for each in told} <= {"words"}


@pytest.mark.parametrize("key", ["status: superseded", "status: archived"])
def test_what_is_history_is_not_grouped(
    clustered: Repository, planted: invented.Invented, key: str
) -> None:
    for at in planted.groups[0]:
        path = clustered.root / f"memory/lessons/{name(at)}.md"
        path.write_text(path.read_text().replace("domain:", f"{key}\ndomain:", 1))
    clustered.commit()
    told = harvest(clustered).data
    assert told["records"] == 150 - len(planted.groups[0])
    grouped = {member for each in told["groups"] for member in members(each)}
    assert grouped.isdisjoint(map(name, planted.groups[0]))


SAYINGS = {
    "lines of a paragraph": ("Small batches win\nover large ones under load.",
                             ["Small batches win over large ones under load."]),
    "a heading": ("## What happened in three lines at most\n\nSmall batches beat large ones.",
                  ["Small batches beat large ones."]),
    "a fence": ("```\nthis is code and no sentence\n```\nSmall batches beat large ones.",
                ["Small batches beat large ones."]),
    "a table": ("| a | table with several words |\n|---|---|\n\nSmall batches beat large ones.",
                ["Small batches beat large ones."]),
    "a list": ("- Small batches beat large ones\n- Writers wait for one lock",
               ["Small batches beat large ones", "Writers wait for one lock"]),
    "inline code": ("Use `[[L-nothere]]` and `__slots__` with **kwargs here.",
                    ["Use `[[L-nothere]]` and `__slots__` with **kwargs here."]),
    "a label": ("Session: S355 and some more words", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), SAYINGS.values(), ids=SAYINGS)
def test_sentences_are_those_that_people_wrote(text: str, told: list[str]) -> None:
    assert [each for each in central._split(text)] == told


def test_the_most_central_sentence_is_what_most_say() -> None:
    rest = "batches beat large ones under lock contention. Odd"
    texts = [f"{word} {rest} word{at} thing{at} here{at}." for at, word in
             enumerate(("Small", "Tiny", "Short", "Little", "Few", "Quick"))]  # fmt: skip
    told = central.sentences(texts, 3)
    assert len({each.number for each in told}) == 3
    assert all("batches beat large ones" in each.text for each in told)


ANSWERS = {
    "a fence around it": ("```markdown\\n# As it is\\n\\nText.\\n```", "As it is", "Text."),
    "words before a head": ("Here it is:\\n\\n# As it is\\n\\nText.", "As it is", "Text."),
    "no heading": ("As it is\\n\\nText.", "As it is", "Text."),
}


@pytest.mark.parametrize(("said", "title", "body"), ANSWERS.values(), ids=ANSWERS)
def test_a_program_s_words_are_found_in_what_it_prints(
    clustered: Repository, said: str, title: str, body: str
) -> None:
    command = program(clustered, f"printf '%b' '{said}'")
    (group,) = harvest(clustered, "--top", "1", "--with", command).data["groups"]
    assert (group["draft"]["title"], group["draft"]["body"]) == (title, body)


def test_an_answer_in_one_long_line_is_a_title_and_the_rest(clustered: Repository) -> None:
    command = program(clustered, "printf 'word%.0s ' $(seq 2000)")
    (group,) = harvest(clustered, "--top", "1", "--write", "--with", command).data["groups"]
    assert len(group["record"]["title"]) < 130
    assert len((clustered.root / group["record"]["path"]).read_text()) > 8_000


def test_next_says_when_what_it_needs_does_not_load(
    clustered: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    (call,) = periodic(clustered)
    assert "cannot be found out" in call["why"]


def test_what_a_record_says_of_itself_is_no_news(clustered: Repository) -> None:
    text = (clustered.root / f"memory/lessons/{name(3)}.md").read_text().split("\n\n", 1)[1]
    asked = ("new", "lesson", "The same", "--body", text, "--json")
    near = ask(clustered, *asked).data["near"]["id"]
    assert near == name(3)
    told = ask(clustered, *asked, "--set", f"supersedes={name(3)}").data
    assert told.get("near", {}).get("id") != name(3)
