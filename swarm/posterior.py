"""What outcomes say about a claim, and how much one more of them would tell. Pure."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

LEAST = 0.01  # bits: nothing is so sure that another look tells nothing
_LARGE = 10.0  # from here on the series is exact to the last digits


class Beta(NamedTuple):
    """How often something held, and how often not, each with the half that nobody saw."""

    a: float = 0.5
    b: float = 0.5

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def bits(self) -> float:
        return information(self.a, self.b)

    def plus(self, a: float, b: float) -> Beta:
        return Beta(self.a + a, self.b + b)


@lru_cache(maxsize=10_000)
def information(a: float, b: float) -> float:
    """What one more outcome is expected to tell, in bits: at most .44, of what nobody tried.

    How unsure the next outcome is, less how unsure it would still be if one knew how
    often the claim holds. What is left is what the outcome says about the claim.
    """
    mean = a / (a + b)
    known = digamma(a + b + 1) - mean * digamma(a + 1) - (1 - mean) * digamma(b + 1)
    return max(LEAST, _entropy(mean) - known / math.log(2))


def _entropy(mean: float) -> float:
    """In bits, of something that comes true so often."""
    return -math.fsum(each * math.log2(each) for each in (mean, 1 - mean) if each > 0)


def digamma(x: float) -> float:
    """The logarithmic derivative of the gamma function, for x > 0."""
    below = 0.0
    while x < _LARGE:
        below += 1 / x
        x += 1
    r = 1 / (x * x)
    series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132)))))
    return math.log(x) - 1 / (2 * x) - series - below
