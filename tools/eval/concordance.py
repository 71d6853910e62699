"""How often the one of two that was worth more was also given more. Pure.

Of two that lie near each other in time. Intervals resample whole runs, since what one
run chose hangs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.eval.metrics import ROUNDS, SEED, Mean, interval

APART = 20  # places, at most
WIDE = 0.10  # from end to end: what is wider and covers 0 says nothing
RATE = 0.05  # of false discoveries among what is told

YES, NO, UNKNOWN = "yes", "no", "not enough data"

Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One of those compared: when, of which run, and what it came to be worth."""

    place: int
    run: str
    worth: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One concordance less another, how sure that is, and how likely by chance."""

    mean: Mean
    p: float

    @property
    def verdict(self) -> str:
        return verdict(self.mean)


class Pairs:
    """All pairs near in time that differ in worth, and resamples of the runs they are of."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        near = [
            (one, other)
            for one, left in enumerate(judged)
            for other, right in enumerate(judged)
            if left.worth > right.worth and abs(left.place - right.place) <= APART
        ]
        self._better = np.array([one for one, _ in near], dtype=int)
        self._worse = np.array([other for _, other in near], dtype=int)
        runs = sorted({each.run for each in judged})
        self._run = np.array([runs.index(each.run) for each in judged], dtype=int)
        self._drawn = _resamples(len(runs))

    def __len__(self) -> int:
        return len(self._better)

    def of(self, scores: Sequence[float]) -> Mean:
        """The concordance of some scores, one for each of the judged."""
        agreed = self._agreed(scores)
        return Mean(float(agreed.mean()), *interval(self._means(agreed)))

    def less(self, scores: Sequence[float], others: Sequence[float]) -> Difference:
        """How much more often some scores are right than others."""
        gained = self._agreed(scores) - self._agreed(others)
        means = self._means(gained)
        rare = min(int((means <= 0).sum()), int((means >= 0).sum()))
        p = min(1.0, 2 * (1 + rare) / (1 + len(means)))
        return Difference(Mean(float(gained.mean()), *interval(means)), p)

    def _agreed(self, scores: Sequence[float]) -> Numbers:
        """1 for each pair that is told right, ½ where the two tie."""
        told = np.array([float(f"{each:.9g}") for each in scores])
        return np.asarray((1 + np.sign(told[self._better] - told[self._worse])) / 2)

    def _means(self, values: Numbers) -> Numbers:
        """The mean over pairs of each resample; one that holds no pair says nothing.

        A run drawn twice is there twice, so that a pair of two runs is there as often as
        one was drawn times the other: all that counts is what the pairs of two runs sum to.
        """
        totals, counts = self._resampled(values), self._resampled(np.ones(len(values)))
        return np.asarray(totals[counts > 0] / counts[counts > 0])

    def _resampled(self, values: Numbers) -> Numbers:
        runs = self._drawn.shape[1]
        sums = np.zeros((runs, runs))
        np.add.at(sums, (self._run[self._better], self._run[self._worse]), values)
        return np.asarray(((self._drawn @ sums) * self._drawn).sum(axis=1))


def _resamples(runs: int) -> Numbers:
    """How often each run was drawn, a row a resample; the same each time."""
    if not runs:
        return np.zeros((ROUNDS, 0))
    draw = np.random.default_rng(SEED)
    return draw.multinomial(runs, np.full(runs, 1 / runs), ROUNDS).astype(float)


def verdict(mean: Mean) -> str:
    """The rule that was fixed beforehand."""
    if mean.low > 0:
        return YES
    if mean.low <= 0 <= mean.high and mean.high - mean.low > WIDE:
        return UNKNOWN
    return NO


def adjusted(chances: Sequence[float]) -> list[float]:
    """Benjamini–Hochberg: at which rate of false discoveries each would be told."""
    likeliest = sorted(range(len(chances)), key=lambda at: -chances[at])
    least, found = 1.0, [1.0] * len(chances)
    for after, at in enumerate(likeliest):
        least = min(least, chances[at] * len(chances) / (len(chances) - after))
        found[at] = least
    return found
