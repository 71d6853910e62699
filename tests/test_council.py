"""Several voices on one question: what they come to, and how much each was heard."""

from __future__ import annotations

import math

import pytest
from boards import told
from conftest import Repository
from hypothesis import given
from hypothesis import strategies as st

from swarm import council
from swarm.council import Past, Vote
from swarm.errors import UsageError

YES, NO = Vote("ada", 0.9), Vote("ben", 0.1)
GOOD, BAD = Past(30, 0.02), Past(30, 0.40)

chances = st.floats(0.01, 0.99)
pasts = st.none() | st.builds(Past, st.integers(5, 500), st.floats(0, 1))


@pytest.mark.parametrize(
    ("said", "yes"),
    [("ada=yes:0.7", 0.7), ("ada=no:0.7", 0.3), ("ada=0.7", 0.7), ("ada=NO:.25", 0.75),
     ("a=b=yes:0.5", 0.5)],
)  # fmt: skip
def test_a_vote_says_how_likely_yes_is(said: str, yes: float) -> None:
    assert math.isclose(council.read(said).yes, yes)


@pytest.mark.parametrize(
    "said", ["", "ada", "ada=yes", "ada=yes:1", "ada=yes:0.0", "ada=maybe:0.5", "=yes:0.5",
             "ada=yes:1.2", "ada=yes:nan", " =yes:0.5"],
)  # fmt: skip
def test_what_is_no_vote_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        council.read(said)


def test_voices_without_a_past_are_heard_alike() -> None:
    decision = council.decide([YES, NO], {})
    assert math.isclose(decision.yes, 0.5)
    assert decision.word == "undecided"


def test_who_was_right_before_is_heard_more() -> None:
    decision = council.decide([YES, NO], {"ada": GOOD, "ben": BAD})
    assert decision.word == "yes"
    assert decision.votes[0].weight > 0.7
    assert council.decide([YES, NO], {"ada": BAD, "ben": GOOD}).word == "no"


@given(st.lists(st.tuples(chances, pasts), min_size=2, max_size=9))
def test_the_votes_times_their_weights_add_up_to_the_decision(
    told_of: list[tuple[float, Past | None]],
) -> None:
    votes = [Vote(f"agent-{at}", yes) for at, (yes, _) in enumerate(told_of)]
    known = {f"agent-{at}": past for at, (_, past) in enumerate(told_of) if past}
    decision = council.decide(votes, known)
    assert math.isclose(sum(each.weight for each in decision.votes), 1)
    assert math.isclose(sum(each.weight * each.vote.yes for each in decision.votes), decision.yes)
    assert min(yes for yes, _ in told_of) - 1e-9 <= decision.yes
    assert decision.yes <= max(yes for yes, _ in told_of) + 1e-9
    assert all(each.weight > 0 for each in decision.votes)


@given(st.integers(5, 200), st.floats(0, 0.4), st.floats(0, 0.4))
def test_a_better_past_never_weighs_less(scored: int, one: float, other: float) -> None:
    better, worse = sorted((one, other))
    first = council.decide([YES, NO], {"ada": Past(scored, better)}).votes[0].weight
    second = council.decide([YES, NO], {"ada": Past(scored, worse)}).votes[0].weight
    assert first >= second


def test_one_voice_is_no_council_and_nobody_votes_twice() -> None:
    with pytest.raises(UsageError, match="two voices"):
        council.decide([YES], {})
    with pytest.raises(UsageError, match="ada votes twice"):
        council.decide([YES, Vote("ada", 0.1)], {})


def _task(repo: Repository, name: str, by: str, p: float, outcome: str = "") -> None:
    closed = f"status: closed\noutcome: {outcome}\nfound_by: check\nverify: make\n"
    state = closed if outcome else "status: open\nverify: make\n"
    head = f"id: {name}\nby: {by}\nexpect: it holds\np: {p}\n{state}"
    repo.write(f"tasks/{name}-one.md", f"---\n{head}---\n# One\n")


@pytest.fixture
def judged(repo: Repository) -> Repository:
    """A board on which ada was right six times, and ben wrong six times, both quite sure."""
    names = [(f"T-{who}{at}", who) for who in ("ada", "ben") for at in range(100, 106)]
    for name, who in names:
        _task(repo, name, who, 0.9)
    repo.commit("predicted")
    for name, who in names:
        _task(repo, name, who, 0.9, "confirmed" if who == "ada" else "falsified")
    repo.write("beliefs/B-1.md", "---\nid: B-1\nstatus: aspirational\n---\n# It scales\n")
    repo.commit("decided")
    return repo


def test_the_ledger_weighs_the_voices_and_the_decision_is_a_record(judged: Repository) -> None:
    votes = ("--vote", "ada=yes:0.8", "--vote", "ben=no:0.9")
    data = told(judged, "council", "B-1", *votes)["data"]
    assert data["decision"] == "yes"
    assert [each["scored"] for each in data["votes"]] == [6, 6]
    shown = told(judged, "show", data["record"]["id"])["data"]["record"]
    assert shown["keys"]["council"] == "B-1"
    assert shown["keys"]["decision"] == "yes"
    assert "B-1" in shown["keys"]["cites"]
    assert judged.git("log", "-1", "--format=%(trailers:key=Swarm-Verb,valueonly)").split() == [
        "council"
    ]


def test_votes_may_be_records(judged: Repository) -> None:
    for who, vote, p in (("ada", "yes", 0.8), ("eve", "no", 0.6)):
        head = f"id: L-{who}1\nby: {who}\nvote: {vote}\np: {p}\ncites: [B-1]\n"
        judged.write(f"memory/lessons/L-{who}1.md", f"---\n{head}---\n# I say {vote}\n")
    data = told(judged, "council", "B-1")["data"]
    assert {each["agent"]: round(each["yes"], 3) for each in data["votes"]} == {
        "ada": 0.8, "eve": 0.4,
    }  # fmt: skip
    assert {each["record"] for each in data["votes"]} == {"L-ada1", "L-eve1"}


def test_a_question_nobody_voted_on_is_said(judged: Repository) -> None:
    answer = told(judged, "council", "B-1", code=2)
    assert "two voices" in answer["problems"][0]["what"]
