"""Sections → as many lines as a budget of tokens holds, the most urgent entries first.

What is told stays in the order of its sections; what is urgent decides what is
told. One last line says what was left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swarm import moments
from swarm.records import Line

_MORE = 30  # tokens kept free for the line about what was left out
CLIP, QUOTE = 110, 220  # characters of a title, and of what a record says


class Entry(NamedTuple):
    """A few lines that are told together or not at all; 0 is the most urgent."""

    urgency: int
    lines: tuple[Line, ...]


class Section(NamedTuple):
    """Entries under a heading. An empty one is not told."""

    name: str
    heading: Line
    entries: tuple[Entry, ...]


def tokens(line: Line) -> int:
    """About how many tokens a line costs: one for four ASCII characters, one for each other."""
    text = line if isinstance(line, str) else "".join(span for span, _ in line)
    plain = sum(char < "\x80" for char in text)
    return (plain + 4) // 4 + len(text) - plain


def fit(sections: Sequence[Section], budget: int) -> Iterator[Line]:
    """The lines that a budget holds."""
    offered = [
        (entry.urgency, at, section, entry)
        for section in sections
        for at, entry in enumerate(section.entries)
    ]
    offered.sort(key=lambda each: each[:2])
    kept: set[int] = set()
    begun: set[str] = set()
    left = budget - _MORE
    for _, _, section, entry in offered:
        cost = sum(map(tokens, entry.lines))
        if section.name not in begun:
            cost += tokens(section.heading)
        if cost <= left:
            left -= cost
            kept.add(id(entry))
            begun.add(section.name)
    for section in sections:
        if section.name in begun:
            yield section.heading
        for entry in section.entries:
            if id(entry) in kept:
                yield from entry.lines
    missed = Counter(section.name for _, _, section, entry in offered if id(entry) not in kept)
    if missed:
        counts = ", ".join(f"{many} {name}" for name, many in missed.items())
        yield [(f"left out: {counts}; --budget {2 * budget} tells more", "dim")]


def said(by: str, created: str, gist: str, now: int) -> Line:
    """Somebody's words, as theirs: who, how long ago, and what, between quotation marks."""
    who = clipped(by, 40) or "unsigned"
    quoted = clipped(gist.replace("“", '"').replace("”", '"'), QUOTE)
    return [
        (f"  {who}, {moments.ago(created, now)}", "dim"),
        (f": “{quoted}”" if quoted else "", ""),
    ]


def clipped(text: str, most: int = CLIP) -> str:
    """A text on one line, cut where it gets long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
