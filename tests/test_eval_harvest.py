"""The evaluation of harvest: what is found where there is something, and nothing where not."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Repository, hermetic
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.eval import (  # noqa: E402 - tools/ is no part of what is installed
    __main__,
    ancestor,
    guard,
    harvest,
    harvested,
    invented,
    metrics,
    report,
    repository,
    subject,
)
from tools.eval.corpus import Corpus  # noqa: E402
from tools.eval.harvest import Agreement, Cut, Judged  # noqa: E402
from tools.eval.invented import Alarms, Recall  # noqa: E402

TOPICS = ("oven", "salt", "rye", "yeast", "flour", "crust")
WITNESSES = ("citations", "few citations", "words")
BEFORE = 90  # lessons, so that a topic has fifteen
AFTER = 30


def quiet(_: str) -> None:
    pass


# -- figures

LABELS = st.integers(2, 30).flatmap(
    lambda size: st.tuples(
        *[st.lists(st.integers(0, 5), min_size=size, max_size=size) for _ in range(2)]
    )
)


@given(LABELS)
def test_two_groupings_agree_as_much_as_others_reckon(labels: tuple[list[int], list[int]]) -> None:
    assert metrics.agreement(*labels) == pytest.approx(adjusted_rand_score(*labels))


def test_a_ratio_lies_in_its_interval_and_is_the_same_each_time() -> None:
    over, under = [3.0, 1.0, 0.0, 4.0, 2.0, 6.0] * 4, [1.0, 1.0, 0.0, 2.0, 1.0, 1.0] * 4
    told = metrics.ratio(over, under, range(24))
    assert told and told.low < told.value < told.high
    assert told.value == pytest.approx(16 / 6)
    assert told == metrics.ratio(over, under, range(24))
    assert metrics.ratio(over, [0.0] * 24, range(24)) is None
    assert metrics.ratio([], [], []) is None


def test_what_is_one_thing_several_times_counts_for_one() -> None:
    """Four moments of a group are no four groups: the interval is as wide as of one moment."""
    over, under = [3.0, 1.0, 0.0, 4.0, 2.0, 6.0], [1.0, 1.0, 1.0, 2.0, 1.0, 1.0]
    once = metrics.ratio(over, under, range(6))
    assert metrics.ratio(over * 4, under * 4, list(range(6)) * 4) == once
    apart = metrics.ratio(over * 4, under * 4, range(24))
    assert apart and once and apart.high - apart.low < once.high - once.low


def test_a_group_is_the_one_before_that_it_shares_most_of_its_records_with() -> None:
    groups = ["abc", "xyz", "abcd", "abcdefgh", "xq", "abcdef", "aq"]
    assert harvested.lines([frozenset(each) for each in groups]) == [0, 1, 0, 0, 4, 0, 6]


@pytest.mark.parametrize(("boards", "bar"), [(200, 17), (10, 2), (1, 0)])
def test_the_bar_for_false_alarms_is_what_the_rate_allows(boards: int, bar: int) -> None:
    assert harvested.most(boards) == bar


# -- random groups

DOMAINS = [("oven",)] * 20 + [("salt",)] * 5 + [()] * 10 + [("oven", "salt")]


@pytest.mark.parametrize("group", [[0, 1, 2], [0, 20, 25], [20, 21, 35], [*range(0, 12)]], ids=str)
def test_a_random_group_is_like_the_other_in_size_and_domains_and_has_none_of_it(
    group: list[int],
) -> None:
    """Where a domain has too few others left, it is the whole board that is drawn from."""
    free = Counter(domain for at, domain in enumerate(DOMAINS) if at not in group)
    places = harvest.pools(group, DOMAINS)
    dice = np.random.default_rng(0)
    for _ in range(200):
        found = harvest.drawn(places, dice)
        assert len(set(found)) == len(group)
        assert not set(found) & set(group)
        for one, other in zip(group, found, strict=True):
            if free[DOMAINS[one]] >= 3 * len(group):
                assert DOMAINS[one] == DOMAINS[other]
    for member, pool in zip(group, places, strict=True):
        if free[DOMAINS[member]] < 3 * len(group):
            assert len(pool) == len(DOMAINS) - len(group)


def test_a_group_that_is_most_of_its_board_is_like_nothing() -> None:
    with pytest.raises(repository.Failed, match="a group of 19 in 36 records: nothing is like it"):
        harvest.pools(range(19), DOMAINS)


def test_chance_is_how_often_random_groups_come_together() -> None:
    """Of two groups of three, one is named whole; of pairs of the others a third is."""
    names = [f"L-{at}" for at in range(60)]
    came = {(f"L-{at}", f"L-{at + 1}") for at in range(9)}
    came |= {("L-0", "L-2")}
    pairs = frozenset(tuple(sorted(pair)) for pair in came)
    told = harvest.judged([0, 1, 2], names, pairs, [()] * 60, np.random.default_rng(0))
    assert (told.names, told.pairs, told.came) == (frozenset(names[:3]), 3, 3)
    expected = 3 * 6 / (57 * 56 / 2)  # of the pairs among those outside six came about
    assert told.chance == pytest.approx(expected, abs=0.15)


def test_k_means_makes_as_many_clusters_of_the_same_size_and_the_same_each_time() -> None:
    dice = np.random.default_rng(0)
    rows = np.concatenate([centre + dice.normal(0, 0.05, (10, 8)) for centre in np.eye(8)[:4]])
    rows = np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype="f4")
    groups = [range(at, at + 10) for at in (0, 10, 20, 30)]
    found = harvest.clusters(rows, groups)
    assert sorted(map(tuple, found)) == sorted(map(tuple, groups))
    assert found == harvest.clusters(rows, groups)
    assert harvest.clusters(rows, []) == []


# -- a history


def bake(repo: Repository, number: int, cites: list[int], topic: str = "") -> None:
    """A lesson of the topic whose turn it is, in words that only that one has, and common ones."""
    dice = np.random.default_rng(number)
    topic = topic or TOPICS[number % len(TOPICS)]
    said = [f"{topic}{dice.integers(20)}" for _ in range(25)]
    said += [f"word{dice.integers(300)}" for _ in range(25)]
    named = ", ".join(f"L-{each}" for each in cites)
    repo.write(
        f"memory/lessons/L-{number}.md",
        f"# L-{number}: About {topic}\nDomain: bakery | Cites: {named}\n\n{' '.join(said)}\n",
    )


def before(repo: Repository) -> str:
    """Lessons that cite two earlier ones of their topic."""
    for number in range(1, BEFORE + 1):
        step = len(TOPICS)
        bake(repo, number, [each for each in (number - step, number - 2 * step) if each > 0])
    return repo.commit()


def after(repo: Repository, apart: int) -> None:
    """Later ones, each of which brings two together whose numbers are so far apart."""
    dice = np.random.default_rng(0)
    for number in range(BEFORE + 1, BEFORE + 1 + AFTER):
        first = int(dice.integers(1, BEFORE - apart))
        bake(repo, number, [first, first + apart], "bread")
    repo.commit()


def corpus(repo: Repository) -> Corpus:
    held = repository.Repository(repo.root)
    return Corpus("ancestor", held, (), ancestor.name_of, ancestor.names_in)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One moment, and few resamples."""
    monkeypatch.setattr(harvest, "CUTS", (BEFORE,))
    monkeypatch.setattr(harvest, "RESAMPLES", 2)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("apart", "lifted"),
    [
        pytest.param(18, True, id="of one topic"),
        pytest.param(19, False, id="of two topics"),
    ],
)
def test_a_lift_is_found_where_there_is_one(repo: Repository, apart: int, lifted: bool) -> None:
    before(repo)
    after(repo, apart)
    (cut,) = harvest.replay(corpus(repo), quiet)
    told = harvested.summary([cut], [], [])
    fired = told.pooled.fired
    assert (cut.lessons, cut.records, cut.witness) == (BEFORE, BEFORE, "citations")
    assert fired.groups >= 4
    assert fired.lift and fired.lift.low <= fired.lift.value <= fired.lift.high
    assert (fired.lift.low > 2) is lifted
    assert (fired.lift.value < 1) is not lifted
    assert told.same.mean > 0.8


