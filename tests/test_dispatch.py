"""What is worth doing next, on real boards: where each figure comes from, and what must wait."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from typing import Any

import pytest
from ask import Told, ask
from boards import dump, rebuilt, told
from conftest import Maker, Repository
from test_retrieval import harmless

from swarm import evidence
from swarm.posterior import Beta

FOLDERS = {
    "L": "memory/lessons", "P": "memory/principles", "B": "beliefs", "C": "beliefs/challenges",
    "T": "tasks", "F": "tasks", "H": "memory/handoffs",
}  # fmt: skip
CHECKED = {"status": "closed", "found_by": "check", "verify": "make test"}


class Colony:
    """A repository whose records arrive in the order in which they are written here."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.minute = 0

    def add(self, record_id: str, title: str = "", body: str = "", **keys: Any) -> None:
        self.minute += 1
        hour, minute = divmod(self.minute, 60)
        stated = {"id": record_id, "created": f"2024-01-01T{hour:02}:{minute:02}:00Z"} | keys
        head = "".join(f"{key}: {_spelled(value)}\n" for key, value in stated.items())
        text = f"---\n{head}---\n# {title or f'About {record_id}'}\n\n{body}\n"
        self.repo.write(f"{FOLDERS[record_id[0]]}/{record_id}.md", text)

    def belief(self, record_id: str, **keys: Any) -> None:
        self.add(record_id, **{"status": "aspirational", **keys})

    def task(self, record_id: str, **keys: Any) -> None:
        self.add(record_id, **{"status": "open", **keys})

    def ended(self, record_id: str, outcome: str, tests: str, tree: str = "", **keys: Any) -> None:
        """A task that a command closed, on files of its own unless told otherwise."""
        told = CHECKED | {"outcome": f'"{outcome}"', "tests": tests, "checked": tree or record_id}
        self.add(record_id, **(told | keys))

    def pad(self, count: int) -> None:
        """Time goes by: so many records that have to do with nothing."""
        for _ in range(count):
            self.add(f"L-{self.minute:06}")

    def ask(self, *arguments: str, code: int = 0, **environ: str) -> dict[str, Any]:
        return told(self.repo, "dispatch", *arguments, code=code, **environ)["data"]

    def of(self, record_id: str) -> dict[str, Any]:
        """A candidate, wherever it stands."""
        found = [
            each for each in self.ask("--top", "1000")["candidates"] if each["id"] == record_id
        ]
        assert found, record_id
        return dict(found[0])

    def terms(self, record_id: str) -> dict[str, float]:
        return dict(self.of(record_id)["terms"])

    def waiting(self, **environ: str) -> dict[str, dict[str, Any]]:
        return {each["id"]: each for each in self.ask(**environ)["waiting"]}

    def order(self, *arguments: str) -> list[str]:
        return [each["id"] for each in self.ask("--top", "1000", *arguments)["candidates"]]


