"""A source's files → its rows. The kinds are looked up by name: none knows another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from shlex import quote
from typing import TYPE_CHECKING, Protocol, cast

from swarm.ancestor.outcomes import concluded
from swarm.ancestor.settle import settle
from swarm.records import MAX_BYTES, Problem

if TYPE_CHECKING:
    from swarm.ancestor.source import Row

_KINDS = ("lessons", "principles", "beliefs", "challenges", "frontiers", "lanes")


class Reader(Protocol):
    """What each kind's module offers."""

    KIND: str

    def covers(self, path: str) -> bool: ...
    def read(self, path: str, text: str) -> Iterator[Row | Problem]: ...
    def names(self, path: str, line: str) -> Iterator[str]: ...


@cache
def readers() -> tuple[Reader, ...]:
    return tuple(cast(Reader, import_module(f"{__package__}.{name}")) for name in _KINDS)


def reader_of(path: str) -> Reader | None:
    """Who reads a file, if anybody does."""
    return next((each for each in readers() if each.covers(path)), None)


def kinds() -> tuple[str, ...]:
    return tuple(each.KIND for each in readers())


def rows(
    files: Iterable[tuple[str, bytes | str]],
) -> tuple[list[Row], list[tuple[str, Problem]]]:
    """The rows of a source that become records, and by kind those that do not.

    A file comes as its bytes, or as the reason why there are none.
    """
    found: dict[str, list[Row]] = {kind: [] for kind in kinds()}
    refused: list[tuple[str, Problem]] = []
    for path, content in sorted(files, key=lambda each: each[0]):
        reader = reader_of(path)
        for item in _items(reader, path, content) if reader else ():
            if isinstance(item, Problem):
                refused.append((reader.KIND, item) if reader else ("", item))
            else:
                found[item.kind].append(item)
    records, again = settle(row for kind in found.values() for row in kind)
    return [concluded(each) for each in records], [*refused, *again]


def _items(reader: Reader, path: str, content: bytes | str) -> Iterator[Row | Problem]:
    if isinstance(content, str):
        remedy = f"put a readable file at {quote(path)}, then import again"
        yield Problem(path, 1, content, remedy, "warning")
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        what = "UTF-16, of which no row can be read"
        yield Problem(path, 1, what, f"iconv -f UTF-16 -t UTF-8 {quote(path)}", "warning")
    else:
        yield from (_checked(item) for item in reader.read(path, _text(content)))


def _text(content: bytes) -> str:
    """Text with one kind of line ending; what is not UTF-8 in it travels along unharmed."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n")


def _checked(item: Row | Problem) -> Row | Problem:
    """A row, unless no record can hold it."""
    if isinstance(item, Problem):
        return item
    if "\0" in item.text:
        what, remedy = "a NUL byte in it: not text", f"restore it: git checkout -- {item.path}"
    elif len(item.text) > MAX_BYTES // 4 and len(item.text.encode("utf-8", "replace")) > MAX_BYTES:
        what = f"more than the {MAX_BYTES // 2**20} MiB that a record may have"
        remedy = f"split it: {item.path}"
    else:
        return item
    return Problem(item.path, item.line, what, remedy, "warning")
