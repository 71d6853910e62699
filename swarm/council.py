"""Several voices on one question, each heard as much as its predictions were right.

The pooled probability is the weighted mean of the stated ones. A voice weighs as
its skill: 1 for predictions that were always right and sure, 0 for those no better
than a coin. Few predictions say little, so everybody begins at a half, as if with
five of them; nobody is heard less than a little, nor by one agent twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import forecasts, ledger
from swarm.errors import UsageError
from swarm.records import first_word

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.records import Record

COIN = 0.25  # the Brier score of a coin
BEGUN_WITH = 5  # predictions at half skill that everybody is lent
LEAST = 0.05
UNSURE = 0.05  # so near to a half it is no decision

_VOTE = re.compile(r"(?P<agent>.+)=(?:(?P<word>yes|no):)?(?P<p>0?\.\d+)", re.IGNORECASE)


class Vote(NamedTuple):
    """Who holds it for how likely that the answer is yes."""

    agent: str
    yes: float
    record: str = ""  # the record that says so, if one does


class Past(NamedTuple):
    """How an agent's predictions came out: how many were scored, and their mean Brier score."""

    scored: int
    brier: float


class Weighed(NamedTuple):
    """A vote and how much it counts, out of 1."""

    vote: Vote
    weight: float
    past: Past | None

    def as_json(self) -> dict[str, Any]:
        told = self.past._asdict() if self.past else {"scored": 0, "brier": None}
        return {**self.vote._asdict(), "weight": self.weight, **told}


class Decision(NamedTuple):
    """What a council came to."""

    yes: float
    votes: tuple[Weighed, ...]

    @property
    def word(self) -> str:
        if abs(self.yes - 0.5) < UNSURE:
            return "undecided"
        return "yes" if self.yes > 0.5 else "no"


def read(text: str) -> Vote:
    """`ada=yes:0.7`, `ada=no:0.7` (which is .3 for yes), `ada=0.7`."""
    found = _VOTE.fullmatch(text.strip())
    p = float(found["p"]) if found else 0.0
    if not found or not 0 < p < 1 or not found["agent"].strip():
        raise UsageError(f"{text!r} is no vote", remedy="--vote ada=yes:0.7 --vote ben=no:0.6")
    said_no = (found["word"] or "").lower() == "no"
    return Vote(found["agent"].strip(), 1 - p if said_no else p)


def written(records: Iterable[Record]) -> list[Vote]:
    """The votes that stand in records: `vote: yes`, `p: 0.7`, `by: ada`; of each the newest."""
    found: dict[str, Vote] = {}
    for each in sorted(records, key=lambda one: (one.created, one.id)):
        word, agent = first_word(each.keys.get("vote")), str(each.keys.get("by") or "")
        try:
            p = float(str(each.keys.get("p")))
        except ValueError:
            continue
        if word in ("yes", "no") and agent and 0 < p < 1:
            found[agent] = Vote(agent, p if word == "yes" else 1 - p, each.id)
    return list(found.values())


def decide(votes: Sequence[Vote], known: Mapping[str, Past]) -> Decision:
    """The weighted mean. A council of one is none."""
    agents = [each.agent for each in votes]
    if twice := sorted({each for each in agents if agents.count(each) > 1}):
        raise UsageError(f"{twice[0]} votes twice", remedy="one --vote for each agent")
    if len(votes) < 2:
        remedy = "--vote ada=yes:0.7 --vote ben=no:0.6"
        raise UsageError("a council needs two voices or more", remedy=remedy)
    weights = [_weight(known.get(each.agent)) for each in votes]
    whole = sum(weights)
    yes = sum(weight * each.yes for weight, each in zip(weights, votes, strict=True)) / whole
    heard = (
        Weighed(each, weight / whole, known.get(each.agent))
        for weight, each in zip(weights, votes, strict=True)
    )
    return Decision(yes, tuple(heard))


def _weight(past: Past | None) -> float:
    if past is None:
        return 0.5
    skill = min(max(1 - past.brier / COIN, LEAST), 1)
    return (BEGUN_WITH / 2 + past.scored * skill) / (BEGUN_WITH + past.scored)


def told(decision: Decision) -> list[str]:
    """The votes as lines that a person can check: the products add up to the decision."""
    return [
        f"{each.vote.agent}: {each.vote.yes:.2f} × weight {each.weight:.3f} ({_because(each.past)})"
        for each in decision.votes
    ]


def _because(past: Past | None) -> str:
    if past is None:
        return "too few predictions scored to say"
    return f"{past.scored} predictions scored, Brier {past.brier:.3f}"


def pasts(board: Board) -> dict[str, Past]:
    """What the ledger knows of each agent: predictions in time, decided by a check."""
    made = [each for each in forecasts.read(board).forecasts if each.group == "headline"]
    return {
        agent: Past(account.brier.n, account.brier.value)
        for agent, account in ledger.breakdown(made, "agent")
        if account.brier.value is not None
    }
