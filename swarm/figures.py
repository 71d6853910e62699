"""How good stated probabilities were: scores, each with its n and an interval. Pure.

A score is a figure of pairs: the probability that was stated, and whether it came
true. Nothing here is ever infinite or not a number: where a figure would mean
nothing it is None, with the reason beside it. Sums are exact (`fsum`), so that
the order of the pairs changes no digit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from sys import float_info
from typing import Final, NamedTuple, TypeVar

Z: Final = 1.959963984540054  # of a normal deviate, 95 in 100 lie within so many deviations
FEWEST: Final = 5  # outcomes; fewer say nothing
BINS: Final = 10  # of equal width
_BOUNDS = [at / BINS for at in range(1, BINS)]
TINY: Final = float_info.epsilon  # how near to 0 and 1 the log score takes a probability

Pair = tuple[float, bool]  # what was said, and whether it came true
_Key = TypeVar("_Key", bound=Hashable)


class Figure(NamedTuple):
    """A number with what it was taken from, or why there is none."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    why: str = ""


class Bin(NamedTuple):
    """The forecasts between two probabilities: what they said, and how many came true."""

    low: float
    high: float  # itself only in the last bin
    n: int
    hits: int
    p: float  # their mean
    rate: float
    rate_low: float
    rate_high: float


class _Group(NamedTuple):
    """Forecasts that are compared with what happened to them together."""

    n: int
    hits: int
    said: float  # their mean p

    @property
    def rate(self) -> float:
        return self.hits / self.n

    @property
    def variance(self) -> float:
        """Of the hit rate, by chance: as if there were a hit and a miss more, so never 0."""
        rate = (self.hits + 1) / (self.n + 2)
        return rate * (1 - rate) / self.n


def brier(pairs: Sequence[Pair]) -> Figure:
    """The mean squared distance of p from what happened: 0 is perfect, ½ always said gets ¼."""
    return _mean_of(_square, pairs, 1.0)


def log_score(pairs: Sequence[Pair]) -> Figure:
    """The mean negative log-likelihood, in nats: 0 is perfect, ½ always said gets ln 2.

    A p of 0 or 1 is taken for one that differs from it by the epsilon of a double,
    as scikit-learn does: so being certain and wrong costs 36 nats.
    """
    return _mean_of(_nats, pairs, math.inf)


def reliability(pairs: Sequence[Pair]) -> Figure:
    """What of the Brier score comes from saying 80 % of what happens to 60 %: 0 is perfect.

    Murphy's decomposition, by distinct p: Brier = reliability − resolution + uncertainty.
    """
    groups = _by_p(pairs)
    return _distance(groups, [each.said for each in groups], 1.0)


def resolution(pairs: Sequence[Pair]) -> Figure:
    """How far the hit rates of different p lie from the one of all: the more, the better."""
    groups = _by_p(pairs)
    return _distance(groups, [_pooled(groups)] * len(groups), 0.25)


def uncertainty(pairs: Sequence[Pair]) -> Figure:
    """What the Brier score would be if each p were the hit rate of all: no merit, no fault."""
    n, hits = len(pairs), sum(hit for _, hit in pairs)
    refused = _refused(n)
    if refused:
        return refused
    low, high = wilson(hits, n)
    ends = [end * (1 - end) for end in (low, high)]
    most = 0.25 if low <= 0.5 <= high else max(ends)
    return Figure(hits / n * (1 - hits / n), n, min(ends), most)


def calibration_error(pairs: Sequence[Pair]) -> Figure:
    """The expected calibration error: how far the mean p of a bin lies from its hit rate.

    Over ten bins of equal width, each weighing what it holds. Chance alone moves a
    small bin off the diagonal: the interval begins below what that may have added.
    """
    refused = _refused(len(pairs))
    if refused:
        return refused
    terms = [
        _Term(each.n, abs(each.said - each.rate), math.sqrt(2 * each.variance / math.pi),
              each.variance)
        for each in _grouped(bin_of, pairs).values()
    ]  # fmt: skip
    return _weighed(terms, 1.0)


def hit_rate(hits: int, n: int) -> Figure:
    """The share that came true, with Wilson's interval."""
    if n < FEWEST:
        return few(n)
    return Figure(hits / n, n, *wilson(hits, n))


def sharpe(rewards: Sequence[float]) -> Figure:
    """Mean over standard deviation (of a population: by n) of outcomes between 0 and 1.

    Where all of them are the same there is no deviation, and no such figure.
    """
    counts = Counter(rewards)
    n = len(rewards)
    if n < FEWEST:
        return few(n)
    value = _over_deviation(counts)
    if value is None:
        return Figure(None, n, why=f"all {n} outcomes are the same: no deviation")
    low, high = _jackknife(counts + Counter([1.0, 0.0]))
    return Figure(value, n, max(min(low, value), 0.0), max(high, value))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's interval of a rate, 95 in 100; of nothing, all there is."""
    if not n:
        return 0.0, 1.0
    rate, more = hits / n, Z * Z / n
    middle = (rate + more / 2) / (1 + more)
    half = Z / (1 + more) * math.sqrt(rate * (1 - rate) / n + more / (4 * n))
    return max(middle - half, 0.0) if hits else 0.0, min(middle + half, 1.0) if hits < n else 1.0


