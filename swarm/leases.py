"""A lease: who may work on a task, until when. No git, no clock, no environment.

A ref under `refs/swarm/claims/` leads to a commit whose message is a sheet: one
lease for a task, any number for the paths, which all share one ref. What a
sheet says is checked before it is believed: anybody can write to a ref.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from shlex import quote
from typing import Any, NamedTuple

from swarm import moments
from swarm.errors import UsageError
from swarm.records import fold

PATHS = "_paths"  # the key of all path leases; no task's key begins with a line
SKEW = 120  # seconds by which clocks may differ: a lease lives that much longer for others
LONGEST = 30 * 86_400

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9_-]))*")
_NONCE = re.compile(r"[0-9a-f]{16,64}")
_MARK = "Swarm-Lease: 1"
_LAST = 253_402_300_799
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Unreadable(ValueError):
    """What a ref leads to is no sheet of leases."""


class Lease(NamedTuple):
    """One lease. It belongs to whoever can show its nonce; the token fences what came before."""

    key: str
    task: str
    holder: str
    derived: bool  # the holder's name was guessed from the surroundings
    nonce: str
    token: int
    expires: int
    verb: str
    released: bool = False
    paths: tuple[str, ...] = ()

    def live(self, now: int) -> bool:
        """Whether nobody else may take it: in doubt about clocks, the holder is right."""
        return not self.released and now < self.expires + SKEW

    def same(self, other: Lease) -> bool:
        return (self.nonce, self.token) == (other.nonce, other.token)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key, "id": self.task, "holder": self.holder, "derived": self.derived,
            "token": self.token, "expires": moments.written(self.expires),
            "paths": list(self.paths),
        }  # fmt: skip


class Sheet(NamedTuple):
    """What one ref says. The stamp makes every sheet an object of its own."""

    stamp: str
    token: int  # the highest this ref ever had
    leases: tuple[Lease, ...]

    @property
    def only(self) -> Lease:
        """The lease of a task's sheet."""
        return self.leases[0]


def key_of(task: str) -> str:
    """The part of a ref's name that stands for a task, whatever letters the task's id has."""
    name = fold(task)
    plain = _KEY.fullmatch(name) and len(name) <= 200 and not name.endswith(".lock")
    return name if plain else "_" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


def next_token(last: Sheet | None, now: int) -> int:
    """Larger than any before, also when the ref was wiped or the clock set back."""
    return max((last.token if last else 0) + 1, now)


def seconds(text: str) -> int:
    """How long `2h`, `90m` or `1h30m` is."""
    found = re.fullmatch(r"(?:[0-9]{1,7}[smhd])+", text.strip().lower())
    parts = re.findall("([0-9]+)([smhd])", found[0]) if found else []
    total = sum(int(count) * _UNITS[unit] for count, unit in parts)
    if not 1 <= total <= LONGEST:
        raise UsageError(f"{text!r} is no time from 1s to 30d", remedy="--ttl 2h")
    return total


# --- a sheet as the message of a commit ---


def written(sheet: Sheet, key: str) -> str:
    """A sheet as a commit's message."""
    first = sheet.leases[0] if sheet.leases else None
    title = f"{first.verb} {first.key}" if first and key != PATHS else key.strip("_")
    rows = [json.dumps(each._asdict(), sort_keys=True) for each in sheet.leases]
    return "\n".join(
        [f"swarm: {title}", "", f"{_MARK} {sheet.stamp} {sheet.token}", *rows, ""]
    )  # fmt: skip


def read(message: str, key: str) -> Sheet:
    """The sheet in a commit's message; Unreadable when it is none, or that of another ref."""
    lines = message.rstrip("\n").split("\n")
    head = re.fullmatch(rf"{_MARK} ([0-9a-f]{{16,64}}) ([0-9]{{1,15}})", "".join(lines[2:3]))
    if not head or not lines[0].startswith("swarm: "):
        raise Unreadable("its message is not one that swarm writes")
    listed = tuple(_lease(row) for row in lines[3:])
    if key != PATHS and [each.key for each in listed] != [key]:
        raise Unreadable("it holds the lease of another task")
    return Sheet(head[1], max([int(head[2]), *(each.token for each in listed)]), listed)


