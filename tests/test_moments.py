"""Times as records write them: any text may be asked for one, and no text breaks it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm import moments

NOON = 1_795_176_840  # 2026-11-20T12:14:00Z
LAST = 253_402_300_799  # the last second of the year 9999
YEAR_ONE = -62_135_596_800

MEANS: dict[str, int | None] = {
    "1970-01-01": 0,
    "1970-01-01T00:00:00Z": 0,
    "1970-01-01T00:00:01+00:00": 1,
    "1969-12-31T23:59:59Z": -1,
    "2026-11-20T12:14:00Z": NOON,
    "2026-11-20T12:14:00": NOON,
    "2026-11-20 12:14:00": NOON,
    "2026-11-20T12:14": NOON,
    "  2026-11-20T12:14:00Z \n": NOON,
    "2026-11-20": NOON - 12 * 3600 - 14 * 60,
    # offsets
    "2026-11-20T14:14:00+02:00": NOON,
    "2026-11-20T00:14:00-12:00": NOON,
    "2026-11-21T02:14:00+14:00": NOON,
    "2026-11-20T17:59:00+05:45": NOON,
    # parts of seconds
    "2026-11-20T12:14:00.999999Z": NOON,
    # words after the day
    "2026-11-20, after lunch": NOON - 12 * 3600 - 14 * 60,
    "2026-11-20T12:14:00 or so": NOON,
    "2026-11-20T25:99:00Z": NOON - 12 * 3600 - 14 * 60,
    # the ends of time
    "0001-01-01": YEAR_ONE,
    "0001-01-01T00:00:00Z": YEAR_ONE,
    "0001-01-01T00:00:00+14:00": YEAR_ONE - 14 * 3600,
    "9999-12-31T23:59:59Z": LAST,
    "9999-12-31T23:59:59-12:00": LAST + 12 * 3600,
    "2024-02-29": 1_709_164_800,
    # no times
    "2023-02-29": None,
    "2026-13-01": None,
    "2026-11-31": None,
    "0000-01-01": None,
    "10000-01-01": None,
    "-2026-11-20": None,
    "20261120": None,
    "20-11-2026": None,
    "20.11.2026": None,
    "11/20/2026": None,
    "２０２６-11-20": None,
    "٢٠٢٦-11-20": None,
    "yesterday": None,
    "2026": None,
    "nan": None,
    "1e9": None,
    "": None,
    " ": None,
    "\0": None,
    "2026-11-\0": None,
    "\ud800": None,
    "2026\ud800-11-20": None,
    "S512": None,
}


@pytest.mark.parametrize("text", MEANS, ids=ascii)
def test_a_written_time_means(text: str) -> None:
    assert moments.read(text) == MEANS[text]


WRITTEN = {
    0: "1970-01-01T00:00:00Z",
    NOON: "2026-11-20T12:14:00Z",
    LAST: "9999-12-31T23:59:59Z",
    LAST + 1: "9999-12-31T23:59:59Z",
    2**63: "9999-12-31T23:59:59Z",
    -1: "1970-01-01T00:00:00Z",
    -(2**63): "1970-01-01T00:00:00Z",
}


@pytest.mark.parametrize("seconds", WRITTEN)
def test_a_time_is_written(seconds: int) -> None:
    assert moments.written(seconds) == WRITTEN[seconds]


MINUTE, HOUR, DAY = 60, 3_600, 86_400
WEEK, MONTH, YEAR = 7 * DAY, 2_629_800, 31_557_600

#: seconds that have passed → what is said of them
PASSED = {
    0: "just now",
    1: "just now",
    MINUTE - 1: "just now",
    MINUTE: "1 minute ago",
    2 * MINUTE - 1: "1 minute ago",
    2 * MINUTE: "2 minutes ago",
    HOUR - 1: "59 minutes ago",
    HOUR: "1 hour ago",
    DAY - 1: "23 hours ago",
    DAY: "1 day ago",
    2 * DAY: "2 days ago",
    WEEK - 1: "6 days ago",
    WEEK: "1 week ago",
    MONTH - 1: "4 weeks ago",
    MONTH: "1 month ago",
    YEAR - 1: "11 months ago",
    YEAR: "1 year ago",
    2 * YEAR: "2 years ago",
    # clocks of two machines differ a little
    -1: "just now",
    -59: "just now",
    -60: "in the future",
    -YEAR: "in the future",
}


@pytest.mark.parametrize("seconds", PASSED)
def test_how_long_ago_is_said_in_a_word_or_two(seconds: int) -> None:
    assert moments.ago(moments.written(NOON), NOON + seconds) == PASSED[seconds]


AGES = {
    "0001-01-01": "2025 years ago",
    "0001-01-01T00:00:00+14:00": "2025 years ago",
    "9999-12-31T23:59:59-12:00": "in the future",
    "2026-11-20T14:14:00+02:00": "just now",
    "": "not dated",
    "someday": "not dated",
    "2026-02-30": "not dated",
}


@pytest.mark.parametrize("text", AGES)
def test_how_long_ago_the_ends_of_time_are(text: str) -> None:
    assert moments.ago(text, NOON) == AGES[text]


@given(st.integers(0, LAST))
def test_what_was_written_means_what_it_was_written_for(seconds: int) -> None:
    assert moments.read(moments.written(seconds)) == seconds


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
)
def test_a_time_is_read_as_the_calendar_has_it(at: datetime) -> None:
    whole = at.replace(microsecond=0)
    assert moments.read(whole.isoformat()) == whole.timestamp()


@given(st.text() | st.from_regex(r"\d{4,5}-\d\d-\d\d.{0,20}"), st.integers(-(2**70), 2**70))
def test_any_text_was_some_time_ago_or_is_not_dated(text: str, now: int) -> None:
    said = moments.ago(text, now)
    assert (said == "not dated") == (moments.read(text) is None)
    assert said.endswith(" ago") or said in ("not dated", "just now", "in the future")


@given(st.integers(0, LAST), st.integers(0, LAST), st.integers(0, LAST))
def test_what_is_older_is_not_said_to_be_younger(one: int, other: int, now: int) -> None:
    def age(said: str) -> int:
        count, _, rest = said.partition(" ")
        units = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_800}
        name = rest.removesuffix(" ago").removesuffix("s")
        return int(count) * units.get(name, 525_600) if count.isdecimal() else 0

    old, young = sorted((one, other))
    assert age(moments.ago(moments.written(old), now)) >= age(
        moments.ago(moments.written(young), now)
    )
