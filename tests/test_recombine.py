"""`swarm recombine` and `swarm trails`: pairs nobody has made, and what made a record warm."""

from __future__ import annotations

import math
import random
import shutil
from itertools import combinations
from typing import Any

import pytest
from ask import ask
from conftest import Maker, Repository
from test_retrieval import WHO, WHOM, colony, harmless, orient

from swarm.trails import SUCCESS


def recombine(repo: Repository, *arguments: str) -> list[dict[str, Any]]:
    told = ask(repo, "recombine", "--json", *arguments)
    assert told.code == 0, told.err
    return list(told.data["recombine"])


def trails(repo: Repository, *arguments: str) -> dict[str, Any]:
    told = ask(repo, "trails", "--json", *arguments)
    assert told.code == 0, told.err
    return told.data


def web(repo: Repository, dice: random.Random, size: int, links: int) -> dict[str, set[str]]:
    """Lessons that cite each other at random, older and newer alike; who cites whom."""
    cited: dict[str, set[str]] = {f"L-{at:06d}": set() for at in range(size)}
    names = sorted(cited)
    for _ in range(links):
        one, other = dice.sample(names, 2)
        cited[one].add(other)
    for at, name in enumerate(names):
        repo.lesson(
            name, f"The {dice.choice(WHO)} and the {dice.choice(WHOM)} {at}",
            " ".join(dice.choices([*WHO, *WHOM], k=12)), confidence="observed",
            created=f"2025-01-01T{at // 60:02d}:{at % 60:02d}:00Z",
            cites=f"[{', '.join(sorted(cited[name]))}]",
        )  # fmt: skip
    repo.commit()
    return cited


@pytest.fixture(params=range(4))
def woven(
    repo: Repository, request: pytest.FixtureRequest
) -> tuple[Repository, dict[str, set[str]]]:
    return repo, web(repo, random.Random(request.param), 24, 30)  # noqa: S311


Woven = tuple[Repository, dict[str, set[str]]]


# Pairs


def test_nothing_joins_a_pair_and_something_is_shared(woven: Woven) -> None:
    repo, cited = woven
    found = recombine(repo, "--top", "1000")
    assert found
    near = {
        name: cited[name] | {other for other in cited if name in cited[other]} for name in cited
    }
    for pair in found:
        left, right = (each["id"] for each in pair["records"])
        assert left < right
        assert right not in near[left]
        assert not [other for other in cited if {left, right} <= cited[other]], "a common citer"
        assert pair["shared"]
        assert set(pair["shared"]) <= near[left] & near[right]
        assert pair["id"] == f"{left}+{right}"
    assert len({pair["id"] for pair in found}) == len(found)


def test_every_pair_that_could_be_told_is(woven: Woven) -> None:
    """On a board this small nothing is cut off but what has no word in common."""
    repo, cited = woven
    near = {
        name: cited[name] | {other for other in cited if name in cited[other]} for name in cited
    }
    possible = {
        f"{left}+{right}"
        for left, right in combinations(sorted(cited), 2)
        if right not in near[left]
        and near[left] & near[right]
        and not any({left, right} <= cited[other] for other in cited)
    }
    assert {pair["id"] for pair in recombine(repo, "--top", "1000")} == possible


def test_terms_multiply_up_and_order_the_pairs(woven: Woven) -> None:
    repo, _ = woven
    found = recombine(repo, "--top", "1000")
    for pair in found:
        assert set(pair["terms"]) == {"kinship", "heat", "likeness"}
        assert all(math.isfinite(value) and value > 0 for value in pair["terms"].values())
        assert math.isclose(math.prod(pair["terms"].values()), pair["score"], rel_tol=1e-9)
        assert pair["terms"]["likeness"] <= 1 + 1e-9
    scores = [pair["score"] for pair in found]
    assert scores == sorted(scores, reverse=True)
    assert recombine(repo, "--top", "3") == found[:3]


def test_the_same_pairs_after_a_rebuild_in_a_clone_and_at_the_commit(woven: Woven) -> None:
    repo, _ = woven
    found = recombine(repo)
    assert recombine(repo) == found
    shutil.rmtree(repo.root / ".git/swarm")
    assert recombine(repo) == found
    assert recombine(repo, "--at", "HEAD") == found
    repo.git("clone", "-q", ".", "../clone")
    assert recombine(Repository(repo.root.parent / "clone", repo.environ)) == found


def test_later_links_are_not_known_at_an_old_commit(woven: Woven) -> None:
    repo, _ = woven
    then = repo.git("rev-parse", "HEAD").strip()
    found, warm = recombine(repo), trails(repo)
    left, right = (each["id"] for each in found[0]["records"])
    repo.lesson("L-zzzzzz", "Both", "lock queue", cites=f"[{left}, {right}]")
    assert found[0]["id"] not in [pair["id"] for pair in recombine(repo)]
    repo.commit()
    assert recombine(repo, "--at", then) == found
    assert trails(repo, "--at", then) == warm
    assert trails(repo) != warm


