"""What one more outcome tells: the formula against its meaning, worked out by other means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from swarm.posterior import LEAST, Beta, digamma, information

MOST = 0.4427  # bits: of what nobody tried yet

counts = st.floats(0, 1000)


@given(st.floats(1e-3, 1e9))
def test_digamma_is_that_of_scipy(x: float) -> None:
    assert digamma(x) == pytest.approx(float(special.digamma(x)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("a", [0.5, 1.0, 1.5, 3.0, 8.5])
@pytest.mark.parametrize("b", [0.5, 1.0, 2.5, 7.0])
def test_information_is_what_the_next_outcome_says_about_how_often_it_holds(
    a: float, b: float
) -> None:
    """The doubt about the outcome, less its mean over all that the truth may be."""
    posterior = stats.beta(a, b)
    still, _ = integrate.quad(
        lambda angle: (
            stats.bernoulli(math.sin(angle) ** 2).entropy()
            * posterior.pdf(math.sin(angle) ** 2)
            * math.sin(2 * angle)
        ),
        1e-9, math.pi / 2 - 1e-9,
    )  # fmt: skip
    doubt = stats.bernoulli(a / (a + b)).entropy()
    assert information(a, b) == pytest.approx((doubt - still) / math.log(2), abs=1e-6)


def test_what_nobody_tried_tells_most() -> None:
    assert Beta() == (0.5, 0.5)
    assert Beta().bits == pytest.approx(1 - (2 * math.log(2) - 1) / math.log(2), abs=1e-12)
    assert Beta().bits == pytest.approx(MOST, abs=1e-4)


BY_QUADRATURE = {  # outcomes for and against → bits
    (1, 0): 0.2540, (0, 1): 0.2540, (1, 1): 0.2022, (2, 0): 0.1729, (10, 0): 0.0478,
    (5, 5): 0.0626, (34, 366): LEAST, (1e6, 1e6): LEAST, (0, 1e12): LEAST,
}  # fmt: skip


@pytest.mark.parametrize("seen", BY_QUADRATURE)
def test_it_shrinks_with_what_was_seen_and_never_to_nothing(seen: tuple[float, float]) -> None:
    assert Beta().plus(*seen).bits == pytest.approx(BY_QUADRATURE[seen], abs=5e-5)


@given(counts, counts)
def test_it_is_bounded_and_takes_no_side(held: float, failed: float) -> None:
    bits = Beta().plus(held, failed).bits
    assert LEAST <= bits <= MOST
    assert bits == pytest.approx(Beta().plus(failed, held).bits, abs=1e-9)


@given(st.floats(0.01, 0.99), st.floats(1, 500), st.floats(1, 10))
def test_fewer_counts_of_the_same_mean_tell_no_less(mean: float, size: float, more: float) -> None:
    few = information(mean * size, (1 - mean) * size)
    many = information(mean * size * more, (1 - mean) * size * more)
    assert few >= many - 1e-12


@given(st.floats(0.01, 0.99), st.floats(0, 1), st.floats(1, 500))
def test_as_many_counts_nearer_to_even_tell_no_less(
    mean: float, nearer: float, size: float
) -> None:
    even = 0.5 + (mean - 0.5) * nearer
    sure = information(mean * size, (1 - mean) * size)
    assert information(even * size, (1 - even) * size) >= sure - 1e-12