def _spelled(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


@pytest.fixture
def colony(repo: Repository) -> Colony:
    return Colony(repo)


def sound(answer: dict[str, Any]) -> None:
    """The laws of a score, on whatever board."""
    for each in answer["candidates"]:
        terms = each["terms"]
        assert list(terms) == ["gain", "reach", "phi", "bandit"]
        assert all(0 < term < math.inf for term in terms.values()), each
        assert math.isclose(math.prod(terms.values()), each["score"], rel_tol=1e-9)
        assert 0.01 <= terms["gain"] <= 0.4427
        assert terms["reach"] >= 1 and 0.5 <= terms["phi"] <= 2 and 0.5 <= terms["bandit"] <= 2
        assert each["why"] and each["path"] and each["title"]
    scores = [each["score"] for each in answer["candidates"]]
    assert scores == sorted(scores, reverse=True)


# Gain


def faded(age: int) -> float:
    """What is left of an outcome so many records on, with the half-life that is the default."""
    return 2 ** (-age / 30)


COUNTED: dict[str, tuple[list[dict[str, Any]], tuple[float, float]]] = {
    # what closed tasks say of the belief, the oldest first → for it, against it, unfaded
    "nothing yet": ([], (0, 0)),
    "confirmed": ([{"outcome": "confirmed"}], (1, 0)),
    "falsified": ([{"outcome": "falsified"}], (0, 1)),
    "half of it": ([{"outcome": "partial"}], (0.5, 0.5)),
    "no result": ([{"outcome": "null"}], (0, 0)),
    "twice": ([{"outcome": "confirmed"}, {"outcome": "confirmed"}], (2, 0)),
    "an agent's word": ([{"outcome": "confirmed", "found_by": "agent"}], (0, 0)),
    "a person's word": ([{"outcome": "falsified", "found_by": "person"}], (0, 0)),
    "nobody's word": ([{"outcome": "confirmed", "found_by": ""}], (0, 0)),
    "not closed": ([{"outcome": "confirmed", "status": "abandoned"}], (0, 0)),
    "the same check on the same files": (
        [{"outcome": "confirmed", "tree": "3f9a"}, {"outcome": "confirmed", "tree": "3f9a"}],
        (1, 0),
    ),
    "another check on the same files": (
        [{"outcome": "confirmed", "tree": "3f9a"},
         {"outcome": "confirmed", "tree": "3f9a", "verify": "make lint"}], (2, 0),
    ),
    "a check that changed its mind on the same files": (
        [{"outcome": "confirmed", "tree": "3f9a"}, {"outcome": "falsified", "tree": "3f9a"}],
        (0, 1),
    ),
    "a null after it on the same files": (
        [{"outcome": "confirmed", "tree": "3f9a"}, {"outcome": "null", "tree": "3f9a"}], (1, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", COUNTED)
def test_a_belief_counts_what_commands_decided(colony: Colony, what: str) -> None:
    """With `half_life = 1000` nothing fades that a test would notice."""
    colony.repo.write("swarm.toml", "[retrieval]\nhalf_life = 1000\n")
    outcomes, (held, failed) = COUNTED[what]
    colony.belief("B-aaaaaa")
    for at, each in enumerate(outcomes):
        colony.ended(f"T-00000{at}", tests="B-aaaaaa", **each)
    colony.task("T-aaaaaa", tests="B-aaaaaa")
    basis = colony.of("T-aaaaaa")["basis"]
    assert basis["about"] == "B-aaaaaa"
    assert (basis["a"] - 0.5, basis["b"] - 0.5) == pytest.approx((held, failed), abs=0.005)
    assert colony.terms("T-aaaaaa")["gain"] == Beta(basis["a"], basis["b"]).bits


def test_counts_fade_with_the_records_that_arrive(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    colony.ended("T-000001", "confirmed", "B-aaaaaa")
    colony.task("T-aaaaaa", tests="B-aaaaaa")
    assert colony.of("T-aaaaaa")["basis"]["a"] == pytest.approx(0.5 + faded(1))
    colony.pad(29)
    assert colony.of("T-aaaaaa")["basis"]["a"] == pytest.approx(1.0)
    colony.ended("T-000002", "falsified", "B-aaaaaa")
    basis = colony.of("T-aaaaaa")["basis"]
    assert (basis["a"], basis["b"]) == pytest.approx((0.5 + faded(31), 1.5))


@pytest.mark.parametrize(
    ("status", "against"), [("open", 1), ("", 1), ("dismissed", 0), ("upheld", 0)]
)
def test_a_challenge_counts_while_it_is_open(colony: Colony, status: str, against: int) -> None:
    colony.belief("B-aaaaaa")
    colony.add("C-aaaaaa", contradicts="B-aaaaaa", status=status)
    colony.task("T-aaaaaa", tests="B-aaaaaa")
    assert colony.of("T-aaaaaa")["basis"]["b"] == 0.5 + against


def test_one_outcome_enters_one_factor(colony: Colony) -> None:
    """What the posterior counts leaves no trail for φ; what it does not count does."""
    colony.belief("B-aaaaaa")
    colony.ended("T-000001", "confirmed", "B-aaaaaa", cites="B-aaaaaa")
    colony.ended("T-000002", "falsified", "B-aaaaaa")
    colony.add("C-000003", contradicts="B-aaaaaa", status="open")
    colony.task("T-aaaaaa", status="abandoned")
    colony.task("T-bbbbbb", domain="x")
    before = colony.of("B-aaaaaa")
    assert before["terms"]["phi"] == 1.0
    assert (before["basis"]["use"], before["basis"]["warning"]) == (0, 0)
    colony.ended("T-000004", "null", "B-aaaaaa", tree="5")
    colony.ended("T-000005", "falsified", "B-aaaaaa", found_by="agent")
    basis = colony.of("B-aaaaaa")["basis"]
    assert basis["use"] == pytest.approx(faded(1))
    assert basis["warning"] == pytest.approx(1.0)


def test_a_task_that_tests_several_stands_for_the_one_that_is_worth_most(colony: Colony) -> None:
    for record_id in ("B-aaaaaa", "B-bbbbbb", "B-cccccc"):
        colony.belief(record_id)
    colony.add("L-000001", cites="B-bbbbbb")
    colony.task("T-aaaaaa", tests=["B-aaaaaa", "B-bbbbbb", "B-cccccc"])
    found = colony.of("T-aaaaaa")
    assert found["basis"]["about"] == "B-bbbbbb"
    assert found["terms"]["reach"] == 2.0
    assert "the best of 3 that it tests" in found["why"]


def test_work_that_tests_nothing_that_is_here_goes_by_its_domain(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    colony.ended("T-000001", "confirmed", "B-aaaaaa", domain="[storage, meta]")
    colony.ended("T-000002", "confirmed", "L-n0ne00", domain="storage")
    colony.task("T-aaaaaa", domain="storage")
    colony.task("T-bbbbbb", domain="storage", tests="[B-zzzzzz, T-bbbbbb]")
    colony.task("T-cccccc", domain="meta")
    colony.task("T-dddddd")
    colony.add("F-aaaaaa", status="open", domain="[Storage]")
    held = 0.5 + faded(6) + faded(5)
    for record_id in ("T-aaaaaa", "T-bbbbbb", "F-aaaaaa"):
        basis = colony.of(record_id)["basis"]
        assert (basis["about"], basis["a"], basis["b"]) == ("", pytest.approx(held), 0.5)
    assert "it tests B-zzzzzz, which is not here" in colony.of("T-bbbbbb")["why"]
    assert colony.terms("T-cccccc")["gain"] == colony.terms("T-dddddd")["gain"] == Beta().bits


def test_a_question_that_tasks_answered_goes_by_its_own_outcomes(colony: Colony) -> None:
    colony.add("F-aaaaaa", status="open")
    colony.ended("T-000001", "falsified", "F-aaaaaa")
    assert colony.of("F-aaaaaa")["basis"]["about"] == "F-aaaaaa"
    assert colony.of("F-aaaaaa")["basis"]["b"] == 1.5


# Reach


def test_nobody_makes_his_own_work_matter_by_writing_much(colony: Colony) -> None:
    """Fifty records of one run count for three; so do they behind another's record."""
    colony.belief("B-aaaaaa")
    for at in range(50):
        colony.add(f"L-{at:06}", cites="B-aaaaaa", by="ada")
    assert colony.terms("B-aaaaaa")["reach"] == 3.0  # 1 + log2(1 + 3)
    colony.add("L-000050", cites="B-aaaaaa", by="Ben")
    for at in range(51, 90):
        colony.add(f"L-{at:06}", cites="L-000050", by="  ben")
    basis = colony.of("B-aaaaaa")["basis"]
    assert (basis["near"], basis["far"]) == (4, 3)
    colony.add("L-000090", cites="B-aaaaaa", by="ada", session="S2")  # another run
    assert colony.of("B-aaaaaa")["basis"]["near"] == 5


def test_what_nobody_signed_is_one_voice(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    for at in range(9):
        colony.add(f"L-{at:06}", cites="B-aaaaaa")
    assert colony.of("B-aaaaaa")["basis"]["near"] == 3


LEANS = {
    "cites": True, "supports": True, "extends": True, "depends_on": True, "derived_from": True,
    "contradicts": False, "supersedes": False, "tests": False, "read_next": False,
    "isomorphic": False,
}  # fmt: skip


@pytest.mark.parametrize("edge", LEANS)
def test_a_link_leans_unless_its_type_says_otherwise(colony: Colony, edge: str) -> None:
    colony.belief("B-aaaaaa")
    colony.add("L-000001", **{edge: "B-aaaaaa"})
    colony.add("L-000002", body="See [[L-000001]].")
    basis = colony.of("B-aaaaaa")["basis"]
    assert (basis["near"], basis["far"]) == ((1, 1) if LEANS[edge] else (0, 0))


def test_a_record_counts_once_at_its_nearest_hop(colony: Colony) -> None:
    colony.belief("B-aaaaaa", cites="L-000002")
    colony.add("L-000001", cites=["B-aaaaaa", "L-000002"], by="ada")
    colony.add("L-000002", cites=["B-aaaaaa", "L-000001", "L-000003"], by="ben")
    colony.add("L-000003", cites="L-000001", body="and [[L-000002]]", by="cyd")
    basis = colony.of("B-aaaaaa")["basis"]
    assert (basis["near"], basis["far"]) == (2, 1)
    assert colony.terms("B-aaaaaa")["reach"] == pytest.approx(1 + math.log2(1 + 2 + 0.5))


# Luck with a domain


def test_a_domain_is_lucky_where_others_used_what_came_of_its_work(colony: Colony) -> None:
    for at in range(4):
        colony.ended(f"T-00000{at}", "falsified", "B-zzzzzz", domain="storage", by="ada")
        colony.ended(f"T-10000{at}", "confirmed", "B-zzzzzz", domain="meta", by="ada")
        colony.add(f"L-00000{at}", cites=f"T-00000{at}", by="ben")
        colony.add(f"L-10000{at}", cites=f"T-10000{at}", by="ada")  # her own: no use
    colony.task("T-aaaaaa", domain="storage")
    colony.task("T-bbbbbb", domain="meta")
    lucky, unlucky = colony.of("T-aaaaaa"), colony.of("T-bbbbbb")
    assert (lucky["basis"]["used"], lucky["basis"]["outcomes"]) == (4, 4)
    assert (unlucky["basis"]["used"], unlucky["basis"]["outcomes"]) == (0, 4)
    assert unlucky["terms"]["bandit"] < 1 < lucky["terms"]["bandit"]
    assert "4 of 4 in storage were used later" in lucky["why"]


@pytest.mark.parametrize(
    ("body", "by", "used"),
    [
        ("[[L-mmmmmm]]", "ben", 1),
        ("[[L-mmmmmm]]", "ada", 0),
        ("", "ben", 0),
        ("[[L-mmmmmm]]", "", 1),
    ],
)
def test_use_counts_over_two_hops_and_by_others_alone(
    colony: Colony, body: str, by: str, used: int
) -> None:
    colony.add("L-000000", body="[[T-000001]]", by="zoe")  # older: it only pointed ahead
    colony.ended("T-000001", "null", "B-zzzzzz", by="ada")
    colony.add("L-mmmmmm", cites="T-000001", by="ada")
    colony.add("L-nnnnnn", body=body, by=by)
    colony.task("T-aaaaaa")
    assert colony.of("T-aaaaaa")["basis"]["used"] == used


# Which candidates there are


def test_beliefs_are_due_for_a_test_until_one_is_decided_or_planned(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    colony.belief("B-bbbbbb", status="enforced")
    colony.belief("B-cccccc", status="falsified")
    colony.belief("B-dddddd", status="superseded")
    colony.belief("B-eeeeee")
    colony.task("T-eeeeee", tests="B-eeeeee")
    assert colony.order() == ["B-aaaaaa", "B-bbbbbb", "T-eeeeee"]  # alike: the oldest first
    colony.ended("T-000001", "confirmed", "B-aaaaaa")
    assert colony.order() == ["B-bbbbbb", "T-eeeeee"]
    colony.pad(31)
    assert "B-aaaaaa" in colony.order()
    colony.ended("T-000002", "confirmed", "B-aaaaaa")
    colony.add("C-000001", contradicts="B-aaaaaa", status="open")
    assert colony.of("B-aaaaaa")["why"].count("challenged") == 1


def test_of_many_beliefs_that_are_due_a_handful_is_told_and_all_are_counted(colony: Colony) -> None:
    for at in range(12):
        colony.belief(f"B-{at:06}")
    colony.add("L-000001", cites="B-000007")
    data = colony.ask()
    assert [each["id"] for each in data["candidates"]] == [
        "B-000007", "B-000000", "B-000001", "B-000002", "B-000003"
    ]  # fmt: skip
    assert data["due"] == 12


def test_every_belief_has_its_odds_the_most_telling_first(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    colony.belief("B-bbbbbb")
    colony.belief("B-cccccc", status="falsified")
    colony.ended("T-000001", "confirmed", "B-aaaaaa")
    board = colony.repo.board()
    try:
        found = evidence.beliefs(board)
    finally:
        board.close()
    assert [(each.id, each.outcomes, each.due) for each in found] == [
        ("B-bbbbbb", 0, True), ("B-cccccc", 0, False), ("B-aaaaaa", 1, False),
    ]  # fmt: skip
    assert (found[2].a, found[2].b) == (1.5, 0.5)
    assert found[2].bits == Beta(1.5, 0.5).bits


def test_pairs_are_candidates_and_go_by_how_often_such_pairs_meet(colony: Colony) -> None:
    colony.add("L-000001", "Small batches win under load")
    for record_id in ("L-000002", "L-000003"):
        colony.add(record_id, "Locks outlive small batches", cites="L-000001", by="ada")
    colony.add("L-000004", "Batches", cites="L-000003", by="ben")
    pairs = [each for each in colony.ask()["candidates"] if each["kind"] == "pair"]
    assert "L-000002+L-000003" in [each["id"] for each in pairs]
    for each in pairs:
        assert each["terms"]["gain"] == 0.01  # Beta(34.5, 366.5) tells less
        assert each["basis"]["about"] in each["id"].split("+")
        assert "34 of 400 such pairs" in each["why"]
    sound(colony.ask())


# Order


def test_of_equals_the_oldest_comes_first(colony: Colony) -> None:
    for record_id in ("T-zzzzzz", "T-aaaaaa", "T-mmmmmm"):
        colony.task(record_id)
    assert colony.order() == ["T-zzzzzz", "T-aaaaaa", "T-mmmmmm"]
    assert len({each["score"] for each in colony.ask()["candidates"]}) == 1


def busy(colony: Colony) -> Colony:
    """Something of everything."""
    colony.belief("B-aaaaaa", domain="storage")
    colony.belief("B-bbbbbb", domain="meta", cites="B-aaaaaa")
    colony.ended("T-000001", "confirmed", "B-aaaaaa", domain="storage", by="ada")
    colony.ended("T-000002", "falsified", "B-bbbbbb", domain="meta", by="ben")
    for at in range(8):
        colony.add(
            f"L-{at:06}", f"Small batches win {at}", by=("ada", "ben", "cyd")[at % 3],
            cites=["B-aaaaaa", "T-000001"][at % 2], body=f"[[L-{at // 2:06}]] [[B-bbbbbb]]",
        )  # fmt: skip
    colony.add("C-000001", contradicts="B-bbbbbb", status="open", by="dan")
    colony.task("T-aaaaaa", tests=["B-aaaaaa", "B-bbbbbb"], domain="storage")
    colony.task("T-bbbbbb", domain="unheard of")
    colony.task("T-cccccc", depends_on="T-bbbbbb")
    colony.add("F-aaaaaa", status="open", cites="B-bbbbbb")
    return colony


def test_the_same_board_gives_the_same_bytes_with_and_without_its_cache(colony: Colony) -> None:
    busy(colony)
    colony.repo.commit()
    asked = [["dispatch", "--json"], ["dispatch"], ["dispatch", "--at", "HEAD", "--json"]]
    before = [ask(colony.repo, *each).out for each in asked]
    assert json.loads(before[0])["data"]["candidates"]
    assert [ask(colony.repo, *each).out for each in asked] == before
    assert before[0] == before[2]
    sound(json.loads(before[0])["data"])
    shutil.rmtree(colony.repo.root / ".git" / "swarm")
    assert [ask(colony.repo, *each).out for each in asked] == before


def test_a_commit_answers_what_was_worth_doing_then(colony: Colony) -> None:
    colony.task("T-aaaaaa")
    then = colony.repo.commit()
    colony.task("T-bbbbbb")
    colony.task("T-aaaaaa", status="abandoned")
    colony.repo.commit()
    assert colony.order() == ["T-bbbbbb"]
    assert colony.order("--at", then) == ["T-aaaaaa"]


def test_what_leans_on_what_is_the_same_however_the_board_came_about(colony: Colony) -> None:
    """Read after each step, and read from nothing: closing, signing anew, taking links away."""
    busy(colony)
    assert dump(colony.repo) == rebuilt(colony.repo)
    steps = [
        lambda: colony.task("T-aaaaaa", tests="B-aaaaaa", status="closed"),
        lambda: colony.ended("T-aaaaaa", "confirmed", "B-aaaaaa", by="eve"),
        lambda: colony.ended("T-aaaaaa", "confirmed", "B-aaaaaa", by="ada", verify="other"),
        lambda: colony.add("L-000003", "No links any more", by="cyd"),
        lambda: colony.add("L-000001", "Another's now", by="eve", cites="B-bbbbbb"),
        lambda: colony.add("C-000001", contradicts="B-bbbbbb", status="dismissed"),
        (colony.repo.root / "beliefs/B-aaaaaa.md").unlink,
        lambda: colony.belief("B-aaaaaa", by="ada"),
        (colony.repo.root / "tasks/T-000001.md").unlink,
    ]
    for step in steps:
        step()
        assert dump(colony.repo) == rebuilt(colony.repo)
        colony.repo.commit()
        assert dump(colony.repo) == rebuilt(colony.repo)
        sound(colony.ask("--top", "100"))


# What waits


def test_what_somebody_holds_is_said_and_not_offered(colony: Colony) -> None:
    colony.task("T-aaaaaa", title="Held by ada")
    colony.task("T-bbbbbb")
    colony.belief("B-aaaaaa")
    for name in ("T-aaaaaa", "B-aaaaaa"):
        assert ask(colony.repo, "claim", name, SWARM_AGENT="ada").code == 0
    assert colony.order() == ["T-bbbbbb"]
    waiting = colony.waiting(SWARM_AGENT="ben")
    assert set(waiting) == {"T-aaaaaa", "B-aaaaaa"}
    assert waiting["T-aaaaaa"]["state"] == "held"
    held = waiting["T-aaaaaa"]["held"]
    assert (held["holder"], held["mine"]) == ("ada", False)
    assert waiting["T-aaaaaa"]["why"] == f"ada holds it until {held['expires']}"
    assert colony.waiting(SWARM_AGENT="ada")["T-aaaaaa"]["why"].startswith("you hold it until")
    assert ask(colony.repo, "release", "T-aaaaaa", SWARM_AGENT="ada").code == 0
    assert "T-aaaaaa" in colony.order()


def test_what_waits_for_open_work_says_for_which_and_what_that_waits_for(colony: Colony) -> None:
    colony.task("T-aaaaaa", depends_on="[T-bbbbbb, F-aaaaaa, T-closed, T-zzzzzz, B-aaaaaa]")
    colony.task("T-bbbbbb", depends_on="T-cccccc")
    colony.task("T-cccccc")
    colony.task("T-closed", status="closed")
    colony.add("F-aaaaaa", status="open")
    colony.belief("B-aaaaaa")
    colony.task("T-dddddd", depends_on=["T-closed", "T-zzzzzz", "B-aaaaaa"])
    assert set(colony.order()) == {"T-cccccc", "F-aaaaaa", "B-aaaaaa", "T-dddddd"}
    waiting = colony.waiting()
    assert set(waiting) == {"T-aaaaaa", "T-bbbbbb"}
    first = waiting["T-aaaaaa"]
    assert first["state"] == "blocked"
    assert first["blocked_by"] == ["T-bbbbbb", "F-aaaaaa", "T-cccccc"]
    assert first["why"] == "it waits for T-bbbbbb, F-aaaaaa; through that for T-cccccc"
    assert waiting["T-bbbbbb"]["why"] == "it waits for T-cccccc"


CIRCLES: dict[str, tuple[dict[str, list[str]], dict[str, tuple[str, list[str]]]]] = {
    # what depends on what → how each stands, and the way round that is told
    "itself": ({"T-a": ["T-a"]}, {"T-a": ("cyclic", ["T-a"])}),
    "two": (
        {"T-a": ["T-b"], "T-b": ["T-a"]},
        {"T-a": ("cyclic", ["T-a", "T-b"]), "T-b": ("cyclic", ["T-b", "T-a"])},
    ),
    "three, and one behind": (
        {"T-a": ["T-b"], "T-b": ["T-c"], "T-c": ["T-a"], "T-d": ["T-a"]},
        {"T-a": ("cyclic", ["T-a", "T-b", "T-c"]), "T-b": ("cyclic", ["T-b", "T-c", "T-a"]),
         "T-c": ("cyclic", ["T-c", "T-a", "T-b"]), "T-d": ("blocked", [])},
    ),
    "two that meet": (
        {"T-a": ["T-b"], "T-b": ["T-a", "T-c"], "T-c": ["T-b"]},
        {"T-a": ("cyclic", ["T-a", "T-b"]), "T-b": ("cyclic", ["T-b", "T-a"]),
         "T-c": ("cyclic", ["T-c", "T-b"])},
    ),
    "one between two": (
        {"T-a": ["T-a"], "T-b": ["T-a"], "T-c": ["T-c", "T-b"]},
        {"T-a": ("cyclic", ["T-a"]), "T-b": ("blocked", []), "T-c": ("cyclic", ["T-c"])},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CIRCLES)
def test_what_waits_for_itself_is_named(colony: Colony, what: str) -> None:
    """Ids as older boards have them: `T-A`."""
    needs, expected = CIRCLES[what]
    for name, before in needs.items():
        colony.task(name.upper(), depends_on=[each.upper() for each in before])
    waiting = colony.waiting()
    assert {name: (each["state"], each["circle"]) for name, each in waiting.items()} == {
        name.upper(): (state, [each.upper() for each in circle])
        for name, (state, circle) in expected.items()
    }
    for each in waiting.values():
        named = "it waits for itself: " if each["state"] == "cyclic" else "goes round in a circle"
        assert named in each["why"]
    assert colony.order() == []


def test_a_circle_is_broken_by_closing_one_of_it(colony: Colony) -> None:
    colony.task("T-aaaaaa", depends_on="T-bbbbbb")
    colony.task("T-bbbbbb", depends_on="T-aaaaaa")
    assert colony.order() == []
    colony.task("T-bbbbbb", depends_on="T-aaaaaa", status="closed")
    assert colony.order() == ["T-aaaaaa"]


def test_long_chains_and_circles_are_told_in_short(colony: Colony) -> None:
    for at in range(300):
        colony.task(f"T-{at:06}", depends_on=f"T-{(at + 1) % 300:06}")
        colony.task(f"T-1{at:05}", depends_on=f"T-1{at + 1:05}")
    data = colony.ask()
    assert len(data["waiting"]) == 599
    assert max(len(each["circle"] + each["blocked_by"]) for each in data["waiting"]) == 20
    assert {each["id"] for each in data["candidates"]} == {"T-100299"}
    text = ask(colony.repo, "dispatch")
    assert "and 594 more (" in text.out.decode()
    assert len(text.out) < 10_000


# Claiming


def test_claim_takes_the_best_that_is_free(colony: Colony) -> None:
    colony.belief("B-aaaaaa")
    colony.add("L-000001", cites="B-aaaaaa")
    colony.task("T-aaaaaa", title="Held", tests="B-aaaaaa")
    colony.task("T-bbbbbb")
    best = colony.order()
    assert best == ["T-aaaaaa", "T-bbbbbb"]
    first = colony.ask("--claim", "--ttl", "30m", SWARM_AGENT="ada")["claim"]
    assert (first["id"], first["holder"], first["key"]) == ("T-aaaaaa", "ada", "t-aaaaaa")
    assert {"token", "expires", "scope", "held", "title"} <= set(first)
    second = ask(colony.repo, "dispatch", "--claim", SWARM_AGENT="ben")
    assert second.code == 0
    assert second.out.decode().startswith("T-bbbbbb  ben holds it until ")
    nothing = ask(colony.repo, "dispatch", "--claim", "--json", SWARM_AGENT="cyd")
    assert nothing.code == 5
    assert nothing.data["claim"] is None
    assert {each["id"] for each in nothing.data["waiting"]} == {"T-aaaaaa", "T-bbbbbb"}
    assert nothing.problems[0]["remedy"]


def test_a_pair_is_read_and_not_claimed(colony: Colony) -> None:
    colony.add("L-000001", "Small batches win under load")
    for record_id in ("L-000002", "L-000003"):
        colony.add(record_id, "Locks outlive small batches", cites="L-000001", by="ada")
    data = colony.ask("--claim", code=5)
    assert [each["kind"] for each in data["candidates"]] == ["pair"]
    assert data["claim"] is None


def test_a_claim_is_made_now(colony: Colony) -> None:
    colony.task("T-aaaaaa")
    colony.repo.commit()
    done = ask(colony.repo, "dispatch", "--claim", "--at", "HEAD", "--json")
    assert done.code == 2
    assert colony.repo.git("for-each-ref", "refs/swarm") == ""


@pytest.mark.parametrize(("work", "codes"), [(2, [0, 0]), (1, [0, 5])])
def test_two_runs_at_once_take_two_different_tasks(
    colony: Colony, work: int, codes: list[int]
) -> None:
    for at in range(work):
        colony.task(f"T-{at:06}")
    colony.repo.commit()
    command = [sys.executable, "-m", "swarm", "dispatch", "--claim", "--json"]
    runs = [
        subprocess.Popen(
            command, cwd=colony.repo.root, env=colony.repo.environ | {"SWARM_AGENT": name},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("ada", "ben")
    ]  # fmt: skip
    told_of = [json.loads(run.communicate()[0])["data"] for run in runs]
    assert sorted(run.returncode for run in runs) == codes
    taken = [each["claim"]["id"] for each in told_of if each["claim"]]
    assert sorted(taken) == [f"T-{at:06}" for at in range(work)]


# Any board


@pytest.mark.parametrize("kind", ["nothing", "one lesson", "one task", "isolated", "one outcome"])
def test_the_smallest_boards_have_sound_scores(colony: Colony, kind: str) -> None:
    match kind:
        case "one lesson":
            colony.add("L-000001")
        case "one task":
            colony.task("T-000001")
        case "isolated":
            for letter in "LPBCTFH":
                colony.add(f"{letter}-000001", status="open" if letter in "TFC" else "aspirational")
        case "one outcome":
            colony.ended("T-000001", "confirmed", "B-zzzzzz")
            colony.task("T-000002")
    data = colony.ask()
    sound(data)
    assert all(each["terms"]["bandit"] == 1.0 for each in data["candidates"])
    text = ask(colony.repo, "dispatch")
    assert text.code == 0
    assert ("nothing here can be begun" in text.out.decode()) == (not data["candidates"])


ODD = [
    '""', '"a, b"', "[]", '[""]', '"\\u202e\\u0007"', "'; DROP TABLE node'", "7", "[[x]]", "~",
    '"../../etc"', '"%s {0} [[L-000001]]"', "束", "x" * 5_000, "{a: b}", '"\\ud800"', "true",
]  # fmt: skip


def test_any_domain_is_a_domain(colony: Colony) -> None:
    for at, domain in enumerate(ODD):
        colony.ended(f"T-{at:06}", "confirmed", f"T-1{at:05}", domain=domain)
        colony.task(f"T-1{at:05}", domain=domain)
    sound(colony.ask("--top", "100"))
    text = ask(colony.repo, "dispatch", "--top", "100")
    assert text.code == 0, text.err
    harmless(text)
    assert dump(colony.repo) == rebuilt(colony.repo)


def test_odd_heads_are_no_error(colony: Colony) -> None:
    colony.task("T-000001", tests="[T-000001, T-000001, '', B-zzzzzz, B-zzzzzz]", depends_on="''")
    colony.task("T-000002", tests="{a: b}", depends_on="[[T-000001]]", by="{x: y}", session="[1]")
    colony.add("T-000003", status="[open]", outcome="[confirmed]", found_by="7", tests="T-000001")
    colony.add(
        "T-000004", outcome="~", status="closed", found_by="check", verify="[a]", checked="9"
    )
    colony.task("T-000006", note="{depends_on: T-000006}")  # not a key of the record
    colony.add("T-000005", status="''")
    colony.repo.write("tasks/other.md", "---\nid: T-000001\nstatus: open\n---\n# The same id\n")
    data = colony.ask("--top", "100")
    sound(data)
    told_of = {each["id"] for each in [*data["candidates"], *data["waiting"]]}
    assert {"T-000001", "T-000002", "T-000005", "T-000006"} <= told_of
    assert dump(colony.repo) == rebuilt(colony.repo)


def lines(answer: Told) -> list[str]:
    return answer.out.decode().splitlines()


def test_the_text_says_why_in_figures_that_a_person_can_check(colony: Colony) -> None:
    colony.repo.write("swarm.toml", "[retrieval]\nhalf_life = 1000\n")
    colony.belief("B-aaaaaa", domain="storage")
    for at, by in enumerate(("ada", "ben", "cyd")):
        colony.ended(f"T-00000{at}", ("confirmed", "falsified")[at % 2], "B-aaaaaa",
                     domain="storage", by="dan")  # fmt: skip
        colony.add(f"L-00000{at}", cites=["B-aaaaaa", f"T-00000{at}"], by=by)
    colony.task("T-aaaaaa", title="Look again", tests="B-aaaaaa", domain="storage")
    first, why = lines(ask(colony.repo, "dispatch"))[:2]
    assert why == (
        "  0.16 bit × reach 3.00 (3 lean on it) × trail 1.52 (3 fresh) "
        "× bandit 1.00 (3 of 3 in storage were used later); about B-aaaaaa 2 for and 1 against"
    )
    assert first.split("  ") == ["0.71", "T-aaaaaa", "Look again"]
    # I(2.5, 1.5) = 0.16; 1 + log2(1 + 3) = 3; 2 ** (3 / 5) = 1.52: three cite it, no plan counts


def test_more_than_is_shown_is_counted(colony: Colony, make_repository: Maker) -> None:
    for at in range(7):
        colony.task(f"T-{at:06}")
    text = lines(ask(colony.repo, "dispatch", "--top", "3"))
    assert text[-1] == "and 4 more: swarm dispatch --top 7"
    assert len(colony.ask("--top", "3")["candidates"]) == 3
    assert ask(colony.repo, "dispatch", "--top", "0").code == 2
    nowhere = make_repository("empty")
    assert "nothing here can be begun" in lines(ask(nowhere, "dispatch"))[0]


def test_a_planned_test_makes_nothing_look_more_worth_doing(repo: Repository) -> None:
    repo.write("beliefs/B-1.md", "---\nid: B-1\nstatus: aspirational\n---\n# It scales\n")
    for at in range(4):
        head = f"id: T-{at + 1}\nstatus: open\ntests: [B-1]\n"
        repo.write(f"tasks/T-{at + 1}.md", f"---\n{head}---\n# Measure it\n")
    repo.commit()
    found = ask(repo, "dispatch", "--json").data["candidates"]
    assert {each["terms"]["phi"] for each in found} == {1.0}