@pytest.mark.usefixtures("short")
def test_what_came_before_or_with_the_moment_is_not_later(repo: Repository) -> None:
    """The lessons of one commit are all there at once: nothing is left that could cite."""
    for number in range(1, BEFORE + 20):
        bake(repo, number, [number - 6] if number > 6 else [])
    repo.commit()
    (cut,) = harvest.replay(corpus(repo), quiet)
    assert {each.came for each in (*cut.fired, *cut.others, *cut.means)} == {0}
    assert harvested.summary([cut], [], []).pooled.fired.lift is None


@pytest.mark.usefixtures("short")
def test_a_board_that_knows_the_future_is_a_leak(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(repo)
    after(repo, 18)
    opened = subject.opened
    monkeypatch.setattr(subject, "opened", lambda root, commit: opened(root, "HEAD"))
    with pytest.raises(guard.Leak, match=r"L-\d+\.md: not in the tree"):
        list(harvest.replay(corpus(repo), quiet))


# -- boards


@pytest.mark.parametrize("lively", [False, True])
def test_citations_of_an_invented_board_go_back_in_time(lively: bool) -> None:
    board = invented.structureless(1, 200, lively=lively)
    assert len(board.texts) == 200
    assert len(set(board.links)) == len(board.links)
    assert all(0 <= target < source < 200 for source, target in board.links)
    assert board == invented.structureless(1, 200, lively=lively)


def test_a_lively_board_cites_what_is_new_and_often_cited() -> None:
    def told(lively: bool) -> tuple[float, int]:
        links = [
            link
            for seed in range(5)
            for link in invented.structureless(seed, 300, lively=lively).links
        ]
        ages = [source - target for source, target in links]
        return float(np.mean(ages)), max(Counter(target for _, target in links).values())

    (age, most), (usual, usually) = told(True), told(False)
    assert age < usual / 2
    assert most > usually


def test_on_boards_without_structure_little_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invented, "SIZE", 120)
    found = invented.alarms(6, quiet)
    assert [(each.witness, each.boards) for each in found] == [(each, 6) for each in WITNESSES]
    assert all(each.fired <= 2 for each in found)


