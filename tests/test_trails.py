"""What newer records leave on older ones, and how it fades: sums that anyone can do by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from conftest import Repository
from hypothesis import given
from hypothesis import strategies as st

from swarm.trails import Citation, Deposit, deposits, fold, heat

# What one citation leaves

Left = tuple[float, bool] | None
USE: Left = (1.0, False)
SUCCESS: Left = (2.0, False)
WARNING: Left = (1.0, True)

CLOSED = {"status": "closed", "outcome": "confirmed", "found_by": "check"}

LEAVES: dict[str, tuple[str, str, Mapping[str, Any], Left]] = {
    "a mention": ("mentions", "lesson", {}, USE),
    "a citation": ("cites", "lesson", {}, USE),
    "support": ("supports", "belief", {}, USE),
    "an extension": ("extends", "lesson", {}, USE),
    "a page's dependence": ("depends_on", "page", {}, USE),
    "a type that nobody has thought of yet": ("refutes", "lesson", {}, USE),
    # replaced: the mark says it
    "a successor": ("supersedes", "lesson", {}, None),
    "a successor that is a confirmed task": ("supersedes", "task", CLOSED, None),
    # contradicted
    "a contradiction": ("contradicts", "lesson", {}, WARNING),
    "an open challenge": ("contradicts", "challenge", {"status": "open"}, WARNING),
    "a challenge without a status": ("contradicts", "challenge", {}, WARNING),
    "an upheld challenge": ("contradicts", "challenge", {"status": "upheld"}, WARNING),
    "a dismissed challenge": ("contradicts", "challenge", {"status": "dismissed"}, None),
    "a dismissed lesson": ("contradicts", "lesson", {"status": "dismissed"}, WARNING),
    "what a dismissed challenge cites": ("cites", "challenge", {"status": "dismissed"}, USE),
    # tested
    "an open task": ("tests", "task", {"status": "open"}, USE),
    "a task that has nothing to say": ("tests", "task", {}, USE),
    "a confirmed task": ("tests", "task", CLOSED, SUCCESS),
    "a task confirmed before it is closed": (
        "tests", "task", {"status": "open", "outcome": "confirmed"}, USE,
    ),
    "a closed task without outcome": ("tests", "task", {"status": "closed"}, USE),
    "a task that an agent calls confirmed": (
        "tests", "task", CLOSED | {"found_by": "agent"}, USE,
    ),
    "a task that a person calls confirmed": (
        "tests", "task", CLOSED | {"found_by": "person"}, USE,
    ),
    "a task that nobody says who confirmed": (
        "tests", "task", {"status": "closed", "outcome": "confirmed"}, USE,
    ),
    "a null result": ("tests", "task", CLOSED | {"outcome": "null"}, USE),
    "half a result": ("tests", "task", CLOSED | {"outcome": "partial"}, USE),
    "a falsified task": ("tests", "task", CLOSED | {"outcome": "falsified"}, WARNING),
    "a task falsified before it is closed": (
        "tests", "task", {"status": "open", "outcome": "falsified"}, WARNING,
    ),
    "an abandoned task": ("tests", "task", {"status": "abandoned"}, WARNING),
    "an abandoned task that had confirmed": (
        "tests", "task", {"status": "abandoned", "outcome": "confirmed"}, WARNING,
    ),
    "a confirmed task that only cites": ("cites", "task", CLOSED, USE),
    "a falsified task that only cites": (
        "cites", "task", {"status": "closed", "outcome": "falsified"}, USE,
    ),
    "a lesson that tests": ("tests", "lesson", CLOSED, USE),
    # heads hold anything
    "a status that is a list": ("tests", "task", {"status": ["closed"], "outcome": {}}, USE),
    "a status that is a number": ("contradicts", "challenge", {"status": 3}, WARNING),
    "a status that is nothing": ("tests", "task", {"status": None, "outcome": None}, USE),
}  # fmt: skip


@pytest.mark.parametrize("what", LEAVES)
def test_a_newer_record_leaves(what: str) -> None:
    type_, kind, keys, expected = LEAVES[what]
    left = deposits(4, [Citation(7, type_, kind, keys)])
    assert [(each.place, each.weight, each.warning) for each in left] == (
        [(7, *expected)] if expected else []
    )


@pytest.mark.parametrize("what", LEAVES)
@pytest.mark.parametrize("place", [0, 3, 4])
def test_an_older_record_that_was_edited_to_point_ahead_leaves_nothing(
    what: str, place: int
) -> None:
    type_, kind, keys, _ = LEAVES[what]
    assert deposits(4, [Citation(place, type_, kind, keys)]) == []


CITE = Citation(7, "cites", "task", CLOSED)
CONFIRM = Citation(7, "tests", "task", CLOSED)
CONTRADICT = Citation(7, "contradicts", "task", CLOSED)
REPLACE = Citation(7, "supersedes", "task", CLOSED)

AT_ONCE = {
    "twice the same": ([CITE, CITE], [Deposit(7, 1.0)]),
    "use and success": ([CITE, CONFIRM], [Deposit(7, 2.0)]),
    "use and a warning": ([CITE, CONTRADICT], [Deposit(7, 1.0, warning=True)]),
    "success and a warning": ([CONFIRM, CONTRADICT], [Deposit(7, 1.0, warning=True)]),
    "replaced and used": ([REPLACE, CITE], [Deposit(7, 1.0)]),
    "replaced and contradicted": ([REPLACE, CONTRADICT], [Deposit(7, 1.0, warning=True)]),
    "nothing": ([], []),
}


@pytest.mark.parametrize("what", AT_ONCE)
@pytest.mark.parametrize("order", [1, -1])
def test_a_record_leaves_one_thing_however_often_it_cites(what: str, order: int) -> None:
    citations, left = AT_ONCE[what]
    assert deposits(4, citations[::order]) == left


def test_each_record_leaves_its_own() -> None:
    citations = [Citation(at, "cites", "lesson", {}) for at in (9, 5, 12)]
    assert deposits(4, citations) == [Deposit(5, 1.0), Deposit(9, 1.0), Deposit(12, 1.0)]


citations = st.builds(
    Citation,
    place=st.integers(0, 12),
    type=st.sampled_from(["cites", "tests", "contradicts", "supersedes", "mentions"]),
    kind=st.sampled_from(["lesson", "task", "challenge"]),
    keys=st.fixed_dictionaries(
        {
            "status": st.sampled_from(["open", "closed", "abandoned", "dismissed", None]),
            "outcome": st.sampled_from(["confirmed", "falsified", "null", None]),
        }
    ),
)


@given(st.integers(-1, 12), st.lists(citations, max_size=12), st.randoms(use_true_random=False))
def test_what_is_left_does_not_depend_on_the_order_of_asking(
    place: int, cited: list[Citation], random: Any
) -> None:
    left = deposits(place, cited)
    mixed = cited[:]
    random.shuffle(mixed)
    assert deposits(place, mixed) == left
    assert all(one.place < other.place for one, other in pairwise([Deposit(place, 1.0), *left]))


# How it adds up and fades

half_lives = st.sampled_from([1.0, 2.0, 7.5, 30.0, 1000.0])
places = st.lists(st.integers(0, 200), unique=True, max_size=20).map(sorted)


def made(at: list[int]) -> list[Deposit]:
    """A deposit at every place; every third one a success."""
    return [Deposit(place, 2.0 if place % 3 == 0 else 1.0) for place in at]


@given(places, half_lives, st.integers(0, 100))
def test_heat_is_the_sum_of_what_was_left_halved_every_half_life(
    at: list[int], half_life: float, later: int
) -> None:
    left = made(at)
    now = max(at, default=0) + later
    naive = math.fsum(each.weight * 2 ** (-(now - each.place) / half_life) for each in left)
    assert heat(fold(left, half_life), now, half_life) == pytest.approx(naive, rel=1e-9)


def test_nothing_left_is_no_level_and_no_heat() -> None:
    assert fold([], 30) is None
    assert heat(None, 10, 30) == 0.0


@pytest.mark.parametrize("weight", [1.0, 2.0])
@pytest.mark.parametrize("half_life", [1, 30, 1000])
def test_one_deposit_is_as_warm_as_it_weighs_and_half_of_it_a_half_life_on(
    weight: float, half_life: int
) -> None:
    level = fold([Deposit(5, weight)], half_life)
    assert heat(level, 5, half_life) == pytest.approx(weight)
    assert heat(level, 5 + half_life, half_life) == pytest.approx(weight / 2)


@given(places.filter(bool), half_lives, st.integers(1, 10_000))
def test_the_clock_may_begin_anywhere(at: list[int], half_life: float, shift: int) -> None:
    now = max(at) + 10
    shifted = [Deposit(each.place + shift, each.weight) for each in made(at)]
    before = heat(fold(made(at), half_life), now, half_life)
    assert heat(fold(shifted, half_life), now + shift, half_life) == pytest.approx(before, rel=1e-8)


@given(places.filter(bool), places.filter(bool), half_lives, st.lists(st.integers(0, 500)))
def test_which_of_two_trails_is_warmer_does_not_depend_on_when_you_ask(
    one: list[int], other: list[int], half_life: float, later: list[int]
) -> None:
    levels = [fold(made(at), half_life) for at in (one, other)]
    colder, warmer = sorted(level for level in levels if level is not None)
    for each in later:
        now = 200 + each
        assert heat(colder, now, half_life) <= heat(warmer, now, half_life)


@given(places.filter(bool), half_lives, st.integers(201, 300))
def test_what_is_left_only_ever_warms(at: list[int], half_life: float, new: int) -> None:
    before, after = fold(made(at), half_life), fold([*made(at), Deposit(new, 1.0)], half_life)
    assert before is not None and after is not None
    assert after >= before
    assert math.isfinite(after)


@pytest.mark.parametrize("half_life", [1, 30, 1000])
@pytest.mark.parametrize("count", [1, 2, 10_000])
def test_a_million_records_on_nothing_overflows(half_life: int, count: int) -> None:
    left = [Deposit(0, 2.0), *(Deposit(1_000_000 + at, 1.0) for at in range(count))]
    level, now = fold(left, half_life), 1_000_000 + count
    assert level is not None and math.isfinite(level)
    ratio = 2 ** (-1 / half_life)
    naive = ratio * (1 - ratio**count) / (1 - ratio)  # what is 1,000,000 old is nothing
    assert heat(level, now, half_life) == pytest.approx(naive, rel=1e-9)
    assert heat(level, 10 * now, half_life) >= 0.0


def test_an_old_level_fades_to_nothing_and_not_to_an_error() -> None:
    assert heat(fold([Deposit(0, 2.0)], 1), 1_000_000, 1) == 0.0


# The same sums on a board


def levels(repo: Repository) -> dict[str, tuple[float | None, float | None]]:
    """Trail and warning of every record, by id."""
    board = repo.board()
    try:
        rows = board.view.rows(
            "SELECT d.id, n.trail, n.warning FROM node n JOIN doc d ON d.doc = n.doc "
            "WHERE n.view = ?",
            board.view.number,
        )
        return {record_id: (trail, warning) for record_id, trail, warning in rows}
    finally:
        board.close()


CLOSES = {
    "status: open": (1.0, False),
    "status: closed\noutcome: confirmed\nfound_by: check": (2.0, False),
    "status: closed\noutcome: confirmed\nfound_by: agent": (1.0, False),
    "status: closed\noutcome: falsified": (1.0, True),
    "status: abandoned": (1.0, True),
    "status: closed\noutcome: partial": (1.0, False),
}


def test_the_trail_of_a_belief_follows_the_moves_of_the_task_that_tests_it(
    repo: Repository,
) -> None:
    """Place 0 holds the belief, place 1 the task; so its deposit weighs 2^(1/30)."""
    repo.write("beliefs/B-000001.md", "---\nid: B-000001\nstatus: enforced\n---\n# It holds\n")
    repo.commit()
    task = "---\nid: T-000001\n{}\ntests: B-000001\n---\n# Try it\n"
    for head, (weight, warning) in [*CLOSES.items(), *reversed(CLOSES.items())]:
        repo.write("tasks/T-000001.md", task.format(head))
        left = levels(repo)["B-000001"]
        assert left[not warning] is None
        assert left[warning] == pytest.approx(math.log(weight) + math.log(2) / 30)