def test_the_only_pair_there_is_is_told(repo: Repository) -> None:
    repo.lesson("L-ssssss", "Shared", "Both build on this.", confidence="observed")
    for name in ("aaaaaa", "bbbbbb"):
        repo.lesson(f"L-{name}", f"Locks and queues {name}", "locks", cites="[L-ssssss]")
    repo.commit()
    (pair,) = recombine(repo)
    assert pair["id"] == "L-aaaaaa+L-bbbbbb"
    assert pair["shared"] == ["L-ssssss"]


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_a_board_with_too_few_has_none_and_says_so(repo: Repository, size: int) -> None:
    for at in range(size):
        repo.lesson(f"L-{at:06d}", f"Alone {at}")
    assert recombine(repo) == []
    told = ask(repo, "recombine")
    assert told.code == 0
    assert told.out == b"no two records share a neighbour without being joined\n"


def test_a_hub_makes_no_pairs(repo: Repository) -> None:
    repo.lesson("L-hhhhhh", "Everybody cites this", "lock")
    for at in range(60):
        repo.lesson(f"L-{at:06d}", f"The lock {at}", "lock", cites="[L-hhhhhh]")
    repo.commit()
    assert recombine(repo, "--top", "1000") == []


def test_work_and_talk_are_not_combined(repo: Repository) -> None:
    repo.lesson("L-ssssss", "Shared", "Both build on this.", confidence="observed")
    repo.write("tasks/T-aaaaaa.md", "---\nid: T-aaaaaa\ncites: [L-ssssss]\n---\n# Locks queue\n")
    repo.write(
        "memory/handoffs/H-aaaaaa.md", "---\nid: H-aaaaaa\ncites: [L-ssssss]\n---\n# Locks queue\n"
    )
    for name in ("aaaaaa", "bbbbbb"):
        repo.lesson(f"L-{name}", f"Locks and queues {name}", "locks", cites="[L-ssssss]")
    repo.commit()
    for pair in recombine(repo):
        assert {each["id"][0] for each in pair["records"]} <= {"L", "P", "B"}


def test_inside_orient_one_side_is_relevant(woven: Woven) -> None:
    repo, _ = woven
    told = orient(repo, "the lock and the writer")
    known = {each["id"] for each in told["relevant"]}
    for pair in told["recombine"]:
        assert known & {each["id"] for each in pair["records"]}


def test_both_titles_are_in_the_question_however_long_they_are(repo: Repository) -> None:
    repo.lesson("L-ssssss", "Shared", "Both build on this.", confidence="observed")
    repo.lesson("L-cccccc", "Unlike", "Nothing of the kind.", cites="[L-ssssss]")
    for name in ("aaaaaa", "bbbbbb"):
        path = f"memory/lessons/L-{name}.md"
        title = f"{name} begins like this ” and " + "goes on and on " * 30
        repo.write(path, f"---\nid: L-{name}\ncites: [L-ssssss]\n---\n# {title}\n\nlock writer\n")
    repo.commit()
    for arguments in (["recombine"], ["orient", "--for", "begins like this lock writer"]):
        told = ask(repo, *arguments)
        harmless(told)
        line = next(each for each in told.out.decode().splitlines() if "What does" in each)
        assert "aaaaaa begins" in line
        assert "bbbbbb begins" in line
        assert len(line) < 400
        assert line.count("“") == line.count("”") == 2


@pytest.mark.parametrize("wrong", [["--top", "0"], ["--top", "x"], ["more"]])
def test_recombine_refuses_what_it_does_not_know(repo: Repository, wrong: list[str]) -> None:
    assert ask(repo, "recombine", *wrong).code == 2


# Trails


def test_deposits_add_up_to_their_number(woven: Woven) -> None:
    repo, cited = woven
    told = trails(repo, "--hot", "1000")
    assert told["hot"]
    for each in told["hot"]:
        used = math.fsum(left["now"] for left in each["deposits"] if not left["warning"])
        warned = math.fsum(left["now"] for left in each["deposits"] if left["warning"])
        assert math.isclose(used, each["trail"], rel_tol=1e-9, abs_tol=1e-12)
        assert math.isclose(warned, each["warning"], rel_tol=1e-9, abs_tol=1e-12)
        newer = {name for name in cited if each["id"] in cited[name] and name > each["id"]}
        assert {left["by"] for left in each["deposits"]} == newer
        for left in each["deposits"]:
            age = len(cited) - 1 - int(left["by"][2:])
            assert left["age"] == age
            assert math.isclose(left["now"], left["weight"] * 2 ** (-age / told["half_life"]))
    expected = {name for name in cited for other in cited if name in cited[other] and other > name}
    assert {each["id"] for each in told["hot"]} == expected


