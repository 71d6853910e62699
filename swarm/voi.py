"""What work is worth: the information it promises, times who would use it. Pure.

    score = gain × reach × φ × bandit

Every factor is finite and positive, from the first record on, and each of them can
be worked out by hand from the counts that are told with it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from swarm import posterior

Beta = posterior.Beta

KAPPA = 2.0  # outcomes that an arm is thought to have had before its first
VARIANCE = 0.25  # of those: a coin's
LOW, HIGH = 0.5, 2.0  # how far trails, and luck with a domain, may move a score


class Subject(NamedTuple):
    """What an outcome would be about: what is known of it, who leans on it, its trail."""

    beta: Beta
    near: int = 0
    far: int = 0
    use: float = 0.0  # faded deposits that `beta` does not count
    warning: float = 0.0

    @property
    def reach(self) -> float:
        return 1 + math.log2(1 + self.near + self.far / 2)

    @property
    def phi(self) -> float:
        swing = (self.use - self.warning) / (self.use + self.warning + 2)
        return min(max(2**swing, LOW), HIGH)

    @property
    def worth(self) -> float:
        return self.beta.bits * self.reach * self.phi


class Terms(NamedTuple):
    """The factors of a score."""

    gain: float
    reach: float
    phi: float
    bandit: float

    @property
    def score(self) -> float:
        return math.prod(self)


class Arm(NamedTuple):
    """What came of a domain's work: outcomes, and how many of them others used later.

    Used or not, never how much: the mean over the deviation of such rewards grows with
    each success. Of rewards that may be anything it need not: a hundred halves have
    hardly any deviation, and one whole among them makes them look worse.
    """

    outcomes: int = 0
    used: int = 0


def best(subjects: Sequence[Subject]) -> int:
    """Which of several subjects a candidate stands for: the one that is worth most.

    By the whole product, trail included: were it chosen by some of its factors, more
    doubt about one subject could make another one's smaller score the candidate's.
    """
    return max(range(len(subjects)), key=lambda at: subjects[at].worth)


def terms(subject: Subject, factor: float) -> Terms:
    """The score of work on a subject, in a domain with such a bandit factor."""
    return Terms(subject.beta.bits, subject.reach, subject.phi, factor)


class Bandit(NamedTuple):
    """What a board's work came to, beside which a domain's is seen."""

    total: Arm
    usual: float  # the mean bonus of its domains for being tried so little

    def of(self, arm: Arm) -> float:
        """What its luck so far, and how little it was tried, count for a domain."""
        bonus = 1 + _untried(arm.outcomes, self.total.outcomes)
        return min(max(self._luck(arm) * bonus / self.usual, LOW), HIGH)

    def _luck(self, arm: Arm) -> float:
        """Its Sharpe ratio beside that of an arm of as many outcomes and the others' mean.

        The others': measured by a mean that its own outcomes are part of, a success could
        count against it. Of as many outcomes: both are shrunk alike, so that an arm which
        nobody tried is neither better nor worse than the board.
        """
        others = self.total.outcomes - arm.outcomes
        if not others:
            return 1.0
        usual = arm.outcomes * (self.total.used - arm.used) / others
        return sharpe(arm.outcomes, arm.used) / sharpe(arm.outcomes, usual)


def bandit(arms: Collection[Arm]) -> Bandit:
    """By all domains that there is work in, or was."""
    total = Arm(sum(arm.outcomes for arm in arms), sum(arm.used for arm in arms))
    bonuses = [1 + _untried(arm.outcomes, total.outcomes) for arm in arms]
    return Bandit(total, math.fsum(bonuses) / len(bonuses) if bonuses else 1.0)


def sharpe(outcomes: float, used: float) -> float:
    """Mean over deviation of rewards that are 1 or 0, shrunk towards a coin's."""
    size = KAPPA + outcomes
    mean = (KAPPA / 2 + used) / size
    squares = KAPPA * VARIANCE + used * (1 - mean) ** 2 + (outcomes - used) * mean**2
    return mean / math.sqrt(squares / size)


def _untried(outcomes: int, total: int) -> float:
    return math.sqrt(2 * math.log(1 + total) / (outcomes + 1))
