"""What work is worth: four factors, each with its law, whatever the counts are."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.posterior import LEAST, Beta
from swarm.voi import Arm, Subject, bandit, best, sharpe, terms

MOST = 0.4427

amounts = st.floats(0, 1e6)
betas = st.builds(lambda held, failed: Beta().plus(held, failed), amounts, amounts)
numbers = st.integers(0, 100_000)
subjects = st.builds(Subject, betas, numbers, numbers, amounts, amounts)
arms = st.integers(0, 300).flatmap(lambda n: st.builds(Arm, st.just(n), st.integers(0, n)))


def value(board: Sequence[Subject]) -> float:
    """What a candidate is worth that stands for the best of these, in a domain like any."""
    return terms(board[best(board)], 1.0).score


# The whole


@given(st.lists(subjects, min_size=1, max_size=4), st.lists(arms, max_size=6), arms)
def test_every_factor_is_finite_and_positive_and_they_multiply_to_the_score(
    board: list[Subject], others: list[Arm], own: Arm
) -> None:
    for known in ([*others, own], others):  # a domain that nobody worked in is one, too
        arm = own if known is not others else Arm()
        found = terms(board[best(board)], bandit(known).of(arm))
        told = json.loads(json.dumps({"score": found.score, "terms": found._asdict()}))
        assert math.isclose(math.prod(told["terms"].values()), told["score"], rel_tol=1e-9)
        assert all(0 < each < math.inf for each in found)
        assert LEAST <= found.gain <= MOST
        assert found.reach >= 1
        assert 0.5 <= found.phi <= 2 and 0.5 <= found.bandit <= 2


def test_where_nothing_is_known_only_the_gain_is_not_1() -> None:
    assert terms(Subject(Beta()), bandit([]).of(Arm())) == (Beta().bits, 1.0, 1.0, 1.0)


# Doubt, reach, trail


@given(
    st.lists(subjects, min_size=1, max_size=4), st.data(), st.floats(0.01, 0.99),
    st.floats(1, 1000), st.floats(1, 10), st.booleans(),
)  # fmt: skip
def test_more_doubt_never_lowers_a_score(
    board: list[Subject], data: st.DataObject, mean: float, size: float, more: float, fewer: bool
) -> None:
    """About any one of the things that a task tests, however the others stand."""
    at = data.draw(st.integers(0, len(board) - 1))
    if fewer:  # counts, of the same mean
        sure = Beta(mean * size * more, (1 - mean) * size * more)
        unsure = Beta(mean * size, (1 - mean) * size)
    else:  # as many, and a mean nearer to even
        even = 0.5 + (mean - 0.5) / more
        sure, unsure = (Beta(one * size, (1 - one) * size) for one in (mean, even))
    before, after = (
        [*board[:at], board[at]._replace(beta=beta), *board[at + 1 :]] for beta in (sure, unsure)
    )
    assert value(after) >= value(before) * (1 - 1e-9)


@given(st.lists(subjects, min_size=1, max_size=4), st.data(), st.integers(1, 50))
def test_more_reach_and_more_success_never_lower_a_score(
    board: list[Subject], data: st.DataObject, more: int
) -> None:
    at = data.draw(st.integers(0, len(board) - 1))
    one = board[at]
    for better in (
        one._replace(near=one.near + more),
        one._replace(far=one.far + more),
        one._replace(use=one.use + more),
        one._replace(warning=one.warning / more),
    ):
        assert value([*board[:at], better, *board[at + 1 :]]) >= value(board) * (1 - 1e-12)


REACHES = {(0, 0): 1.0, (1, 0): 2.0, (3, 0): 3.0, (7, 0): 4.0, (1, 4): 3.0, (0, 2): 2.0}


@pytest.mark.parametrize("leaning", REACHES)
def test_reach_doubles_its_dependents_for_each_step(leaning: tuple[int, int]) -> None:
    assert Subject(Beta(), *leaning).reach == pytest.approx(REACHES[leaning])


TRAILS = {(0, 0): 1.0, (2, 0): 2**0.5, (0, 2): 2**-0.5, (1, 1): 1.0, (3, 1): 2 ** (1 / 3)}


@pytest.mark.parametrize("left", TRAILS)
def test_a_trail_is_use_less_warning_beside_two_that_nobody_saw(left: tuple[float, float]) -> None:
    assert Subject(Beta(), 0, 0, *left).phi == pytest.approx(TRAILS[left])


def test_of_several_subjects_the_best_counts_and_never_their_sum() -> None:
    wide, deep = Subject(Beta(), 2, 0), Subject(Beta(), 40, 100)
    assert best([wide, deep, wide]) == 1
    assert best([deep, deep]) == 0
    assert value([wide] * 50) == value([wide])


# Luck with a domain


@given(st.integers(0, 400), st.integers(1, 40))
def test_a_board_of_one_domain_or_of_no_outcome_knows_no_luck(outcomes: int, domains: int) -> None:
    for used in {0, outcomes // 3, outcomes}:
        assert bandit([Arm(outcomes, used)]).of(Arm(outcomes, used)) == 1.0
    assert bandit([Arm()] * domains).of(Arm()) == 1.0


@given(st.lists(arms, max_size=6), st.integers(1, 300), st.data())
def test_one_more_outcome_of_use_never_lowers_the_domain_it_is_of(
    others: list[Arm], outcomes: int, data: st.DataObject
) -> None:
    """One of as many that was used and had not been: with each outcome the bonus shrinks."""
    used = data.draw(st.integers(0, outcomes - 1))
    before, after = (Arm(outcomes, each) for each in (used, used + 1))
    assert bandit([*others, after]).of(after) >= bandit([*others, before]).of(before) * (1 - 1e-12)


@pytest.mark.parametrize("outcomes", [1, 2, 3, 10, 100, 1000])
def test_mean_over_deviation_grows_with_each_reward_of_1_or_0(outcomes: int) -> None:
    ratios = [sharpe(outcomes, used) for used in range(outcomes + 1)]
    assert all(low < high for low, high in pairwise(ratios))
    assert ratios[0] > 0


def test_of_rewards_that_may_be_anything_it_need_not() -> None:
    """Why a reward is 1 or 0: among a hundred halves, one whole looks worse than a half."""

    def ratio(rewards: list[float]) -> float:
        size = 2 + len(rewards)
        mean = (1 + sum(rewards)) / size
        return mean / math.sqrt((0.5 + sum((each - mean) ** 2 for each in rewards)) / size)

    assert ratio([1.0] * 3 + [0.0] * 4) == pytest.approx(sharpe(7, 3))  # the same, of 1 and 0
    assert ratio([0.5] * 99 + [1.0]) < ratio([0.5] * 100)


def test_by_hand() -> None:
    """Three of four used in one domain, one of six in another; a third was never tried."""
    arms = [Arm(4, 3), Arm(6, 1), Arm()]
    board = bandit(arms)
    bonus = [1 + math.sqrt(2 * math.log(11) / (n + 1)) for n in (4, 6, 0)]
    assert board.usual == pytest.approx(sum(bonus) / 3)
    mean = 4 / 6  # (1 + 3) / (2 + 4)
    ratio = mean / math.sqrt((0.5 + 3 * (1 - mean) ** 2 + mean**2) / 6)
    usual = (1 + 4 / 6) / 6  # four outcomes at the others' one in six
    beside = usual / math.sqrt((0.5 + 4 / 6 * (1 - usual) ** 2 + (4 - 4 / 6) * usual**2) / 6)
    assert board.of(arms[0]) == pytest.approx(min(2, ratio / beside * bonus[0] / board.usual))
    assert board.of(arms[1]) < 1 < board.of(arms[0])
    assert board.of(arms[2]) == pytest.approx(bonus[2] / board.usual)
