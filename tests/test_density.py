"""Groups by what records say, tested by what they cite: the arithmetic, and what is no finding."""

from __future__ import annotations

from itertools import pairwise, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from swarm import chance, clusters, density, halves, likeness, lsa, swaps
from tools.eval import invented

odds = st.lists(st.floats(0, 1), min_size=1, max_size=7)


def known(told: list[float]) -> chance.Tested:
    """Sums as they were counted, and the moments of a Poisson count of 2."""
    whole = np.array(told, dtype=float)
    return chance.Tested(
        whole, *(np.full(len(told), 2.0) for _ in range(3)), np.ones(len(told)), whole
    )


def rows_of(texts: list[str]) -> lsa.Rows:
    return lsa.embed(lsa.fit(texts), texts)


def distribution(odds: list[float]) -> list[float]:
    """How likely each count is of some independent things, by going through all that may be."""
    found = [0.0] * (len(odds) + 1)
    for happened in product((0, 1), repeat=len(odds)):
        chances = (p if each else 1 - p for p, each in zip(odds, happened, strict=True))
        found[sum(happened)] += prod(chances)
    return found


@given(odds, st.booleans(), st.floats(0.1, 1.5), st.sampled_from((1, 2, 3)))
def test_the_expected_worth_of_a_record_is_that_of_its_whole_distribution(
    odds: list[float], inside: bool, weight: float, power: int
) -> None:
    sums = [np.array([sum(p**deep for p in odds)]) for deep in range(1, 7)]
    told = swaps._expected(power, swaps._ways(sums), np.array([inside]), np.array([weight]))
    worth = ((inside * n + weight * comb(n, 2)) ** power for n in range(len(odds) + 1))
    exact = sum(p * each for p, each in zip(distribution(odds), worth, strict=True))
    assert told[0] == pytest.approx(exact, rel=1e-6, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_rates_are_those_of_benjamini_and_hochberg(odds: list[float]) -> None:
    told = np.array(odds)
    assert chance.rates(told) == pytest.approx(stats.false_discovery_control(told, method="bh"))


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20))
def test_the_more_was_counted_the_greater_the_surprise(counts: list[int]) -> None:
    told = chance.surprise(known(sorted(counts)))
    assert all(later <= earlier for earlier, later in pairwise(told))
    assert ((told >= 0) & (told <= 1)).all()


@pytest.mark.parametrize("count", range(1, 16))
def test_odds_are_near_those_of_a_count_whose_distribution_is_known(count: int) -> None:
    told, truth = chance.surprise(known([count]))[0], stats.poisson.sf(count - 1, 2)
    assert told >= 0.7 * truth
    assert told <= 2 * truth or truth < 1e-4  # far out it says less than it could


def test_a_sum_that_cannot_vary_surprises_when_it_is_more() -> None:
    zero = np.zeros(2)
    told = chance.surprise(chance.Tested(np.array([0.0, 1.0]), zero, zero, zero, zero, zero))
    assert told.tolist() == [1.0, 0.0]


def test_what_is_only_rounding_is_no_finding() -> None:
    """Three records of a large board that cite nothing twice: 5e-20 is not a variance."""
    tiny = (np.array([value]) for value in (0.0, 1e-19, 5e-20, 1e-29, 0.0, 0.0))
    assert chance.judged([(1, 2, 3)], chance.Tested(*tiny), "") == []


def test_citations_swapped_among_records_close_in_time_make_no_more_than_is_written_down() -> None:
    """And not much less: a swap that would make a record cite another twice is lost."""
    board = invented.structureless(3, 400, lively=True)
    groups = [tuple(range(at, 400, 40)) for at in range(40)]
    tested = swaps.test(groups, board.links, 400)
    ends = np.array(board.links)
    dice = np.random.default_rng(1)
    drawn = []
    for _ in range(300):
        near = dice.uniform(-swaps.CLOSE, swaps.CLOSE, (2, len(ends))) / 2
        order, places = np.argsort(ends[:, 0] + near[0]), np.argsort(ends[:, 0] + near[1])
        swapped = ends.copy()
        swapped[places, 1] = ends[order, 1]
        swapped = np.unique(swapped[swapped[:, 0] != swapped[:, 1]], axis=0)
        drawn.append(swaps.test(groups, swapped, 400).told)
    drawn_mean, drawn_spread = np.mean(drawn, axis=0).sum(), np.std(drawn, axis=0).sum()
    assert 0.85 <= drawn_mean / tested.mean.sum() <= 1.02
    assert 0.85 <= drawn_spread / np.sqrt(tested.variance).sum() <= 1.02


