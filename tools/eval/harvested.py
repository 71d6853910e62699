"""Groups and boards → figures, each beside the bar that was set for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from scipy.special import bdtr

from tools.eval.harvest import Cut, Judged
from tools.eval.invented import Alarms, Recall
from tools.eval.metrics import Mean, ratio
from tools.eval.subject import RATE

LIFT = 5.0
ALIKE = 0.7
SHARE, RECALL = 0.2, 0.9
SURE = 0.99  # less often than that, no more boards fire than the bar, when the rate is kept to


@dataclass(frozen=True, slots=True)
class Row:
    """What groups of one sort came to."""

    groups: int
    pairs: int
    came: int
    rate: Mean | None
    lift: Mean | None


@dataclass(frozen=True, slots=True)
class Sorts:
    """All groups of one moment, or of several."""

    fired: Row
    others: Row
    means: Row


@dataclass(frozen=True, slots=True)
class Moment:
    """A cut as its figures."""

    lessons: int
    records: int
    witness: str
    sorts: Sorts


@dataclass(frozen=True, slots=True)
class Spread:
    """Some agreements."""

    mean: float
    least: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What was to be reached, and whether it is."""

    what: str
    figure: str
    wanted: str
    met: bool


@dataclass(frozen=True, slots=True)
class Result:
    """All that was measured."""

    moments: tuple[Moment, ...]
    pooled: Sorts
    same: Spread  # how alike the groups are without a tenth of the records, by the same vectors
    anew: Spread  # by vectors that were learned anew
    alarms: tuple[Alarms, ...]
    recalls: tuple[Recall, ...]

    @property
    def bars(self) -> list[Bar]:
        return list(chain(_lifted(self.pooled), _held(self)))


def summary(cuts: Sequence[Cut], alarms: Sequence[Alarms], recalls: Sequence[Recall]) -> Result:
    """The figures of at least one cut, and of the boards."""
    return Result(
        tuple(Moment(each.lessons, each.records, each.witness, _sorts([each])) for each in cuts),
        _sorts(cuts),
        _spread([each.same for cut in cuts for each in cut.agreements]),
        _spread([each.anew for cut in cuts for each in cut.agreements]),
        tuple(alarms),
        tuple(recalls),
    )


def row(groups: Sequence[Judged]) -> Row:
    """The figures of some groups, together."""
    pairs, came = [each.pairs for each in groups], [each.came for each in groups]
    whose = lines([each.names for each in groups])
    told = ratio(came, pairs, whose), ratio(came, [each.chance for each in groups], whose)
    return Row(len(groups), sum(pairs), sum(came), *told)


def lines(groups: Sequence[frozenset[str]]) -> list[int]:
    """A number for each group; one that has most records in common with one before has its."""
    found: list[int] = []
    for at, group in enumerate(groups):
        shared = [len(group & other) / len(group | other) for other in groups[:at]]
        best = max(range(at), key=shared.__getitem__, default=at)
        found.append(found[best] if best < at and 2 * shared[best] >= 1 else at)
    return found


def most(boards: int) -> int:
    """On so many of some boards something may fire: on more it rarely would by chance."""
    return max(many for many in range(boards) if bdtr(many, boards, RATE) < SURE)


def _sorts(cuts: Sequence[Cut]) -> Sorts:
    fired, others, means = (
        row([group for cut in cuts for group in getattr(cut, sort)])
        for sort in ("fired", "others", "means")
    )
    return Sorts(fired, others, means)


def _spread(values: Sequence[float]) -> Spread:
    return Spread(sum(values) / len(values), min(values))


def _lifted(pooled: Sorts) -> Iterator[Bar]:
    fired, others = pooled.fired.lift, pooled.others.lift
    name = "lift of the groups that fire"
    yield Bar(name, shown(fired), f"above {LIFT:.0f}", fired is not None and fired.low > LIFT)
    apart = fired is not None and (others is None or others.high < fired.low)
    yield Bar("of those that do not", shown(others), "clearly below", apart)
    rate, usual = pooled.fired.rate, pooled.means.rate
    below = rate is not None and (usual is None or usual.value <= rate.value)
    told = f"{shown(usual, 4)} against {shown(rate, 4)}"
    yield Bar("pairs of k-means that came about", told, "no more", below)


def _held(result: Result) -> Iterator[Bar]:
    for name, spread in (("same vectors", result.same), ("learned anew", result.anew)):
        told = f"{spread.mean:.3f}, at least {spread.least:.3f}"
        yield Bar(f"groups by text agree, {name}", told, f"{ALIKE}", spread.mean >= ALIKE)
    for each in result.alarms:
        bar, name = most(each.boards), f"boards without structure fire, by {each.witness}"
        yield Bar(name, f"{each.fired} of {each.boards}", f"{bar} at most", each.fired <= bar)
    for found in result.recalls:
        if found.share == SHARE:
            name = f"planted groups found at {SHARE:.0%}, by {found.witness}"
            yield Bar(name, f"{found.value:.2f}", f"{RECALL}", found.value >= RECALL)


def shown(mean: Mean | None, digits: int = 1) -> str:
    """A figure with its interval."""
    if mean is None:
        return "–"
    return f"{mean.value:.{digits}f} ({mean.low:.{digits}f}–{mean.high:.{digits}f})"
