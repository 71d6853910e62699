"""Two edits of one text, as sequences: where they meet, and where they do not. Pure.

Paragraphs are apart from each other: two edits clash when they touch the same one.
Lines are not: edits of neighbouring lines clash too, as they do in git.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Clash(NamedTuple):
    """What only a person can settle."""

    ours: str
    theirs: str


Piece = str | Clash


class _Edit(NamedTuple):
    """Items of the base, from `start` to `end`, that one side has replaced."""

    start: int
    end: int
    mine: bool
    new: tuple[str, ...]


class _Region(NamedTuple):
    """A part of the base, and what became of it on either side."""

    base: Sequence[str]
    ours: Sequence[str]
    theirs: Sequence[str]
    at_end: bool = False


def pick(sides: Sequence[T], otherwise: T) -> T:
    """Of base, ours and theirs what a side has changed; `otherwise` when both have."""
    base, ours, theirs = sides
    if theirs in (ours, base):
        return ours
    return theirs if ours == base else otherwise


def lines(text: str) -> list[str]:
    """As git cuts it, and not as Unicode would: at newlines, which stay where they are."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def bodies(base: str, ours: str, theirs: str) -> list[Piece]:
    """A text merged by paragraphs, and inside of one that both have edited by lines."""
    texts = (base, ours, theirs)
    pieces: list[Piece] = []
    for region in _regions([_paragraphs(each) for each in texts], near=False):
        pieces += _settled(region)
    tails = [each[len(each.rstrip("\n")) :] for each in texts]
    tail = pick(tails, max(tails[1:], key=len))
    found = [each for each in pieces if each]
    if not found:
        return [tail]
    last = found[-1]
    return [*found[:-1], last.removesuffix("\n") + tail if isinstance(last, str) else last]


def _paragraphs(text: str) -> list[str]:
    """Its paragraphs, each with the blank lines before it and a newline at its end."""
    found: list[str] = []
    gap = ""
    for line in lines(text.rstrip("\n")):
        if not line.strip():
            gap += line
        elif gap or not found:
            found.append(gap + line)
            gap = ""
        else:
            found[-1] += line
    if gap:
        found.append(gap)
    return [*found[:-1], found[-1] + "\n"] if found else []


def _settled(region: _Region) -> Iterator[Piece]:
    """One region as text, if nobody has to be asked."""
    base, ours, theirs = region.base, region.ours, region.theirs
    if theirs in (ours, base):
        yield "".join(ours)
    elif ours == base:
        yield "".join(theirs)
    elif region.at_end:
        yield "".join(_both(ours, theirs))
    else:
        yield from _by_lines("".join(base), "".join(ours), "".join(theirs))


def _both(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """What both have added at the end, in an order that does not depend on who merges."""
    same = _common(ours, theirs)
    added = sorted([list(ours[same:]), list(theirs[same:])])
    return [*ours[:same], *added[0], *added[1]]


def _by_lines(base: str, ours: str, theirs: str) -> Iterator[Piece]:
    for region in _regions([lines(each) for each in (base, ours, theirs)], near=True):
        mine, yours = region.ours, region.theirs
        if yours in (mine, region.base):
            yield "".join(mine)
        elif mine == region.base:
            yield "".join(yours)
        else:
            before = _common(mine, yours)
            mine, yours = mine[before:], yours[before:]
            after = _common(mine[::-1], yours[::-1])
            yield "".join(region.ours[:before])
            ends = len(mine) - after, len(yours) - after
            yield Clash("".join(mine[: ends[0]]), "".join(yours[: ends[1]]))
            yield "".join(mine[ends[0] :])


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(other)))


def _regions(sides: Sequence[list[str]], *, near: bool) -> Iterator[_Region]:
    """The base from its beginning to its end, cut where the sides begin and cease to differ."""
    base, ours, theirs = sides
    at = 0
    edits = [*_edits(base, ours, True, near), *_edits(base, theirs, False, near)]
    for group in _groups(sorted(edits), near):
        start, end = group[0].start, max(each.end for each in group)
        same = base[at:start]
        yield _Region(same, same, same)
        one, other = (
            _applied(base, start, end, [each for each in group if each.mine == mine])
            for mine in (True, False)
        )
        yield _Region(base[start:end], one, other, not near and 0 < start == len(base))
        at = end
    yield _Region(base[at:], base[at:], base[at:])


def _edits(base: list[str], side: list[str], mine: bool, near: bool) -> Iterator[_Edit]:
    matcher = SequenceMatcher(None, base, side, autojunk=False)
    for what, start, end, new, until in matcher.get_opcodes():
        if what == "equal":
            continue
        if not near and end - start == until - new:  # one for one: edits of their own
            for step in range(end - start):
                yield _Edit(start + step, start + step + 1, mine, (side[new + step],))
        else:
            yield _Edit(start, end, mine, tuple(side[new:until]))


def _groups(edits: Iterable[_Edit], near: bool) -> list[list[_Edit]]:
    """The edits in their order, those of both sides that touch each other together."""
    groups: list[list[_Edit]] = []
    for edit in edits:
        if groups and any(_touch(edit, each, near) for each in groups[-1]):
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _touch(one: _Edit, other: _Edit, near: bool) -> bool:
    if one.mine == other.mine:
        return False
    if near or (one.start, one.end) == (other.start, other.end):
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def _applied(base: list[str], start: int, end: int, edits: Iterable[_Edit]) -> list[str]:
    """A part of the base as one side has it."""
    made: list[str] = []
    for edit in edits:
        made += [*base[start : edit.start], *edit.new]
        start = edit.end
    return made + base[start:end]
