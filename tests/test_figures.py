"""Scores of stated probabilities: equal to what others compute, and no surer than they may be."""

from __future__ import annotations

import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, log_loss

from swarm import figures
from swarm.figures import Figure, Pair

SCORES: dict[str, Callable[[Sequence[Pair]], Figure]] = {
    "brier": figures.brier,
    "reliability": figures.reliability,
    "resolution": figures.resolution,
    "uncertainty": figures.uncertainty,
    "log": figures.log_score,
    "calibration": figures.calibration_error,
}
MOST = {"resolution": 0.25, "uncertainty": 0.25, "log": math.inf}

# What people state: round numbers again and again; and whatever else a double can be
stated = st.one_of(
    st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0]),
    st.floats(0, 1),
)
ledgers = st.lists(st.tuples(stated, st.booleans()), min_size=figures.FEWEST, max_size=60)
rewards = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=figures.FEWEST, max_size=60)


# A second implementation, as plainly as it can be written


def plainly(pairs: Sequence[Pair]) -> dict[str, float]:
    n = len(pairs)
    base = sum(hit for _, hit in pairs) / n
    by_p: dict[float, list[bool]] = defaultdict(list)
    bins: dict[int, list[Pair]] = defaultdict(list)
    for p, hit in pairs:
        by_p[p].append(hit)
        bins[next(at for at in range(10) if p < (at + 1) / 10 or at == 9)].append((p, hit))
    log = 0.0
    for p, hit in pairs:
        given_to_it = p if hit else 1 - p
        log -= math.log(min(max(given_to_it, 2.0**-52), 1 - 2.0**-52)) / n
    return {
        "brier": sum((p - hit) ** 2 for p, hit in pairs) / n,
        "reliability": sum(len(h) * (p - sum(h) / len(h)) ** 2 for p, h in by_p.items()) / n,
        "resolution": sum(len(h) * (sum(h) / len(h) - base) ** 2 for h in by_p.values()) / n,
        "uncertainty": base * (1 - base),
        "log": log,
        "calibration": sum(abs(sum(p - hit for p, hit in inside)) for inside in bins.values()) / n,
    }


@settings(deadline=None)
@given(ledgers)
def test_every_score_equals_a_second_implementation(pairs: list[Pair]) -> None:
    other = plainly(pairs)
    for name, score in SCORES.items():
        found = score(pairs)
        assert found.n == len(pairs)
        assert found.value == pytest.approx(other[name], rel=1e-9, abs=1e-12), name


@settings(deadline=None)
@given(ledgers)
def test_brier_and_log_score_equal_those_of_scikit_learn(pairs: list[Pair]) -> None:
    happened, said = [int(hit) for _, hit in pairs], [p for p, _ in pairs]
    brier = brier_score_loss(happened, said, pos_label=1)
    assert figures.brier(pairs).value == pytest.approx(brier, rel=1e-12, abs=1e-12)
    log = log_loss(happened, said, labels=[0, 1])
    assert figures.log_score(pairs).value == pytest.approx(log, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(ledgers)
def test_the_decomposition_adds_up(pairs: list[Pair]) -> None:
    parts = [SCORES[name](pairs).value for name in ("reliability", "resolution", "uncertainty")]
    reliability, resolution, uncertainty = (part for part in parts if part is not None)
    brier = figures.brier(pairs).value
    assert brier is not None
    assert abs(reliability - resolution + uncertainty - brier) <= 1e-12


@settings(deadline=None)
@given(rewards)
def test_sharpe_is_the_mean_over_the_deviation(outcomes: list[float]) -> None:
    found = figures.sharpe(outcomes)
    deviation = statistics.pstdev(outcomes)
    if deviation:
        assert found.value == pytest.approx(statistics.fmean(outcomes) / deviation, rel=1e-9)
    else:
        assert found.value is None
        assert found.why == f"all {len(outcomes)} outcomes are the same: no deviation"


@settings(deadline=None)
@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_that_of_scipy(counts: tuple[int, int]) -> None:
    hits, n = counts
    other = binomtest(hits, n).proportion_ci(method="wilson")
    assert figures.wilson(hits, n) == pytest.approx((other.low, other.high), rel=1e-9, abs=1e-12)


# What holds for any ledger


@settings(deadline=None)
@given(ledgers, st.randoms(use_true_random=False))
def test_the_order_of_the_forecasts_changes_no_digit(pairs: list[Pair], chance: Any) -> None:
    mixed = pairs[:]
    chance.shuffle(mixed)
    for score in SCORES.values():
        assert score(mixed) == score(pairs)
    assert figures.reliability_table(mixed) == figures.reliability_table(pairs)


def is_sound(found: Figure, most: float) -> bool:
    if found.value is None:
        return found.low is None and found.high is None and bool(found.why)
    assert found.low is not None and found.high is not None
    ordered = 0 <= found.low <= found.value + 1e-12 and found.value <= found.high + 1e-12
    return ordered and found.high <= most + 1e-12 and math.isfinite(found.high) and not found.why


@settings(deadline=None)
@given(st.lists(st.tuples(stated, st.booleans()), max_size=40))
def test_a_figure_lies_in_its_interval_and_all_is_finite(pairs: list[Pair]) -> None:
    for name, score in SCORES.items():
        assert is_sound(score(pairs), MOST.get(name, 1.0)), name
    hits = sum(hit for _, hit in pairs)
    assert is_sound(figures.hit_rate(hits, len(pairs)), 1.0)
    for each in figures.reliability_table(pairs):
        assert all(map(math.isfinite, each))
        assert 0 <= each.rate_low <= each.rate <= each.rate_high <= 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=40))
