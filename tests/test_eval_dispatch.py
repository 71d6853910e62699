"""The replay of dispatch: pairs and lanes are judged right, and nothing later leaks in."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import elder
import numpy as np
import pytest
from conftest import Repository, hermetic
from hypothesis import given
from hypothesis import strategies as st

from swarm import markdown, voi
from swarm.ancestor import lanes

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.eval import (  # noqa: E402 - tools/ is no part of what is installed
    __main__,
    concordance,
    dispatch,
    executed,
    policies,
    report,
    repository,
    retold,
    subject,
)
from tools.eval.concordance import NO, UNKNOWN, YES, Judged, Pairs  # noqa: E402
from tools.eval.executed import Told, Work  # noqa: E402
from tools.eval.guard import Leak  # noqa: E402
from tools.eval.metrics import SEED, Mean  # noqa: E402

LOG, LESSONS, QUESTIONS = "tasks/SWARM-LANES.md", "memory/lessons", "tasks/FRONTIER.md"

# -- the statistic


def counted(
    judged: Sequence[tuple[Judged, float]], apart: int = concordance.APART
) -> tuple[float, int]:
    """How many pairs are told right, and how many there are: each counted by hand."""
    right, pairs = 0.0, 0
    for at, (one, gave) in enumerate(judged):
        for other, gave_other in judged[at + 1 :]:
            if abs(one.place - other.place) > apart or one.worth == other.worth:
                continue
            pairs += 1
            if math.isclose(gave, gave_other, rel_tol=1e-9):
                right += 0.5
            else:
                right += (gave > gave_other) == (one.worth > other.worth)
    return right, pairs


def some(seed: int, size: int = 40, runs: int = 9) -> list[tuple[Judged, float, float]]:
    """Made-up lanes with two scores each; many tie, and some runs have many."""
    dice = np.random.default_rng(seed)
    return [
        (
            Judged(place, f"S{dice.integers(0, runs, 2).min()}", float(dice.integers(3))),
            float(dice.integers(4)),
            float(dice.random()),
        )
        for place in range(0, 2 * size, 2)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_concordance_is_what_counting_each_pair_gives(seed: int) -> None:
    told = some(seed)
    pairs = Pairs([judged for judged, _, _ in told])
    for which in (1, 2):
        right, many = counted([(each[0], each[which]) for each in told])
        assert len(pairs) == many
        assert pairs.of([each[which] for each in told]).value == pytest.approx(right / many)


@pytest.mark.parametrize("seed", range(3))
def test_a_resample_is_what_putting_whole_runs_together_anew_gives(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was drawn twice is there twice, lane by lane."""
    monkeypatch.setattr(concordance, "ROUNDS", 60)
    told = some(seed, size=24)
    runs = sorted({judged.run for judged, _, _ in told})
    drawn = np.random.default_rng(SEED).multinomial(len(runs), [1 / len(runs)] * len(runs), 60)
    gained = []
    for often in drawn:
        copies = [each for each in told for _ in range(often[runs.index(each[0].run)])]
        (left, many), (right, _) = (
            counted([(each[0], each[which]) for each in copies]) for which in (1, 2)
        )
        gained += [(left - right) / many] if many else []
    pairs = Pairs([judged for judged, _, _ in told])
    found = pairs.less([each[1] for each in told], [each[2] for each in told])
    low, high = np.quantile(gained, (0.025, 0.975))
    assert (found.mean.low, found.mean.high) == pytest.approx((low, high))
    rarer = min(sum(each <= 1e-12 for each in gained), sum(each >= -1e-12 for each in gained))
    assert found.p == pytest.approx(min(1, 2 * (1 + rarer) / (1 + len(gained))))


def test_an_interval_comes_out_the_same_each_time() -> None:
    told = some(1)
    judged, left, right = zip(*told, strict=True)
    assert Pairs(judged).less(left, right) == Pairs(judged).less(left, right)
    assert Pairs(judged).of(left) == Pairs(judged).of(left)


def test_what_one_run_chose_hangs_together() -> None:
    """The same lanes, each of a run of its own or all of one: that one says the same each time."""
    scores = [float(place % 3) for place in range(30)]
    apart, together = (
        Pairs([Judged(place, run or f"S{place}", place % 2) for place in range(30)]).of(scores)
        for run in ("", "S1")
    )
    assert apart.value == together.value
    assert apart.low < apart.value < apart.high
    assert together.low == together.value == together.high


