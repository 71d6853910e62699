"""A record cut into the pieces that are merged: its keys, each in its own lines, and its text.

The pieces, put together again, are the file. A key whose value is a list can be cut
further, into its items and the frame around them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from swarm import document
from swarm.records import EDGE_TYPES

LISTS = frozenset((*EDGE_TYPES, "tags", "aliases", "domain", "domains"))

_PLAIN = r"[^\s,\[\]{}#\"'&*!|>%`][^,\[\]{}#\"'\n]*"
_QUOTED = r"\"[^\"\\\n]*\"|'[^'\n]*'"
_ITEM = rf"(?:{_QUOTED}|{_PLAIN})"
_FLOW = re.compile(
    rf"([^\[\n#]*:[ \t]*\[\s*)((?:{_ITEM}(?:,\s*{_ITEM})*)?)(\s*\][ \t]*(?:#[^\n]*)?\n?)"
)
_BLOCK = re.compile(r"([^\n#]*:[ \t]*(?:#[^\n]*)?\n)((?:[ \t]*- +[^\n]+\n)+)")
_BLOCK_ITEM = re.compile(rf"([ \t]*- +)({_ITEM}(?:[ \t]#[^\n]*)?)")
_BARE = re.compile(rf"([^\n:]*:\**[ \t]*)((?:{_PLAIN}(?:, *{_PLAIN})*)?)([ \t]*(?:#[^\n]*)?\n?)")
_HARD = re.compile(r"[()]|: | \| ")  # a line of text in which a comma need not part two items


class Unit(NamedTuple):
    """A key with its lines; `lead` is what stands between it and the key before."""

    key: str
    lead: str
    own: str
    value: Any


class Parts(NamedTuple):
    """A whole file: before + units + after + body."""

    style: str  # "frontmatter", "header" or "none"
    before: str
    units: Mapping[str, Unit]
    after: str
    body: str


class Listing(NamedTuple):
    """A list as it is spelled: each item by what it names, and the frame around them."""

    style: str  # "flow", "block" or "bare"
    before: str
    glue: str  # between the items; of a block list, before each
    after: str
    items: Mapping[str, str]


def read(text: str) -> Parts | None:
    """A file's pieces, if it can be read without a doubt."""
    raw = text.encode("utf-8", "surrogateescape")
    page = document.read(raw)
    if document.refuse(raw) or any(each.level == "error" for each in page.problems):
        return None
    if page.head == "none" or not page.fields:
        return Parts("none", "", {}, "", text)
    cut = _of_frontmatter if page.head == "frontmatter" else _of_header
    return cut(page)


def values(text: str) -> dict[str, Any] | None:
    """What the keys of a file say, in their order, if it can be read without a doubt."""
    parts = read(text)
    return None if parts is None else {key: unit.value for key, unit in parts.units.items()}


def _of_frontmatter(page: document.Document) -> Parts | None:
    text = page.text
    starts = [0]
    for line in text[: page.head_end].split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans = []
    for field in page.fields:
        end = text.find("\n", max(field.end, starts[field.line - 1])) + 1
        spans.append((starts[field.line - 1], end))
    before = text.find("\n") + 1
    rest = text.find("\n", page.head_end) + 1 or len(text)
    return _cut(page, spans, before, (page.head_end, rest))


def _of_header(page: document.Document) -> Parts | None:
    text = page.text
    spans: list[tuple[int, int]] = []
    for field in page.fields:
        start = text.rfind("\n", 0, field.start) + 1
        bar = text.rfind(" | ", start, field.start)
        end = text.find("\n", field.end)
        end = len(text[: end if end >= 0 else None].rstrip())
        if bar >= 0:
            spans[-1] = (spans[-1][0], bar)
        spans.append((bar + 3 if bar >= 0 else start, end))
    return _cut(page, spans, spans[0][0], (page.head_end, page.head_end))


def _cut(
    page: document.Document, spans: list[tuple[int, int]], at: int, rest: tuple[int, int]
) -> Parts | None:
    """The pieces between some offsets, unless two keys share a line or stand twice."""
    text, before, units = page.text, page.text[:at], {}
    for field, (start, end) in zip(page.fields, spans, strict=True):
        if start < at or end < start or field.key in units or rest[0] < end:
            return None
        units[field.key] = Unit(field.key, text[at:start], text[start:end], field.value)
        at = end
    return Parts(page.head, before, units, text[at : rest[1]], text[rest[1] :])


def listing(own: str) -> Listing | None:
    """A key's lines as a list, when nothing in them could be lost."""
    if "\r" in own:  # the endings of the file are mixed
        return None
    flow, block = _FLOW.fullmatch(own), _BLOCK.fullmatch(own)
    if flow:
        items = re.findall(_ITEM, flow[2])
        return _listing("flow", flow[1], _glue(flow[2], items), flow[3], items)
    if block:
        found = [_BLOCK_ITEM.fullmatch(line) for line in block[2].removesuffix("\n").split("\n")]
        leads = {each[1] for each in found if each}
        items = [each[2] for each in found if each]
        known = len(items) == len(found) and len(leads) == 1
        return _listing("block", block[1], leads.pop(), "", items) if known else None
    bare = _BARE.fullmatch(own)
    if not bare or _HARD.search(bare[2]):
        return None
    items = re.findall(_ITEM, bare[2])
    return _listing("bare", bare[1], _glue(bare[2], items), bare[3], items)


def spelled(listing: Listing, key: str) -> str:
    """A list as lines again."""
    style, before, glue, after, items = listing
    if style == "block" and items:
        return before + "".join(f"{glue}{item}\n" for item in items.values())
    if style == "block":
        return f"{key}: []\n"
    return before + glue.join(items.values()) + after


def _listing(style: str, before: str, glue: str, after: str, items: list[str]) -> Listing | None:
    named = {_name(item): item.rstrip() for item in items}
    known = len(named) == len(items)  # what stands twice stands there for a reason nobody knows
    return Listing(style, before, glue, after, named) if known else None


def _glue(text: str, items: list[str]) -> str:
    found = re.match(r",\s*", text[len(items[0]) :]) if len(items) > 1 else None
    return found[0] if found and found[0].join(items) == text else ", "


def _name(item: str) -> str:
    """What an item names, however it is quoted and whatever is noted beside it."""
    quoted = re.match(_QUOTED, item)
    return quoted[0][1:-1] if quoted else re.split(r"\s#", item)[0].strip()