def _lease(row: str) -> Lease:
    try:
        told = json.loads(row)
        lease = Lease(**{**told, "paths": tuple(told["paths"])})
        listed = isinstance(told["paths"], list)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable("its lease does not parse") from error
    texts = (lease.key, lease.task, lease.holder, lease.nonce, lease.verb, *lease.paths)
    numbers = ((lease.token, 10**15), (lease.expires, _LAST))
    sound = (
        all(isinstance(each, str) and len(each) <= 1_000 for each in texts)
        and all(type(each) is int and 0 <= each < most for each, most in numbers)
        and all(type(each) is bool for each in (lease.derived, lease.released))
    )
    if not sound or not listed or not _NONCE.fullmatch(lease.nonce):
        raise Unreadable("its lease holds what no lease can")
    return lease


# --- two sides of one ref: this clone's and the remote's ---


def follows(mine: Sheet, theirs: Sheet, now: int) -> bool:
    """Whether a task's sheet of this clone may be put over the one on the remote."""
    ours, held = mine.only, theirs.only
    if ours.same(held):
        return ours.released or (not held.released and ours.expires >= held.expires)
    return not held.live(now) and ours.token > held.token


def joined(
    mine: Iterable[Lease], theirs: Iterable[Lease], now: int
) -> tuple[list[Lease], list[Lease]]:
    """The path leases of both sides, and those of mine that lost to theirs."""
    kept = {each.nonce: each for each in theirs}
    lost = []
    for each in mine:
        if each.nonce in kept:
            kept[each.nonce] = max(each, kept[each.nonce], key=lambda one: one.expires)
        elif any(other.live(now) and clash(each.paths, other.paths) for other in kept.values()):
            lost.append(each)
        else:
            kept[each.nonce] = each
    return list(kept.values()), lost


# --- globs ---


def checked(globs: Iterable[str]) -> tuple[str, ...]:
    """Globs from the top of the repository, in one spelling; what can be none is refused."""
    found = []
    for glob in globs:
        parts = [part for part in glob.split("/") if part not in ("", ".")]
        odd = glob.startswith(("/", ":")) or ".." in parts or not parts
        if odd or len(glob) > 400 or not glob.isprintable():
            what = f"{glob[:80]!r} is no path from the top of the repository"
            raise UsageError(what, remedy=f"--path {quote('src/**')}")
        found.append("/".join(parts))
    if len(set(found)) > 50:
        raise UsageError("more than 50 paths in one claim", remedy="--path 'src/**'")
    return tuple(dict.fromkeys(found))


def clash(some: Iterable[str], others: Sequence[str]) -> bool:
    """Whether any of some globs may match what any of the others matches."""
    return any(overlap(one, other) for one in some for other in others)


def overlap(one: str, other: str) -> bool:
    """Whether two globs may match one path. In doubt they do.

    `*` stays in a folder, `**` crosses them. A name stands for all below it; `*.py`
    may mean any folder's; letter case is no difference, since some file systems know none.
    """
    return _meet(_segments(one), _segments(other), "**", _segments_meet)


def _segments(glob: str) -> list[str]:
    parts = glob.split("/")
    kept = ["**"] if len(parts) == 1 and re.search(r"[*?]", glob) else []
    for part in parts:
        if re.search(r"[\[\]{}()\\]", part):  # may stand for anything, for slashes too
            break
        kept.append("**" if "**" in part else _plain(part))
    return [*kept, "**"]


def _plain(segment: str) -> str:
    """A segment in one spelling. A letter that file systems may spell otherwise is any letters."""
    if segment.isascii():
        return segment.lower()
    return "".join(
        each.lower() if each.isascii()
        else each if unicodedata.normalize("NFKD", each).casefold() == each
        and not unicodedata.combining(each)
        else "*"
        for each in segment
    )  # fmt: skip


def _segments_meet(one: str, other: str) -> bool:
    if not re.search(r"[*?]", one + other):
        return one == other
    return _meet(one, other, "*", lambda a, b: a == b or "?" in (a, b))


def _meet(
    one: Sequence[str], other: Sequence[str], star: str, alike: Callable[[str, str], bool]
) -> bool:
    """Whether one string of parts fits two patterns, in which `star` is any parts or none."""
    after = [False] * (len(other) + 1)  # row i: does one[i:] meet other[j:], for each j
    for i in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            if i == len(one) and j == len(other):
                row[j] = True
            elif i < len(one) and one[i] == star:
                row[j] = after[j] or (j < len(other) and row[j + 1])
            elif j < len(other) and other[j] == star:
                row[j] = row[j + 1] or (i < len(one) and after[j])
            elif i < len(one) and j < len(other):
                row[j] = after[j + 1] and alike(one[i], other[j])
        after = row
    return after[0]