def test_sharpe_lies_in_its_interval_and_is_finite(outcomes: list[float]) -> None:
    assert is_sound(figures.sharpe(outcomes), math.inf)


@pytest.mark.parametrize("n", range(5))
def test_fewer_than_five_outcomes_say_nothing(n: int) -> None:
    found = [score([(0.8, True)] * n) for score in SCORES.values()]
    for each in (*found, figures.hit_rate(n, n), figures.sharpe([1.0] * n)):
        assert each.value is None
        assert each.n == n
        assert ("too few to say" in each.why) is (n > 0)


@pytest.mark.parametrize("p", [0.6, 0.9, 0.999, 1.0])
@pytest.mark.parametrize("n", [5, 20, 100])
def test_no_unbroken_run_is_certain(p: float, n: int) -> None:
    """Were the next one to fail, every figure would still lie within what was told."""
    run = [(p, True)] * n
    for name in ("brier", "log", "reliability", "calibration"):
        found, next_one = SCORES[name](run), SCORES[name]([*run, (p, False)])
        assert found.low is not None and found.high is not None and next_one.value is not None
        assert found.low < found.high
        assert found.low <= next_one.value <= found.high, name
    rate = figures.hit_rate(n, n)
    assert rate.low is not None and rate.low < n / (n + 1) and rate.high == 1


def test_a_coin_that_was_called_a_coin_is_worth_what_it_always_is() -> None:
    for hits in (0, 5, 10):
        pairs = [(0.5, at < hits) for at in range(10)]
        assert figures.brier(pairs)[:4] == (0.25, 10, 0.25, 0.25)
        assert figures.log_score(pairs).value == pytest.approx(math.log(2))


def test_being_certain_and_wrong_costs_36_nats_and_not_infinity() -> None:
    assert figures.log_score([(1.0, False)] * 5).value == pytest.approx(52 * math.log(2))
    assert figures.log_score([(0.0, True)] * 5).value == pytest.approx(52 * math.log(2))


# Bins


@pytest.mark.parametrize("tenth", range(11))
def test_a_bin_holds_its_lower_bound_and_the_last_one_both(tenth: int) -> None:
    p = tenth / 10
    (found,) = figures.reliability_table([(p, True)])
    assert (found.low, found.high) == (min(tenth, 9) / 10, min(tenth + 1, 10) / 10)
    if tenth:
        (below,) = figures.reliability_table([(math.nextafter(p, 0), True)])
        assert below.high == p


@settings(deadline=None)
@given(ledgers)
def test_the_bins_hold_every_forecast_once(pairs: list[Pair]) -> None:
    table = figures.reliability_table(pairs)
    assert sum(each.n for each in table) == len(pairs)
    assert sum(each.hits for each in table) == sum(hit for _, hit in pairs)
    assert [each.low for each in table] == sorted({each.low for each in table})
    for each in table:
        assert each.low - 1e-12 <= each.p <= each.high + 1e-12


# Whether the intervals keep what they promise

SAID = (0.05, 0.2, 0.35, 0.5, 0.65, 0.7, 0.8, 0.8, 0.9, 0.95)
WORLDS: dict[str, Callable[[float], float]] = {
    "as said": lambda p: p,
    "half as sure": lambda p: 0.5 + (p - 0.5) / 2,
    "better than said": lambda p: min(p + 0.2, 0.97),
}


def truth(world: Callable[[float], float]) -> dict[str, float]:
    """What each score comes to when there is no end of forecasts."""
    rates = {p: world(p) for p in SAID}
    base = statistics.fmean(rates[p] for p in SAID)
    bins: dict[int, list[float]] = defaultdict(list)
    for p in SAID:
        bins[figures.bin_of(p)].append(p - rates[p])
    told = {
        "brier": [rates[p] * (1 - p) ** 2 + (1 - rates[p]) * p**2 for p in SAID],
        "log": [-rates[p] * math.log(p) - (1 - rates[p]) * math.log(1 - p) for p in SAID],
        "reliability": [(p - rates[p]) ** 2 for p in SAID],
        "resolution": [(rates[p] - base) ** 2 for p in SAID],
        "uncertainty": [base * (1 - base)],
    }
    means = {name: statistics.fmean(values) for name, values in told.items()}
    return means | {"calibration": sum(abs(sum(each)) for each in bins.values()) / len(SAID)}


@pytest.mark.parametrize("n", [10, 80])
@pytest.mark.parametrize("world", WORLDS)
def test_an_interval_holds_the_truth_nearly_as_often_as_it_says(world: str, n: int) -> None:
    chance, rounds = random.Random(f"{world} {n}"), 200  # noqa: S311 - seeded: no secret
    values = truth(WORLDS[world])
    held: dict[str, int] = defaultdict(int)
    for _ in range(rounds):
        said = chance.choices(SAID, k=n)
        pairs = [(p, chance.random() < WORLDS[world](p)) for p in said]
        for name, value in values.items():
            found = SCORES[name](pairs)
            assert found.low is not None and found.high is not None
            held[name] += found.low <= value <= found.high
    for name, often in held.items():
        assert often >= 0.87 * rounds, (name, often / rounds)