def test_an_alarm_is_counted_where_it_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups are planted in the lively board, and in the other none."""

    def rigged(seed: int, size: int, *, lively: bool) -> invented.Invented:
        even = usual(seed + 7, size, lively=False)  # one of the nineteen of twenty that are silent
        return invented.planted(seed, size, 4, 0.6) if lively else even

    usual = invented.structureless
    monkeypatch.setattr(invented, "SIZE", 150)
    monkeypatch.setattr(invented, "structureless", rigged)
    found = invented.alarms(2, quiet)
    assert [(each.witness, each.even, each.lively) for each in found] == [
        (witness, 0, 1) for witness in WITNESSES
    ]


def test_planted_groups_that_share_much_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AMONG": 240, "PLANTED": 4, "PLANTINGS": 1, "SHARES": (0.05, 0.5)}.items():
        monkeypatch.setattr(invented, name, value)
    told = {(each.share, each.witness): each for each in invented.recalls(quiet)}
    assert set(told) == {(share, witness) for share in (0.05, 0.5) for witness in WITNESSES}
    for witness in WITNESSES:
        assert told[0.05, witness].found <= 1
        assert told[0.5, witness].found >= 3
        assert told[0.5, witness].planted == 4


@pytest.mark.parametrize(
    ("fired", "found"),
    [
        ([(1, 2, 3, 4)], True),
        ([(9,), (1, 2, 3, 4, 5, 6, 7, 8)], True),
        ([(1, 2, 3, 4, 5, 6, 7, 8, 9)], False),
        ([(1, 2)], True),
        ([(1, 2, 9)], False),
        ([], False),
    ],
)
def test_a_group_is_found_by_half_of_all_that_both_have(
    fired: list[tuple[int, ...]], found: bool
) -> None:
    assert invented.is_found((1, 2, 3, 4), fired) is found


# -- what all of it comes to


def groups(rate: int, many: int = 20) -> tuple[Judged, ...]:
    """As many pairs came about as `rate`, a half of it more or less, where by chance one would."""
    return tuple(
        Judged(
            frozenset(f"{rate} {at} {each}" for each in range(5)), 10,
            rate + (-1) ** at * (rate // 2), 1.0,
        )
        for at in range(many)
    )  # fmt: skip


def result(fired: int, means: int, alarms: int, found: int, alike: float) -> harvested.Result:
    cut = Cut(600, 500, "citations", groups(fired), groups(1), groups(means),
              (Agreement(alike, alike),))  # fmt: skip
    return harvested.summary(
        [cut], [Alarms("citations", 200, 5, alarms)], [Recall(0.2, "citations", 20, found, 20)]
    )


@pytest.mark.parametrize(
    ("told", "missed"),
    [
        pytest.param(result(8, 6, 12, 18, 0.7), "", id="all met"),
        pytest.param(result(6, 6, 12, 18, 0.7), "lift of the groups that fire", id="lift"),
        pytest.param(result(8, 9, 12, 18, 0.7), "pairs of k-means that came about", id="k-means"),
        pytest.param(result(8, 6, 13, 18, 0.7), "boards without structure", id="alarms"),
        pytest.param(result(8, 6, 12, 17, 0.7), "planted groups found", id="recall"),
        pytest.param(result(8, 6, 12, 18, 0.69), "groups by text agree", id="agreement"),
    ],
)
def test_each_bar_is_met_or_missed_by_its_own_figure(told: harvested.Result, missed: str) -> None:
    wrong = [bar.what for bar in told.bars if not bar.met]
    assert bool(wrong) is bool(missed)
    assert all(each.startswith(missed) for each in wrong)
    lines = list(report.harvest_text("", told))
    assert sum(line.endswith("missed") for line in lines) == len(wrong)
    assert sum(line.endswith("met") for line in lines) == len(told.bars) - len(wrong)


def test_without_a_group_nothing_is_met_and_nothing_breaks() -> None:
    cut = Cut(600, 500, "words", (), (), (), (Agreement(1.0, 1.0),))
    told = harvested.summary([cut], [], [])
    assert [bar.met for bar in told.bars] == [False, False, False, True, True]
    assert any("–" in line for line in report.harvest_text("", told))


# -- the command


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    folder = tmp_path_factory.mktemp("history")
    root = folder / "ancestor"
    root.mkdir()
    repo = Repository(root, hermetic(folder))
    repo.git("init", "-q", "-b", "main")
    before(repo)
    after(repo, 18)
    yield repo


SMALL: dict[str, Any] = {
    "SIZE": 60, "AMONG": 120, "PLANTED": 2, "PLANTINGS": 1, "SHARES": (0.2,),
}  # fmt: skip


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_the_command_tells_every_figure_whatever_they_are(
    history: Repository, as_json: bool, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in SMALL.items():
        monkeypatch.setattr(invented, name, value)
    asked = ["harvest", "--ancestor", str(history.root), "--boards", "2"]
    assert __main__.main([*asked, *(["--json"] if as_json else [])]) == 0
    printed = capsys.readouterr().out
    if not as_json:
        assert "k-means" in printed
        assert "boards without structure fire, by words" in printed
        return
    told = json.loads(printed)
    assert [each["lessons"] for each in told["moments"]] == [BEFORE]
    assert set(told["pooled"]) == {"fired", "others", "means"}
    assert len(told["bars"]) == 5 + 2 * len(WITNESSES)
    assert all(isinstance(bar["met"], bool) for bar in told["bars"])


def test_a_history_that_is_too_short_cannot_be_measured(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    before(repo)
    assert __main__.main(["harvest", "--ancestor", str(repo.root)]) == 1
    assert "has too few lessons: at 600 it begins" in capsys.readouterr().err