@pytest.mark.parametrize(
    ("lanes", "scores", "right", "many"),
    [
        pytest.param([(0, 1), (1, 0)], [2, 1], 1, 1, id="right"),
        pytest.param([(0, 1), (1, 0)], [1, 2], 0, 1, id="wrong"),
        pytest.param([(0, 1), (1, 0)], [1, 1], 0.5, 1, id="tie"),
        pytest.param([(0, 1), (1, 0)], [1 + 1e-12, 1], 0.5, 1, id="tie but for the last digits"),
        pytest.param([(0, 1), (20, 0)], [2, 1], 1, 1, id="twenty apart"),
        pytest.param([(0, 1), (21, 0), (22, 1)], [2, 1, 0], 0, 1, id="more than twenty apart"),
        pytest.param([(0, 1), (1, 1), (2, 0)], [1, 9, 5], 0.5, 2, id="equals are no pair"),
    ],
)
def test_which_pairs_count(
    lanes: list[tuple[int, float]], scores: list[float], right: float, many: int
) -> None:
    pairs = Pairs([Judged(place, f"S{place}", worth) for place, worth in lanes])
    assert len(pairs) == many
    assert pairs.of(scores).value == right


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.001, 0.3, YES),
        (0.01, 0.02, YES),
        (-0.3, -0.001, NO),
        (-0.05, 0.05, NO),
        (-0.02, 0.03, NO),
        (0.0, 0.05, NO),
        (-0.05, 0.051, UNKNOWN),
        (0.0, 0.2, UNKNOWN),
        (-0.2, 0.0, UNKNOWN),
        (-0.5, 0.5, UNKNOWN),
    ],
)
def test_the_answer_follows_from_the_interval(low: float, high: float, answer: str) -> None:
    assert concordance.verdict(Mean((low + high) / 2, low, high)) == answer


@pytest.mark.parametrize("seed", range(4))
def test_what_is_told_at_a_rate_is_what_benjamini_and_hochberg_would_tell(seed: int) -> None:
    """They tell the k least likely, for the largest k whose chance is at most k/m of the rate."""
    some_chances = np.random.default_rng(seed).random(1 + 4 * seed) ** 3
    chances = [float(each) for each in some_chances] * 2  # some are equal
    found = concordance.adjusted(chances)
    for rate in np.linspace(0.01, 1, 50):
        often = [each for each in chances if each <= rate * rank(each, chances) / len(chances)]
        told = [each <= max(often, default=-1) for each in chances]
        assert [each <= rate + 1e-12 for each in found] == told
    assert concordance.adjusted([]) == []


def rank(chance: float, chances: Sequence[float]) -> int:
    return sum(each <= chance for each in chances)


arms = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.builds(voi.Arm, st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=6,
)


@given(arms)
def test_sharpe_and_ucb_is_the_factor_of_the_product_without_its_bounds(
    told: list[voi.Arm],
) -> None:
    bandit = voi.bandit(told)
    for arm in told:
        held = min(max(policies.sharpe_ucb(arm, bandit), voi.LOW), voi.HIGH)
        assert held == pytest.approx(bandit.of(arm), rel=1e-12)


# -- lanes


def row(lane: str, run: int, status: str, said: str = "", note: str = "It.") -> str:
    """A row of the log."""
    setup = f"setup=a; {said}".rstrip("; ")
    return f"| 2020-09-13 | {lane} | S{run} | a | - | - | m | p | s | {setup} | {status} | {note} |"


OVEN, RYE = "focus=domains/oven; frontier=F-OVEN1", "focus=domains/rye; frontier=F-RYE1"
EXPECTED = "expect=rye is slower; actual=two days; diff="


@dataclass
class Bakery:
    """A history of the older shape, written commit by commit."""

    repo: Repository
    rows: dict[str, str]
    lessons: int = 0

    def log(self, lane: str, run: int, status: str, said: str = "", note: str = "It.") -> str:
        self.rows[lane] = row(lane, run, status, said, note)
        self.repo.write(LOG, elder.HEAD + "\n".join(self.rows.values()) + "\n")
        return self.repo.commit(f"[S{run}] {lane} {status}")

    def lesson(self, text: str = "", run: int | None = None, *, subject: str = "more") -> str:
        """The next lesson, by its name."""
        self.lessons += 1
        head = f"Session: S{run}\n" if run else ""
        name = f"L-{self.lessons}"
        path = f"{LESSONS}/{name}.md"
        self.repo.write(path, f"# {name}: Bread {self.lessons}\n{head}Confidence: n\n\n{text}\n")
        self.repo.commit(subject)
        return name

    def told(self) -> Told:
        return executed.told(repository.Repository(self.repo.root))


