"""What is promised about speed, memory and keeping off other people's files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.bench.measure import Summary
from tools.bench.trial import CLICK, COLD, DISPATCH, EDITED, ORIENT, WARM, Trial

ANCESTOR = "ancestor"
IMPORTED = "ancestor, imported"  # with records of every kind
LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise, and whether it was kept. `steady`: it does not depend on the machine."""

    board: str
    promise: str
    measured: str
    met: bool
    steady: bool


def judge(trials: Iterable[Trial]) -> list[Bar]:
    """Every promise that these trials say something about."""
    return [bar for each in trials for bar in _bars(each)]


def _bars(trial: Trial) -> Iterator[Bar]:
    name = trial.board
    cold, warm, edited = (trial[what].cost for what in (COLD, WARM, EDITED))
    click, orient, dispatch = trial[CLICK].cost.wall, trial[ORIENT].cost, trial[DISPATCH].cost
    if name == ANCESTOR:
        ratio = warm.wall / click
        yield Bar(name, "warm read ≤ 3 × import click", f"{ratio:.2f} ×", ratio <= 3, True)
        ratio = orient.wall / click
        yield Bar(name, "orient, warm ≤ 3 × import click", f"{ratio:.2f} ×", ratio <= 3, True)
        more = (edited.wall - warm.wall) / click
        promise = "read after one edit ≤ warm read + 1.5 × import click"
        yield Bar(name, promise, f"+ {more:.2f} ×", more <= 1.5, True)
        yield Bar(name, "cold index ≤ 3 s", _seconds(cold), cold.wall <= 3, False)
    if name == IMPORTED:
        ratio = dispatch.wall / click
        yield Bar(name, "dispatch, warm ≤ 3.5 × import click", f"{ratio:.2f} ×", ratio <= 3.5, True)
    if trial.records >= LARGE:
        yield Bar(name, "cold index ≤ 120 s", _seconds(cold), cold.wall <= 120, False)
        peak = cold.peak / 1e6
        yield Bar(name, "cold index ≤ 700 MB", f"{peak:.0f} MB", peak <= 700, True)
        yield Bar(name, "orient, warm ≤ 1.3 s", _seconds(orient), orient.wall <= 1.3, False)
        peak = orient.peak / 1e6
        yield Bar(name, "orient, warm ≤ 250 MB", f"{peak:.0f} MB", peak <= 250, True)
        yield Bar(name, "dispatch, warm ≤ 1.5 s", _seconds(dispatch), dispatch.wall <= 1.5, False)
        yield Bar(name, "warm read ≤ 1.2 s", _seconds(warm), warm.wall <= 1.2, False)
    changed = len(trial.changed)
    shown = ": " + ", ".join(trial.changed[:3]) if changed else ""
    yield Bar(name, "reading changes 0 files", f"{changed} changed{shown}", not changed, True)


def _seconds(cost: Summary) -> str:
    """On a busy machine the two differ, and the second one is the program's own."""
    return f"{cost.wall:.2f} s, of which {cost.cpu:.2f} s cpu"