def test_what_is_cited_once_is_shared_by_nobody() -> None:
    """However the citations are swapped."""
    links = [(at, 100 + at) for at in range(100)]
    tested = swaps.test([(1, 2, 3), (50, 60, 70)], links, 100)
    assert tested.mean == pytest.approx([0, 0], abs=1e-9)


def test_who_shares_only_the_days_does_not_stand_out() -> None:
    """Everybody cites what was talked of in the last weeks; some who came together say alike."""
    dice = np.random.default_rng(3)
    size = 600
    links = sorted({(at, int(at - back)) for at in range(60, size)
                    for back in dice.integers(1, 60, 3)})  # fmt: skip
    groups = [tuple(range(start, start + 20)) for start in range(60, size, 20)]
    told = chance.judged(groups, swaps.test(groups, links, size), "")
    assert len(told) == len(groups)
    assert sum(each.fires(0.05) for each in told) == 0


def test_what_a_few_write_in_one_go_stands_out() -> None:
    """Ten at a time cite the same three, and the next ten others: a burst is no chance."""
    size = 300
    links = [(at, at // 10 * 10 - back) for at in range(20, size) for back in (1, 2, 3)]
    groups = [tuple(range(start, start + 10)) for start in range(20, size, 10)]
    told = chance.judged(groups, swaps.test(groups, links, size), "")
    assert all(each.fires(0.05) for each in told)


def test_what_everybody_cites_says_nothing_of_anybody() -> None:
    size = 300
    links = [(at, 0) for at in range(1, size)] + [(at, at - 1) for at in range(40, size, 7)]
    groups = [tuple(range(start, start + 10)) for start in range(20, size, 10)]
    told = chance.judged(groups, swaps.test(groups, links, size), "")
    assert len(told) > 20
    assert not any(each.fires(0.05) for each in told)


def test_a_citation_that_many_have_weighs_less() -> None:
    popular = [(at, 0) for at in range(1, 100)]
    rare = [(at, 200 + at % 50) for at in range(1, 100)]
    groups = [(10, 60)]
    much, little = (swaps.test(groups, links, 150).told[0] for links in (rare, popular))
    assert much > 3 * little > 0


@pytest.mark.parametrize("lively", [False, True])
def test_a_board_without_structure_says_so_most_times(lively: bool) -> None:
    boards = [invented.structureless(seed, 150, lively=lively) for seed in range(20)]
    cited = [swaps.found(rows_of(each.texts), each.links) for each in boards]
    said = [halves.found(each.texts) for each in boards]
    for found in (cited, said):
        assert sum(any(group.fires(0.05) for group in groups) for groups in found) <= 4  # 99 %


@pytest.mark.parametrize("lively", [False, True])
def test_odds_of_groups_that_mean_nothing_are_what_they_say(lively: bool) -> None:
    dice = np.random.default_rng(5)
    told: dict[str, list[float]] = {"cited": [], "said": []}
    for seed in range(12):
        board = invented.structureless(seed, 150, lively=lively)
        drawn = dice.permutation(150).reshape(15, 10)
        groups = [tuple(sorted(each.tolist())) for each in drawn]
        half = halves.split(board.texts)[1]
        tested = {
            "cited": swaps.test(groups, board.links, 150),
            "said": likeness.test(groups, rows_of(half), [each.count(" ") for each in half]),
        }
        for name, each in tested.items():
            told[name] += [group.odds for group in chance.judged(groups, each, name)]
    for odds in told.values():
        assert len(odds) > 150
        assert sum(each <= 0.05 for each in odds) <= 0.09 * len(odds)  # 99 % of 180
        assert 0.25 <= sum(each <= 0.5 for each in odds) / len(odds) <= 0.61


@pytest.mark.parametrize("witness", [swaps.WITNESS, likeness.WITNESS])
def test_planted_groups_are_found(witness: str) -> None:
    board = invented.planted(7, 600, 8, 0.3)
    links = board.links if witness == swaps.WITNESS else []
    found = density.find(rows_of(board.texts), board.texts, links)
    assert {each.witness for each in found} == {witness}
    fired = [set(each.members) for each in density.fired(found, 0.05)]
    for planted in map(set, board.groups):
        assert max(len(planted & each) / len(planted | each) for each in fired) >= 0.5
    excess = [each.excess for each in found]
    assert excess == sorted(excess, reverse=True)


def test_a_board_with_few_links_is_heard_by_both_witnesses_and_each_is_trusted_less() -> None:
    board = invented.planted(7, 600, 8, 0.3)
    inside = {at: number for number, group in enumerate(board.groups) for at in group}
    few = [each for each in board.links if inside.get(each[0]) == 1 == inside.get(each[1])]
    few += [(at, at - 300) for at in range(330, 600, 10)]
    found = density.find(rows_of(board.texts), board.texts, few)
    assert {each.witness for each in found} == {swaps.WITNESS, likeness.WITNESS}
    fired = density.fired(found, 0.05)
    for one in fired:
        for other in fired:
            shared = set(one.members) & set(other.members)
            assert one is other or 2 * len(shared) <= max(len(one.members), len(other.members))
    for planted in map(set, board.groups):
        assert max(len(planted & {*each.members}) / len(planted) for each in fired) >= 0.5
    alone = {each.members: each.rate for each in halves.found(board.texts)}
    for each in found:
        if each.witness == likeness.WITNESS:
            assert each.rate == min(1.0, 2 * alone[each.members])


def test_the_same_rows_make_the_same_groups() -> None:
    rows = rows_of(invented.planted(1, 200, 3, 0.4).texts)
    assert clusters.groups(rows) == clusters.groups(rows.copy())


def test_a_record_between_two_groups_belongs_to_neither() -> None:
    dice = np.random.default_rng(2)
    ends = np.eye(2, 20)
    noise = dice.normal(0, 0.05, (24, 20))
    rows = np.concatenate([np.repeat(ends, 12, axis=0) + noise, [ends.sum(axis=0)]])
    found = clusters.groups((rows / np.linalg.norm(rows, axis=1)[:, None]).astype(np.float32))
    assert all(len({at // 12 for at in each}) == 1 for each in found)
    assert 24 not in {at for each in found for at in each}


def test_groups_stay_the_same_when_a_tenth_of_the_records_is_not_there() -> None:
    board = invented.planted(3, 400, 8, 0.4)
    rows = rows_of(board.texts)
    dice = np.random.default_rng(1)
    kept = np.sort(dice.permutation(400)[:360])
    before = {at: number for number, each in enumerate(clusters.groups(rows)) for at in each}
    after = [{before.get(int(kept[at]), -1) for at in each} for each in clusters.groups(rows[kept])]
    planted = [set(each) for each in board.groups]
    whole = [
        each
        for each in clusters.groups(rows[kept])
        if any(len(set(kept[list(each)]) & group) > len(each) / 2 for group in planted)
    ]
    assert len(whole) == len(planted)
    assert len(after) > len(planted)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["one lesson alone"],
        ["two lessons", "two other ones"],
        ["all the same words"] * 40,
        [""] * 12,
        ["small batches", "малые пакеты", "μικρές δέσμες", "دفعات صغيرة", "छोटे बैच", "小さな束"] * 3,
        ["word " * 200_000, *(f"short text {at}" for at in range(10))],
    ],
    ids=["none", "one", "two", "identical", "wordless", "six alphabets", "a megabyte"],
)
def test_odd_boards_have_finite_figures(texts: list[str]) -> None:
    links = [(at, at - 1) for at in range(1, len(texts))]
    for given_links in (links, []):
        found = density.find(rows_of(texts), texts, given_links)
        for each in found:
            assert np.isfinite([each.told, each.mean, each.spread, each.odds, each.rate]).all()
            assert len(each.members) >= clusters.LEAST


def test_one_half_of_the_words_knows_nothing_of_the_other() -> None:
    texts = [f"alpha{at} beta{at} gamma{at} delta{at}" for at in range(50)]
    one, other = halves.split(texts)
    assert all(sorted(f"{a} {b}".split()) == sorted(lsa.words_of(text))
               for a, b, text in zip(one, other, texts, strict=True))  # fmt: skip
    first, second = (set(" ".join(half).split()) for half in (one, other))
    assert first.isdisjoint(second)
    assert 0.3 < len(first) / (len(first) + len(second)) < 0.7


def test_long_texts_are_not_alike_for_their_length() -> None:
    dice = np.random.default_rng(1)
    texts = [
        " ".join(f"w{word}" for word in dice.integers(0, 300, 200 if at % 5 == 0 else 20))
        for at in range(300)
    ]
    long = [tuple(range(start, start + 60, 5)) for start in range(0, 240, 60)]
    rows, lengths = rows_of(texts), [len(text.split()) for text in texts]
    told = chance.judged(long, likeness.test(long, rows, lengths), "")
    assert not any(each.fires(0.05) for each in told)
    blind = chance.judged(long, likeness.test(long, rows, [1] * len(texts)), "")
    assert any(each.fires(0.05) for each in blind)  # as it would be without the lengths
