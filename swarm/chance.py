"""How likely chance makes a sum so large, and which of many findings stand. Pure.

A sum of many rare things is skewed, and a normal curve would call it a surprise far too often.
So it is compared with a gamma curve of the same mean, variance and skewness, which is what
randomisation tests take when the whole distribution would be too dear (Pearson's third type).
What is counted may come in steps; then half a step is taken off, or the one step that happens
at times would count as more than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLOSE = 25  # records before and after one that are close in time
_NOTHING = 1e-12  # a variance below which all that chance makes is rounding
_STRAIGHT = 1e-6  # a skewness below which the curve is the normal one


class Tested(NamedTuple):
    """Some sums as they were counted, and what chance makes of each.

    Its mean, its variance, and its third central moment; the step in which it is counted; and
    what is too little to matter, however sure.
    """

    told: Floats
    mean: Floats
    variance: Floats
    third: Floats
    step: Floats
    floor: Floats


class Group(NamedTuple):
    """Records that say alike, by number, and what was counted of them beside chance."""

    members: tuple[int, ...]
    told: float
    mean: float
    spread: float
    odds: float  # that chance makes as much
    rate: float  # of false ones among the groups that are at least as surprising
    floor: float
    witness: str  # what was counted

    @property
    def excess(self) -> float:
        return self.told - self.mean

    def fires(self, rate: float) -> bool:
        """Whether it is no chance, at that rate of false ones, and large enough to matter."""
        return self.rate <= rate and self.told >= self.floor


def judged(groups: Sequence[tuple[int, ...]], tested: Tested, witness: str) -> list[Group]:
    """Those of some groups that could have stood out at all, each with its odds."""
    import numpy as np

    can = np.flatnonzero(tested.variance > _NOTHING)
    some = Tested(*(each[can] for each in tested))
    odds = surprise(some)
    columns = some.told, some.mean, np.sqrt(some.variance), odds, rates(odds), some.floor
    figures = zip(can.tolist(), *(each.tolist() for each in columns), strict=True)
    return [
        Group(groups[at], told, mean, spread, one, rate, floor, witness)
        for at, told, mean, spread, one, rate, floor in figures
    ]


def surprise(tested: Tested) -> Floats:
    """For each sum the odds that chance makes it as large, or larger."""
    import numpy as np
    from scipy import special  # type: ignore[import-untyped,unused-ignore]

    told, mean, variance, third, step, _ = tested
    possible = variance > 0
    spread = np.sqrt(np.where(possible, variance, 1.0))
    away = (told - step / 2 - mean) / spread
    skew = np.maximum(third / spread**3, 0.0)
    bent = np.where(skew > _STRAIGHT, skew, 1.0)
    shape = 4 / bent**2
    curved = special.gammaincc(shape, np.maximum(shape + 2 * away / bent, 0.0))
    odds = np.where(skew > _STRAIGHT, curved, special.ndtr(-away))
    certain = np.where(told > mean, 0.0, 1.0)
    return np.asarray(np.where(possible, odds, certain), dtype=np.float64)


def rates(odds: Floats, tried: float = 0) -> Floats:
    """For each finding the share of false ones among those at least as surprising.

    Benjamini and Hochberg's: to take what is at most a rate keeps false findings to that rate.
    `tried`: how many there were, when only the findings of some of them are at hand.
    """
    import numpy as np

    count = len(odds)
    order = np.argsort(odds, kind="stable")
    scaled = odds[order] * (tried or count) / np.arange(1, count + 1)
    least = np.minimum.accumulate(scaled[::-1])[::-1]
    found = np.empty(count)
    found[order] = np.minimum(least, 1.0)
    return found