def reliability_table(pairs: Sequence[Pair]) -> tuple[Bin, ...]:
    """Each bin that holds a forecast."""
    return tuple(
        Bin(at / BINS, (at + 1) / BINS, of.n, of.hits, of.said, of.rate, *wilson(of.hits, of.n))
        for at, of in sorted(_grouped(bin_of, pairs).items())
    )


def bin_of(p: float) -> int:
    """Which of ten bins of equal width a probability lies in; 1 lies in the last."""
    return bisect_right(_BOUNDS, p)


def mean(numbers: Sequence[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None


def few(n: int) -> Figure:
    """No figure, since there is nothing to take it from, or too little."""
    counted = f"{n} outcome{'s' if n > 1 else ''}, too few to say" if n else "no outcome to count"
    return Figure(None, n, why=counted)


def _refused(n: int) -> Figure | None:
    return few(n) if n < FEWEST else None


def _square(p: float, hit: bool) -> float:
    return (p - hit) ** 2


def _nats(p: float, hit: bool) -> float:
    known = min(max(p, TINY), 1 - TINY)
    return -math.log(known) if hit else -math.log1p(-known)


def _mean_of(loss: Callable[[float, bool], float], pairs: Sequence[Pair], most: float) -> Figure:
    """A mean loss, with the normal interval of these forecasts and two more at their mean p.

    One of the two came true, one did not: for a rate that is what Agresti and Coull do.
    Without them five hits in a row would be certain; with them, no run is.
    """
    n = len(pairs)
    refused = _refused(n)
    if refused:
        return refused
    said = math.fsum(p for p, _ in pairs) / n
    losses = [loss(*pair) for pair in pairs]
    value = math.fsum(losses) / n
    more = [*losses, loss(said, True), loss(said, False)]
    middle = math.fsum(more) / (n + 2)
    deviation = math.sqrt(math.fsum((each - middle) ** 2 for each in more) / (n + 1))
    half = Z * deviation / math.sqrt(n + 2)
    return Figure(
        value, n, max(min(middle - half, value), 0.0), min(max(middle + half, value), most)
    )


class _Term(NamedTuple):
    """What a group adds to a distance: as seen, what chance adds at most, and how it varies."""

    n: int
    seen: float
    chance: float
    variance: float


def _distance(groups: Sequence[_Group], ideal: Sequence[float], most: float) -> Figure:
    """The mean squared distance of groups' hit rates from what they should be."""
    refused = _refused(sum(each.n for each in groups))
    if refused:
        return refused
    terms = []
    for each, target in zip(groups, ideal, strict=True):
        seen, v = (each.rate - target) ** 2, each.variance
        terms.append(_Term(each.n, seen, v, 2 * v * v + 4 * seen * v))
    return _weighed(terms, most)


def _weighed(terms: Sequence[_Term], most: float) -> Figure:
    """A mean over groups by their size. Below, the interval makes room for chance."""
    n = sum(each.n for each in terms)
    value = math.fsum(each.n * each.seen for each in terms) / n
    chance = math.fsum(each.n * each.chance for each in terms) / n
    half = Z * math.sqrt(math.fsum(each.n**2 * each.variance for each in terms)) / n
    return Figure(value, n, max(value - chance - half, 0.0), min(value + half, most))


def _by_p(pairs: Sequence[Pair]) -> list[_Group]:
    return list(_grouped(_itself, pairs).values())


def _itself(p: float) -> float:
    return p


def _pooled(groups: Sequence[_Group]) -> float:
    return sum(each.hits for each in groups) / max(sum(each.n for each in groups), 1)


def _grouped(group: Callable[[float], _Key], pairs: Sequence[Pair]) -> dict[_Key, _Group]:
    said: dict[_Key, list[Pair]] = {}
    for pair in pairs:
        said.setdefault(group(pair[0]), []).append(pair)
    return {
        key: _Group(
            len(some), sum(hit for _, hit in some), math.fsum(p for p, _ in some) / len(some)
        )
        for key, some in said.items()
    }


def _over_deviation(counts: Mapping[float, int]) -> float | None:
    """Mean over deviation of values that stand so often each, where they differ."""
    held = {value: many for value, many in counts.items() if many}
    n = sum(held.values())
    if len(held) < 2:
        return None
    mean = math.fsum(value * many for value, many in held.items()) / n
    squares = math.fsum(many * (value - mean) ** 2 for value, many in held.items())
    return mean / math.sqrt(squares / n)


def _jackknife(counts: Counter[float]) -> tuple[float, float]:
    """The interval of mean over deviation, by leaving out one outcome after the other.

    A 1 and a 0 are among them that did not happen, so that whatever is left differs.
    """
    middle = _over_deviation(counts)
    left = [(_over_deviation(counts - Counter([each])), many) for each, many in counts.items()]
    known = [(value, many) for value, many in left if value is not None]
    n = counts.total()
    mean = math.fsum(value * many for value, many in known) / n
    squares = math.fsum(many * (value - mean) ** 2 for value, many in known)
    half = Z * math.sqrt((n - 1) / n * squares)
    assert middle is not None and len(known) == len(left)
    return middle - half, middle + half
