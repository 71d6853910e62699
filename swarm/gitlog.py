"""What `git log` prints, NUL-separated → commits that added files, files that commits changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from swarm.records import Addition

_HEADER = re.compile(rb"\x01([0-9a-f]{40,64}) (\S*) (\S*)")
_LATEST = 2**62  # a commit may claim any date; a database ends


class Change(NamedTuple):
    """A file that a commit changed: its blobs in the commits before, and its blob now."""

    commit: str
    path: bytes
    before: tuple[str, ...]  # none when it was added
    after: str


def additions(log: bytes) -> Iterator[Addition]:
    """Each commit that added files: a header with its dates, then their names."""
    for header, paths in _sections(log.split(b"\0")):
        if paths:
            yield Addition(header[1].decode(), _date(header), tuple(paths))


def changes(log: bytes) -> Iterator[Change]:
    """Each file of each commit: a header, then raw lines, each followed by a name."""
    tokens = iter(log.split(b"\0"))
    commit = ""
    for token in tokens:
        facts = token.lstrip(b"\n")
        if facts.startswith(b"\x01"):
            commit = facts[1:].decode()
        elif facts.startswith(b":"):
            *before, after = _blobs(facts.decode().lstrip(":").split()[:-1])
            path = next(tokens)
            if after:
                yield Change(commit, path, tuple(filter(None, before)), after)


def _blobs(facts: list[str]) -> list[str]:
    """The blobs in a raw line, the parents' first; "" where there is no file."""
    half = len(facts) // 2
    return [
        blob if mode.startswith("100") else ""
        for mode, blob in zip(facts[:half], facts[half:], strict=True)
    ]


def _sections(tokens: list[bytes]) -> Iterator[tuple[re.Match[bytes], list[bytes]]]:
    """A log's headers, each with the paths that follow it."""
    header, paths = None, list[bytes]()
    for token in tokens:
        name = token.removeprefix(b"\n")
        found = _HEADER.fullmatch(name)
        if found and header:
            yield header, paths
        if found:
            header, paths = found, []
        elif name:
            paths.append(name)
    if header:
        yield header, paths


def _date(header: re.Match[bytes]) -> int:
    """The author's date; the committer's when that one cannot be read."""
    known = [int(each) for each in header.groups()[1:] if each.isdigit()]
    return min(known[0], _LATEST) if known else 0
