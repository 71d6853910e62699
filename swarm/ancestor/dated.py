"""When each id was first seen, from the additions and the patches of a history. Pure.

Of a lane, also when it was first seen to expect what it expects, and to have a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from swarm.ancestor import lanes, read
from swarm.records import fold

_YEAR_10000 = 253_402_300_800  # a commit may claim any date; a calendar ends
Seen = dict[tuple[str, str, str], int]  # by kind, folded id, and moment: "" is the id itself


def covered(path: str) -> bool:
    return read.reader_of(path) is not None


def by_line(path: str) -> bool:
    """Whether a file holds many records, so that only its lines tell how old each is."""
    reader = read.reader_of(path)
    return reader is not None and not any(reader.names(path, ""))


def first_seen(files: Iterable[tuple[str, int]], patches: bytes) -> Seen:
    """The earliest author date of each id, and of each moment of a lane.

    A file that was added names its own record; a line that was added names
    whatever ids stand in it. `patches` is what `git log -p` prints, each commit
    under a line of `\\x01`, its id and its date.
    """
    seen: Seen = {}
    for path, when in files:
        _note(seen, path, "", when)
    for path, line, when in _added_lines(patches):
        _note(seen, path, line, when)
    return seen


def first(seen: Seen, kind: str, record_id: str, moment: str = "") -> str:
    """When an id, or a moment of it, was first seen, as ISO 8601 says it; empty: never."""
    when = seen.get((kind, fold(record_id), moment), -1)
    if not 0 <= when < _YEAR_10000:
        return ""
    return f"{datetime.fromtimestamp(when, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"


def _note(seen: Seen, path: str, line: str, when: int) -> None:
    reader = read.reader_of(path)
    if reader is None:
        return
    named = [(name, "") for name in reader.names(path, line)]
    for name, moment in (*named, *(lanes.moments(line) if lanes.covers(path) else ())):
        key = reader.KIND, fold(name), moment
        seen[key] = min(when, seen.get(key, when))


def _added_lines(patches: bytes) -> Iterator[tuple[str, str, int]]:
    path, when, before = "", 0, b""
    for line in patches.split(b"\n"):
        if line.startswith(b"\x01"):
            when = int(line.split()[1])
        elif line.startswith(b"+++ ") and before.startswith(b"--- "):
            path = line[4:].strip(b'"\t').decode("utf-8", "surrogateescape").removeprefix("b/")
        elif line.startswith(b"+"):
            yield path, line[1:].decode("utf-8", "surrogateescape"), when
        before = line
