"""A frontmatter's YAML, read event by event: values, and where each one stands.

Composing whole trees is not safe on a stranger's file: deep nesting overflows
the C stack of the composer, and aliases multiply. Events are flat, so both are
refused here after a bounded amount of work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml: slower, same events
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

MAX_DEPTH = 16
_INT = re.compile(r"[-+]?(?:0|[1-9]\d{0,400})")
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d{1,3})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Unreadable(Exception):
    """The YAML does not say what its keys are; `at` is the offset where it stops to."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at
        self.why = why


@dataclass(frozen=True, slots=True)
class Entry:
    """One top-level key; `at`, `start` and `end` are offsets of it and of its value."""

    key: str
    value: Any
    at: int
    start: int
    end: int
    repeated: tuple[tuple[str, int], ...] = ()  # keys that stand twice inside its value


def read(text: str) -> list[Entry]:
    """The top-level keys of a YAML mapping, in order, repeated ones included."""
    events = _Events(text)
    first = events.next()
    if isinstance(first, yaml.ScalarEvent) and not first.value:
        return []
    if not isinstance(first, yaml.MappingStartEvent):
        raise Unreadable(0, "the frontmatter is not a list of `key: value` lines")
    entries = []
    while not isinstance(event := events.next(), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise Unreadable(_at(event.start_mark), "a key must be a word")
        key_end = _at(event.end_mark)
        opening = events.next()
        value = _value(opening, events, 1)
        start = _at(opening.start_mark)
        colon = text.find(":", key_end, max(start, key_end + 1)) + 1
        if "\n" in text[colon:start]:
            start = colon  # a value on lines of its own is replaced from its key on
        end = max(events.end, start)
        entries.append(Entry(event.value, value, _at(event.start_mark), start, end, events.twice()))
    if events.next() is not _NOTHING:
        raise Unreadable(events.began, "a second document begins inside the head")
    return entries


_UNENDED = ("while scanning a quoted", "while scanning a simple key", "while parsing a flow")
_BRACKETS = (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
_NOTHING = yaml.ScalarEvent(None, None, (True, False), "")


def _at(mark: Any) -> int:
    return mark.index if mark else 0


class _Events:
    """The events of one document, without the stream's own brackets."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=Loader)
        self.end = 0  # where the last word or bracket ended: blocks claim the comments after them
        self.closed = 0  # where the last list or mapping ended
        self.began = 0  # where the last event did
        self._repeated: list[tuple[str, int]] = []

    def repeat(self, key: str, at: int) -> None:
        """Remember a key that stands twice."""
        self._repeated.append((key, at))

    def twice(self) -> tuple[tuple[str, int], ...]:
        """The keys that stood twice since this was asked last."""
        found, self._repeated = tuple(self._repeated), []
        return found

    def next(self) -> Any:
        """The next event; what cannot be read is refused here."""
        try:
            for event in self._events:
                if isinstance(event, _BRACKETS):
                    continue
                self.began = _at(event.start_mark)
                if isinstance(event, yaml.ScalarEvent):
                    self.end = _at(event.end_mark)
                if isinstance(event, yaml.AliasEvent):
                    raise Unreadable(_at(event.start_mark), "YAML aliases are not followed")
                if isinstance(event, yaml.StreamEndEvent):
                    return _NOTHING
                return event
        except yaml.MarkedYAMLError as error:
            begun = (error.context or "").startswith(_UNENDED)
            mark = (error.context_mark if begun else None) or error.problem_mark
            raise Unreadable(_at(mark), _sentence(error)) from None
        except yaml.YAMLError as error:
            raise Unreadable(0, str(error).splitlines()[0]) from None
        raise Unreadable(0, "the frontmatter ends too early")


def _sentence(error: yaml.MarkedYAMLError) -> str:
    said = " ".join(part for part in (error.context, error.problem) if part)
    return f"the YAML does not parse: {said}"


def _value(event: Any, events: _Events, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unreadable(_at(event.start_mark), f"values nest deeper than {MAX_DEPTH} levels")
    if isinstance(event, yaml.ScalarEvent):
        return event.value if event.style else scalar(event.value)
    value = (
        _items(events, depth)
        if isinstance(event, yaml.SequenceStartEvent)
        else _pairs(events, depth)
    )
    if event.flow_style:
        events.end = events.closed
    return value


def _items(events: _Events, depth: int) -> list[Any]:
    items = []
    while not isinstance(item := events.next(), yaml.SequenceEndEvent):
        items.append(_value(item, events, depth + 1))
    events.closed = _at(item.end_mark)
    return items


def _pairs(events: _Events, depth: int) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    while not isinstance(key := events.next(), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise Unreadable(_at(key.start_mark), "a key must be a word")
        if key.value in pairs:
            events.repeat(key.value, _at(key.start_mark))
        value = _value(events.next(), events, depth + 1)
        pairs.setdefault(key.value, value)
    events.closed = _at(key.end_mark)
    return pairs


def scalar(text: str) -> Any:
    """What a plain word means: a number, true, false, null, or itself.

    Dates stay text, and `no`, `on` and `0x1F` stay the words that were typed.
    """
    lowered = text.lower()
    if lowered in _WORDS:
        return _WORDS[lowered]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text  # 12e456 is a commit's short name rather than a number beyond all others


_PLAIN_CHAR = r"[^\n\r\t#:,\[\]{}\"'&*!|>%`\\]"
_PLAIN = re.compile(rf"[A-Za-z0-9_./(]{_PLAIN_CHAR}*(?::(?! |$){_PLAIN_CHAR}+)*")


def dump(value: Any) -> str:
    """A value on one line, as YAML that `read` gives back unchanged."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(dump(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump(key)}: {dump(item)}" for key, item in value.items()) + "}"
    text = str(value)
    if _is_plain(text):
        return text
    return _quoted(text)


def _is_plain(text: str) -> bool:
    return (
        len(text) < 1000
        and text == text.strip()
        and text.isprintable()
        and _PLAIN.fullmatch(text) is not None
        and isinstance(scalar(text), str)
        and text not in ("-", "?", ".", "...")
    )


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _quoted(text: str) -> str:
    return (
        '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'
    )


def _escape(char: str) -> str:
    code = ord(char)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