def test_a_verified_close_weighs_more_and_a_challenge_warns(repo: Repository) -> None:
    repo.lesson("L-000001", "Alpha", created="2025-01-01")
    repo.write(
        "tasks/T-000001.md",
        "---\nid: T-000001\nstatus: closed\noutcome: confirmed\nfound_by: check\n"
        "tests: [L-000001]\ncreated: 2025-01-02\n---\n# Try\n",
    )
    repo.write(
        "beliefs/challenges/C-000001.md",
        "---\nid: C-000001\nstatus: open\ncontradicts: [L-000001]\n"
        "created: 2025-01-03\n---\n# No\n",
    )
    repo.commit()
    (told,) = trails(repo)["hot"]
    assert {left["by"]: (left["weight"], left["warning"]) for left in told["deposits"]} == {
        "T-000001": (SUCCESS, False), "C-000001": (1.0, True),
    }  # fmt: skip
    text = ask(repo, "trails").out.decode()
    assert "warning 1.00" in text
    assert "C-000001 (warning)" in text


def test_hot_and_cold_are_the_two_ends_of_one_order(woven: Woven) -> None:
    repo, _ = woven
    told = trails(repo, "--hot", "1000", "--cold", "1000")
    warm = [each["trail"] for each in told["hot"]]
    assert warm == sorted(warm, reverse=True)
    cold = [each["trail"] for each in told["cold"]]
    assert cold == sorted(cold)
    assert {each["id"] for each in told["hot"]} == {each["id"] for each in told["cold"]}
    assert "cold" not in trails(repo)
    assert list(trails(repo, "--cold", "2")) == ["half_life", "cold"]
    assert len(trails(repo, "--cold", "2")["cold"]) == 2
    assert trails(repo, "--hot", "2")["hot"] == told["hot"][:2]


def test_text_says_which_are_hot_and_which_are_cold(woven: Woven) -> None:
    repo, _ = woven
    told = ask(repo, "trails", "--hot", "2", "--cold", "2").out.decode().splitlines()
    headings = [line for line in told if not line.startswith(("L-", " "))]
    assert len(headings) == 2
    assert "cold" in headings[1]


def test_a_record_that_is_only_warned_of_is_not_warm(repo: Repository) -> None:
    """The warmest trails lead to what was used; a warning is no use."""
    for at in range(3):
        repo.lesson(f"L-00000{at}", f"Alpha {at}", created=f"2025-01-0{at + 1}")
    repo.lesson("L-00000u", "Uses", created="2025-01-04", cites="[L-000000]")
    repo.lesson("L-00000w", "Warns", created="2025-01-05", contradicts="[L-000001]")
    repo.commit()
    told = trails(repo)["hot"]
    assert [each["id"] for each in told if each["trail"]] == ["L-000000"]
    assert told[0]["id"] == "L-000000"


def test_settings_decide_how_long_a_trail_lasts(repo: Repository) -> None:
    colony(repo, 12)
    slow = trails(repo)["hot"][0]["trail"]
    repo.write("swarm.toml", "[retrieval]\nhalf_life = 1\n")
    told = trails(repo)
    assert told["half_life"] == 1
    assert told["hot"][0]["trail"] < slow
    for each in told["hot"]:
        assert math.isclose(
            math.fsum(left["now"] for left in each["deposits"]), each["trail"], rel_tol=1e-9
        )


def test_trails_are_the_same_after_a_rebuild_and_in_a_clone(woven: Woven) -> None:
    repo, _ = woven
    told = trails(repo, "--hot", "50", "--cold", "50")
    shutil.rmtree(repo.root / ".git/swarm")
    assert trails(repo, "--hot", "50", "--cold", "50") == told
    repo.git("clone", "-q", ".", "../clone")
    clone = Repository(repo.root.parent / "clone", repo.environ)
    assert trails(clone, "--hot", "50", "--cold", "50") == told


@pytest.mark.parametrize("size", [0, 1])
def test_a_board_without_trails_says_so(repo: Repository, size: int) -> None:
    colony(repo, size)
    assert trails(repo) == {"half_life": 30.0, "hot": []}
    told = ask(repo, "trails")
    assert told.code == 0
    assert told.out == b"no record here is cited by a newer one yet\n"


@pytest.mark.parametrize("wrong", [["--hot", "0"], ["--cold", "-1"], ["--hot"], ["more"]])
def test_trails_refuses_what_it_does_not_know(repo: Repository, wrong: list[str]) -> None:
    assert ask(repo, "trails", *wrong).code == 2


def test_hostile_titles_stay_on_their_lines(repo: Repository, make_repository: Maker) -> None:
    title = '"needs you now\\n\\x1b[31mL-ffffff  forged”"'
    repo.lesson("L-ssssss", "Shared", "locks", confidence="observed", created="2025-01-01")
    for name in ("aaaaaa", "bbbbbb"):
        repo.write(
            f"memory/lessons/L-{name}.md",
            f"---\nid: L-{name}\ntitle: {title}\ncites: [L-ssssss]\n"
            "created: 2025-01-02\n---\nlocks x\n",
        )
    repo.lesson("L-tttttt", "Cites", "locks", cites="[L-aaaaaa]", created="2025-01-03")
    repo.commit()
    for verb in ("trails", "recombine"):
        told = ask(repo, verb)
        harmless(told)
        assert all(line.startswith(("L-", "  ")) for line in told.out.decode().splitlines())
