"""What each policy gives a lane, and how that compares with what came of it. Pure.

`dispatch` says what each of these words means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import NamedTuple

from swarm import voi
from tools.eval.concordance import Difference, Judged, Pairs, adjusted
from tools.eval.executed import Told, Work
from tools.eval.metrics import Mean
from tools.eval.repository import Failed
from tools.eval.subject import Weighed

RANDOM, HEAT, BANDIT = "random", "heat", "Sharpe × UCB1"
VALUE, NO_TRAILS, VERIFIED = "value of information", "without trails", "as if verified"
POLICIES = (RANDOM, HEAT, BANDIT, VALUE, NO_TRAILS, VERIFIED)

WORTH: Mapping[str, Callable[[Work], float | None]] = {
    "worth": lambda work: float(work.worth),
    "falsified": lambda work: None if work.falsified is None else float(work.falsified),
    "citations": lambda work: float(work.cited),
}
PRIMARY = (VALUE, BANDIT, "worth")
SECONDARY = (
    (VALUE, BANDIT, "falsified"),
    (VALUE, BANDIT, "citations"),
    (VERIFIED, BANDIT, "worth"),
    *((policy, RANDOM, "worth") for policy in POLICIES[1:]),
)

Scores = Mapping[str, float]


class Scored(NamedTuple):
    """What each policy gave a lane, and the factors of its worth as the product told them."""

    work: Work
    scores: Scores
    terms: voi.Terms


@dataclass(frozen=True, slots=True)
class Comparison:
    """One policy less another, by one kind of worth."""

    left: str
    right: str
    worth: str
    lanes: int
    pairs: int
    difference: Difference
    rate: float | None = None  # of false discoveries, at which it would be told


@dataclass(frozen=True, slots=True)
class Result:
    """All that a replay found."""

    executed: int
    usable: int
    worth_it: int
    runs: int
    dropped: Mapping[str, int]
    factors: Mapping[str, tuple[float, float, int]]  # the least, the most, how many there are
    proved: int
    concordances: Mapping[str, Mean]  # by worth
    primary: Comparison
    secondary: tuple[Comparison, ...]


def scores(usual: Weighed, proven: Weighed) -> Scores:
    """What each policy gives, by the board as it is and by that on which checks decided."""
    gain, reach, _, bandit = usual.terms
    return {
        RANDOM: 0.0,  # the same for all: it is right about half of the pairs
        HEAT: usual.use,
        BANDIT: sharpe_ucb(usual.arm, usual.bandit),
        VALUE: usual.terms.score,
        NO_TRAILS: gain * reach * bandit,
        VERIFIED: proven.terms.score,
    }


def sharpe_ucb(arm: voi.Arm, bandit: voi.Bandit) -> float:
    """The product's bandit factor before it is held between its bounds."""
    total = bandit.total
    bonus = (1 + sqrt(2 * log(1 + total.outcomes) / (arm.outcomes + 1))) / bandit.usual
    others = total.outcomes - arm.outcomes
    if not others:
        return bonus
    usual = arm.outcomes * (total.used - arm.used) / others
    return bonus * voi.sharpe(arm.outcomes, arm.used) / voi.sharpe(arm.outcomes, usual)


def summary(told: Told, found: Sequence[Scored], proved: int) -> Result:
    """The figures."""
    primary = next(_compared(found, *PRIMARY), None)
    if not primary:
        raise Failed("no two lanes that lie near each other differ in worth")
    secondary = [each for asked in SECONDARY for each in _compared(found, *asked)]
    rates = adjusted([each.difference.p for each in secondary])
    _, pairs = _pairs(found, "worth")
    terms = [each.terms._asdict() for each in found]
    return Result(
        executed=told.executed,
        usable=len(found),
        worth_it=sum(each.work.worth for each in found),
        runs=len({each.work.run for each in found}),
        dropped=told.dropped,
        factors={name: _spread([each[name] for each in terms]) for name in voi.Terms._fields},
        proved=proved,
        concordances={name: pairs.of(_given(found, name)) for name in POLICIES},
        primary=primary,
        secondary=tuple(
            replace(each, rate=rate) for each, rate in zip(secondary, rates, strict=True)
        ),
    )


def _compared(found: Sequence[Scored], left: str, right: str, worth: str) -> Iterator[Comparison]:
    """A comparison, if there is anything to compare."""
    known, pairs = _pairs(found, worth)
    if pairs:
        difference = pairs.less(_given(known, left), _given(known, right))
        yield Comparison(left, right, worth, len(known), len(pairs), difference)


def _pairs(found: Sequence[Scored], worth: str) -> tuple[list[Scored], Pairs]:
    """The lanes that came to be worth something known, in pairs."""
    told = [(each, WORTH[worth](each.work)) for each in found]
    known = [(each, value) for each, value in told if value is not None]
    judged = [Judged(each.work.place, each.work.run, value) for each, value in known]
    return [each for each, _ in known], Pairs(judged)


def _given(found: Sequence[Scored], policy: str) -> list[float]:
    return [each.scores[policy] for each in found]


def _spread(values: Sequence[float]) -> tuple[float, float, int]:
    return min(values), max(values), len(set(values))