def begun(repo: Repository) -> Bakery:
    """Two questions, a lesson about one, and a lane that stood there when the log began."""
    repo.write(QUESTIONS, "# Frontier\n\n- **F-OVEN1**: Does it drift?\n- **F-RYE1**: How slow?\n")
    bakery = Bakery(repo, {})
    bakery.lesson("F-OVEN1 drifts at night.", 1)
    bakery.log("BAKE-OLD", 1, "ACTIVE", OVEN)
    return bakery


def worked(bakery: Bakery, lane: str, run: int, said: str = OVEN, text: str = "") -> str:
    """A lane that is begun, has its lesson, and is closed."""
    bakery.log(lane, run, "ACTIVE", said)
    name = bakery.lesson(text, run)
    bakery.log(lane, run, "MERGED", said, f"See {name}.")
    return name


@pytest.fixture
def bakery(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> Bakery:
    monkeypatch.setattr(executed, "NEXT", 4)
    return begun(repo)


def only(told: Told) -> Work:
    (work,) = told.works
    return work


@pytest.mark.parametrize(
    ("citers", "worth", "cited"),
    [
        pytest.param([3, 4, 5, None], True, 3, id="three other runs"),
        pytest.param([3, 3, 3], True, 3, id="thrice by one other run"),
        pytest.param([2, 3, 4], False, 3, id="its own run is no other"),
        pytest.param([9, 3, 4], False, 3, id="nor is the one that closed it"),
        pytest.param([0, 3, 4], False, 3, id="nor one that nobody knows"),
        pytest.param([3, 4, None, None, 5, 6], False, 2, id="later than the next four"),
    ],
)
def test_worth_is_what_other_runs_soon_cite(
    bakery: Bakery, citers: list[int | None], worth: bool, cited: int
) -> None:
    bakery.log("BAKE-A", 2, "ACTIVE", OVEN)
    name = bakery.lesson("", 2)
    bakery.log("BAKE-A", 9, "MERGED", OVEN, f"See {name}.")
    for run in [*citers, None, None]:
        bakery.lesson("nothing" if run is None else f"As {name} says.", run)
    work = only(bakery.told())
    assert (work.worth, work.cited, work.run) == (worth, cited, "S2")
    assert work.produced == frozenset({name})


def test_the_subject_of_its_commit_tells_the_run_of_a_lesson_that_does_not(bakery: Bakery) -> None:
    name = worked(bakery, "BAKE-A", 2)
    for run in (3, 4, 5, 6):
        bakery.lesson(f"As {name} says.", subject=f"[S{run}] more")
    assert only(bakery.told()).worth


def test_a_lane_that_was_written_down_with_its_lesson_began_before_that(bakery: Bakery) -> None:
    """One commit brings both: the lesson did not stand there before."""
    bakery.repo.write(f"{LESSONS}/L-9.md", "# L-9: Bread\nSession: S2\n")
    commit = bakery.log("BAKE-A", 2, "MERGED", OVEN, "See L-9.")
    for _ in range(4):
        bakery.lesson()
    work = only(bakery.told())
    assert (work.commit, work.produced) == (commit, frozenset({"L-9"}))


def test_why_a_lane_is_left_out(bakery: Bakery) -> None:
    bakery.log("BAKE-OLD", 1, "MERGED", OVEN, "See L-2.")  # stood when the log began
    bakery.log("BAKE-OPEN", 1, "ACTIVE", OVEN)  # never executed
    bakery.log("BAKE-GONE", 1, "ABANDONED", OVEN, "See L-2.")  # nor this
    bakery.log("BAKE-MUTE", 1, "MERGED", OVEN)
    bakery.log("BAKE-LATE-TO-IT", 1, "MERGED", OVEN, "See L-1.")  # which stood before
    bakery.log("BAKE-OTHERS", 2, "ACTIVE", OVEN)
    other = bakery.lesson("", 3)
    bakery.log("BAKE-OTHERS", 2, "MERGED", OVEN, f"See {other}.")
    worked(bakery, "BAKE-GOOD", 4)
    for _ in range(3):
        bakery.lesson()
    worked(bakery, "BAKE-LAST", 5)
    told = bakery.told()
    assert told.executed == 6
    assert [(each.name, each.place) for each in told.works] == [("BAKE-GOOD", 4)]
    assert told.dropped == {
        executed.STOOD: 1, executed.SILENT: 1, executed.OLD: 1,
        executed.FOREIGN: 1, executed.LATE: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("diff", "falsified"),
    [
        ("Expected slower: FALSIFIED", True),
        ("Speed CONFIRMED; taste FALSIFIED", True),
        ("Expected slower: CONFIRMED", False),
        ("Inconclusive", None),
        ("", None),
    ],
)
def test_falsified_is_what_the_import_makes_of_it(
    bakery: Bakery, diff: str, falsified: bool | None
) -> None:
    worked(bakery, "BAKE-A", 2, f"{OVEN}; {EXPECTED}{diff}" if diff else OVEN)
    for _ in range(4):
        bakery.lesson()
    assert only(bakery.told()).falsified is falsified


# -- nothing later


@dataclass
class Past:
    """A history, what its lanes came to, and the boards of before each."""

    ancestor: repository.Repository
    told: Told
    boards: repository.Repository

    def commit(self, lane: str, branch: str = retold.AS_IT_IS) -> str:
        return retold.commits(self.boards, branch)[lane]


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """Three lanes about two questions. After each, others make more of what it was about."""
    folder = tmp_path_factory.mktemp("past")
    root = folder / "ancestor"
    root.mkdir()
    repo = Repository(root, hermetic(folder))
    repo.git("init", "-q", "-b", "main")
    bakery = begun(repo)
    first = worked(bakery, "BAKE-A", 2, f"{OVEN}; {EXPECTED}CONFIRMED")
    for run in (3, 4, 5):
        bakery.lesson(f"F-OVEN1 drifts, as {first} says. BAKE-A told.", run)
    second = worked(bakery, "BAKE-B", 6, f"{RYE}; {EXPECTED}FALSIFIED")
    worked(bakery, "BAKE-C", 7, OVEN)
    for run in (8, 9, 10, 11):
        bakery.lesson(f"F-RYE1 and F-OVEN1, as {second} says.", run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executed, "NEXT", 4)
        told, ancestor = bakery.told(), repository.Repository(root)
        yield Past(ancestor, told, retold.retold(ancestor, told.works, folder / "b.git", quiet))


def test_a_lane_is_scored_by_what_could_be_known_when_it_was_begun(past: Past) -> None:
    """One record leaned on the question that it is about; at the end many do."""
    assert [each.name for each in past.told.works] == ["BAKE-A", "BAKE-B", "BAKE-C"]
    with subject.opened(past.boards.root, past.commit("BAKE-A")) as board:
        told = subject.weighed(board, "BAKE-A")
        known = {each.id for each in board.view.listed()}
    assert known == {"F-OVEN1", "F-RYE1", "L-1", "BAKE-OLD", "BAKE-A"}
    assert told.terms.reach == 1 + math.log2(1 + 1)
    with subject.opened(past.boards.root, past.commit("BAKE-C")) as board:
        later = subject.weighed(board, "BAKE-C")
        assert board.get("BAKE-A").keys["outcome"] == "confirmed"
    assert later.terms.reach > told.terms.reach


def test_every_lane_is_scored_the_same_where_history_ends_before_it(past: Past) -> None:
    found = dispatch.scored(past.boards, past.told.works, quiet)
    assert [set(each.scores) for each in found] == [set(policies.POLICIES)] * 3
    assert dispatch.prove(past.ancestor, past.boards, found, quiet) == 3
    wrong = [each._replace(terms=each.terms._replace(reach=9.0)) for each in found]
    with pytest.raises(Leak, match="BAKE-A: weighed otherwise where nothing came after"):
        dispatch.prove(past.ancestor, past.boards, wrong, quiet)


def test_a_lane_shows_nothing_of_its_result_beforehand() -> None:
    """Even when its first row is the one that concludes it."""
    said = row("BAKE-A", 2, "MERGED", f"{OVEN}; intent=bake; {EXPECTED}CONFIRMED by L-2", "L-3.")
    (told,) = lanes.read(LOG, said)
    assert isinstance(told, executed.Row)
    name, path, raw = retold.task(told, elder.FIRST)
    assert (name, path) == ("BAKE-A", "tasks/BAKE-A-bake-a.md")
    record, _ = markdown.parse(raw, path)
    assert record
    assert record.keys == {
        "id": "BAKE-A", "kind": "task", "status": "open", "domain": ["oven"],
        "tests": ["F-OVEN1"], "session": "S2", "by": "a", "created": elder.at(0),
    }  # fmt: skip
    assert (record.title, record.body.strip()) == ("BAKE-A", "")
    assert [(edge.type, edge.target) for edge in record.edges] == [("tests", "F-OVEN1")]


def test_an_outcome_counts_only_where_a_check_is_said_to_have_decided_it(past: Past) -> None:
    """C is about the question of A, whose outcome is known by then."""
    gains = {}
    for branch in (retold.AS_IT_IS, retold.AS_IF_VERIFIED):
        with subject.opened(past.boards.root, past.commit("BAKE-C", branch)) as board:
            gains[branch] = subject.weighed(board, "BAKE-C").terms.gain
    assert gains[retold.AS_IT_IS] == voi.Beta().bits
    assert gains[retold.AS_IF_VERIFIED] < voi.Beta().bits


@pytest.mark.parametrize("when", [retold.AS_IT_IS, retold.AS_IF_VERIFIED])
def test_a_board_that_knows_the_future_is_a_leak(
    past: Past, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end others lean on what the first lane is about: its score would be another."""
    opened = subject.opened
    monkeypatch.setattr(subject, "opened", lambda root, commit: opened(root, when))
    with pytest.raises(Leak, match=r"not in the tree|while that commit holds|about to be written"):
        dispatch.scored(past.boards, past.told.works, quiet)


def test_a_board_made_of_what_came_later_is_a_leak(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each commit shows what the product was given: the import of the past tells it apart."""
    usual = retold.moments

    def later(*asked: Any) -> Iterator[retold.Moment]:
        for each in usual(*asked):
            slipped = {**each.files, f"{LESSONS}/L-99.md": b"# L-99: Later\n\nF-OVEN1 drifts.\n"}
            yield replace(each, files=slipped)

    monkeypatch.setattr(retold, "moments", later)
    with pytest.raises(Leak, match="BAKE-A: its board is not what stood before"):
        dispatch.replay(past.told, past.ancestor, tmp_path / "boards.git", quiet)


# -- the command


def test_the_command_tells_every_figure(
    past: Past, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "PROVED", 1)
    assert __main__.main(["dispatch", "--ancestor", str(past.ancestor.root), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["executed"], told["usable"], told["worth_it"], told["proved"]) == (3, 3, 2, 1)
    assert told["concordances"][policies.RANDOM]["value"] == 0.5
    assert told["primary"]["verdict"] in (YES, NO, UNKNOWN)
    assert len(told["secondary"]) == len(policies.SECONDARY)


def scored(works: Sequence[tuple[bool, float]]) -> list[policies.Scored]:
    """Lanes of a run each: what they were worth, and what value of information gave them."""
    row = executed.Row("task", "", "", LOG, 1, "", {}, "")
    return [
        policies.Scored(
            Work(f"BAKE-{at}", at, "", row, f"S{at}", frozenset(), worth, 3 * worth, None),
            {**dict.fromkeys(policies.POLICIES, 1.0), policies.VALUE: value},
            voi.Terms(0.4, 1.0, 1.0, 1.0),
        )
        for at, (worth, value) in enumerate(works)
    ]


def test_the_tables_end_with_the_answer() -> None:
    """Of twenty lanes the worthy ones were always given more."""
    found = scored([(at % 2 == 0, float(at % 2 == 0)) for at in range(20)])
    result = policies.summary(Told(25, tuple(each.work for each in found), {"x": 5}), found, 3)
    lines = list(report.dispatch_text(result))
    assert lines[0].startswith("ancestor: 25 lanes were executed, 20 are usable, of 20 runs; 10")
    assert "  gain always 0.400" in lines
    assert lines[-2] == "value of information rather than Sharpe × UCB1: yes."
    assert lines[-1] == "Of 7 other differences 2 hold at a false discovery rate of 0.05."
    assert not any("falsified" in line for line in lines)  # of which nothing is known here


def test_lanes_that_are_all_worth_the_same_cannot_be_compared() -> None:
    found = scored([(True, 1.0), (True, 2.0)])
    with pytest.raises(repository.Failed, match="no two lanes"):
        policies.summary(Told(2, tuple(each.work for each in found), {}), found, 2)


def test_a_history_without_lanes_cannot_be_measured(
    repo: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(f"{LESSONS}/L-1.md", "# L-1: Bread\n")
    repo.commit()
    assert __main__.main(["dispatch", "--ancestor", str(repo.root)]) == 1
    assert "no lane of this history was executed" in capsys.readouterr().err
