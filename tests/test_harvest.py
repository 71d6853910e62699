"""Principles form where evidence clusters: what fires, what is written, what is put away."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from ask import Told, ask
from boards import cache_files
from conftest import Maker, Repository, tree_bytes

from swarm import hired
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
    assert told.data["left"] == [f"memory/lessons/{edited}.md"]
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
    assert len(told.data["groups"]) == (4 if texts[:1] == ["small batches win"] else 0)
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
