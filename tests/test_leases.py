"""Leases without git: keys, tokens, sheets, expiry, and globs that may overlap."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm import leases, reconcile
from swarm.claimrefs import Slot
from swarm.errors import UsageError
from swarm.leases import PATHS, SKEW, Lease, Sheet, Unreadable

NOW = 1_800_000_000
LEASE = Lease("t-7k3qfa", "T-7k3qfa", "ada", False, "ab" * 16, NOW, NOW + 7_200, "claim")


def sheet(*listed: Lease, stamp: str = "00" * 8) -> Sheet:
    return Sheet(stamp, max((each.token for each in listed), default=0), listed)


HOSTILE = ["..", "a..b", "a b", "x@{1}", "-rf", "--force", "é", "", ".", ".hidden", "a.lock", "a.",
           "a/b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "x" * 300, "_paths",
           "paths", "\x00", "@", "ﬁ"]  # fmt: skip


@pytest.mark.parametrize("task", HOSTILE)
def test_a_key_is_part_of_a_ref_whatever_the_id(task: str) -> None:
    key = leases.key_of(task)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*", key)
    assert ".." not in key and not key.endswith((".", ".lock"))
    assert len(key.encode()) <= 245  # git adds `.lock` while it writes
    assert key != PATHS


def test_keys_ignore_letter_case_and_nothing_else() -> None:
    assert leases.key_of("T-7K3QFA") == leases.key_of("t-7k3qfa") == "t-7k3qfa"
    assert len({leases.key_of(task) for task in HOSTILE}) == len(HOSTILE)


def test_tokens_grow_through_a_wiped_ref_and_a_clock_set_back() -> None:
    assert leases.next_token(None, NOW) == NOW
    assert leases.next_token(sheet(LEASE), NOW - 86_400) == NOW + 1
    assert leases.next_token(sheet(LEASE), NOW) == NOW + 1


def test_expiry_is_judged_in_favour_of_the_holder() -> None:
    assert LEASE.live(LEASE.expires + SKEW - 1)
    assert not LEASE.live(LEASE.expires + SKEW)
    assert not LEASE._replace(released=True).live(NOW)


@pytest.mark.parametrize(("text", "meant"), [("45s", 45), ("90m", 5_400), ("1H30m", 5_400)])
def test_a_time_is_read(text: str, meant: int) -> None:
    assert leases.seconds(text) == meant


@pytest.mark.parametrize("text", ["", "0s", "2", "h", "-1h", "2 h", "31d", "9" * 30 + "d", "٣h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        leases.seconds(text)


@given(
    st.builds(
        Lease, key=st.just("k"), task=st.text(max_size=99), holder=st.text(max_size=99),
        derived=st.booleans(), nonce=st.just("ab" * 16), token=st.integers(0, 10**14),
        expires=st.integers(0, 10**11), verb=st.sampled_from(["claim", "renew"]),
        released=st.booleans(), paths=st.tuples(st.text(max_size=20)),
    )
)  # fmt: skip
def test_a_sheet_says_what_was_written(lease: Lease) -> None:
    made = sheet(lease)
    assert leases.read(leases.written(made, "k"), "k") == made


def altered(**keys: object) -> str:
    good = leases.written(sheet(LEASE), LEASE.key)
    row = good.strip().split("\n")[-1]
    return good.replace(row, json.dumps({**json.loads(row), **keys}))


NO_SHEETS = [
    "", "swarm: hello", "Fix the build\n\nSwarm-Lease: 1\n", "\n\n\n\n",
    "swarm: x\n\n" + "[" * 9_999, altered(nonce="x"), altered(token=-1), altered(token=True),
    altered(expires=10**30), altered(paths="src"), altered(paths=None), altered(holder=["a"]),
    altered(extra=1), altered(key="other"), altered(released="no"), altered(expires=float("inf")),
]  # fmt: skip


@pytest.mark.parametrize("message", NO_SHEETS)
def test_what_nobody_wrote_is_unreadable(message: str) -> None:
    with pytest.raises(Unreadable):
        leases.read(message, LEASE.key)


MEET = [
    ("src/**", "src/a.py"), ("src/a.py", "src/a.py"), ("src", "src/deep/a.py"), ("src/", "src"),
    ("*.py", "src/a.py"), ("**/a.py", "a.py"), ("src/*.py", "src/a.*"), ("a/**/z", "a/z"),
    ("a*c", "ab*c"), ("SRC/A.py", "src/a.py"), ("src/[ab].py", "src/c.py"), ("{a,b}/c", "b/c"),
    ("a?c/x", "abc"), ("**", "anything"), ("a/**/b/**/c", "a/x/c"), ("café/x", "CAFÉ/x"),
    ("cafe\u0301", "caf\u00e9"), ("src/**.py", "src/x/y/z.py"),
]  # fmt: skip
APART = [
    ("src/**", "tests/**"), ("src/a.py", "src/b.py"), ("src/*.py", "src/a.md"), ("a?c/x", "ac"),
    ("src/a", "src/ab"), ("日本/**", "中国/**"), ("README.md", "docs/x"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), MEET)
def test_globs_that_may_overlap(one: str, other: str) -> None:
    a, b = leases.checked([one])[0], leases.checked([other])[0]
    assert leases.overlap(a, b) and leases.overlap(b, a)


@pytest.mark.parametrize(("one", "other"), APART)
def test_globs_that_cannot_overlap(one: str, other: str) -> None:
    assert not leases.overlap(one, other) and not leases.overlap(other, one)


SEGMENT = st.text("ab*?", min_size=1, max_size=4)
GLOB = st.lists(SEGMENT | st.just("**"), min_size=1, max_size=4).map("/".join)
PATH = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


def matches(glob: str, path: str) -> bool:
    """A matcher written another way: `**` crosses folders, `*` and `?` do not."""
    out = ""
    for part in re.split(r"(\*\*/|\*\*+|\*|\?)", glob):
        known = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}
        out += ".*" if part.startswith("**") and part != "**/" else known.get(part, re.escape(part))
    return re.fullmatch(out, path) is not None


@given(GLOB, GLOB, PATH)
def test_globs_that_match_one_path_overlap(one: str, other: str, path: str) -> None:
    if matches(one, path) and matches(other, path):
        assert leases.overlap(one, other)


def test_long_globs_are_compared_in_no_time() -> None:
    assert leases.overlap("/".join(["*a*b*c*"] * 40), "/".join(["*c*b*a*"] * 40))


@pytest.mark.parametrize(
    "glob", ["", "/etc", "../x", "a/../b", ":(top)x", ":!x", "a\nb", "x" * 401]
)
def test_what_is_no_path_of_the_repository_is_refused(glob: str) -> None:
    with pytest.raises(UsageError):
        leases.checked([glob])


# --- two sides ---


def slot(mine: Lease | None, theirs: Lease | None, key: str = LEASE.key) -> Slot:
    return Slot(
        key, "m" if mine else "", sheet(mine) if mine else None,
        "t" if theirs else "", sheet(theirs) if theirs else None,
    )  # fmt: skip


OTHER = LEASE._replace(holder="bob", nonce="cd" * 16)


@pytest.mark.parametrize(
    ("mine", "theirs", "stands"),
    [
        (LEASE, None, "mine"),
        (None, OTHER, "theirs"),
        (LEASE, OTHER, "theirs"),  # never on the remote, and a live one is
        (LEASE._replace(token=NOW + 9), OTHER, "theirs"),  # however high its token
        (LEASE._replace(token=NOW + 9), OTHER._replace(released=True), "mine"),
        (LEASE, OTHER._replace(released=True, token=NOW + 9), "theirs"),
        (LEASE._replace(expires=NOW + 9_999), LEASE, "mine"),  # renewed while offline
        (LEASE._replace(released=True), LEASE, "mine"),  # released while offline
        (LEASE, LEASE._replace(released=True), "theirs"),  # released from elsewhere
    ],
)
def test_which_side_stands(mine: Lease | None, theirs: Lease | None, stands: str) -> None:
    done = reconcile.settle({LEASE.key: slot(mine, theirs)}, NOW, "00" * 8)
    assert done.kept == ({LEASE.key: "t"} if stands == "theirs" else {})


def test_an_unsent_path_gives_way_to_one_on_the_remote_and_takes_its_task_along() -> None:
    mine = LEASE._replace(paths=("src/**",))
    theirs = OTHER._replace(key="t-2", task="T-2", paths=("src/a.py",))
    slots = {LEASE.key: slot(mine, None), PATHS: slot(mine, theirs, PATHS)}
    done = reconcile.settle(slots, NOW, "00" * 8)
    assert done.kept == {PATHS: "t"}
    assert done.fresh[LEASE.key].only.released and done.fresh[LEASE.key].token == mine.token
    assert done.lost == ((mine, None),)


def test_a_path_of_the_remote_whose_task_is_not_known_here_is_kept() -> None:
    mine = LEASE._replace(paths=("docs/**",))
    theirs = OTHER._replace(key="t-2", task="T-2", paths=("src/a.py",))
    slots = {LEASE.key: slot(mine, None), PATHS: slot(mine, theirs, PATHS)}
    done = reconcile.settle(slots, NOW, "00" * 8)
    assert set(done.fresh[PATHS].leases) == {mine, theirs} and not done.lost
