"""Sections → as many lines as a budget of tokens holds, the most urgent entries first.

What is told stays in the order of its sections; what is urgent decides what is
told. One last line says what was left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from swarm import moments, render
from swarm.records import Line

_MORE = 30  # tokens kept free for the line about what was left out
_STRAIGHT = str.maketrans("“”", '""')
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
    text = render.safe(line if isinstance(line, str) else "".join(span for span, _ in line))
    plain = sum(char < "\x80" for char in text)
    return (plain + 4) // 4 + len(text) - plain


def fit(sections: Sequence[Section], budget: int, spent: int = 0) -> Iterator[Line]:
    """The lines that a budget holds, after what was spent of it."""
    offered = [
        (entry.urgency, at, section, entry)
        for section in sections
        for at, entry in enumerate(section.entries)
    ]
    offered.sort(key=lambda each: each[:2])
    kept: set[int] = set()
    begun: set[str] = set()
    left = budget - spent - _MORE
    least = None  # once something had no room, nothing less urgent takes its place
    for urgency, _, section, entry in offered:
        cost = sum(map(tokens, entry.lines))
        if section.name not in begun:
            cost += tokens(section.heading)
        if cost > left and urgency and least is None:  # what needs somebody may be long
            least = urgency
        if cost <= left and (least is None or urgency <= least):
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
    who = f"by “{clipped(by, 40)}”" if by.strip() else "unsigned"
    quoted = clipped(gist, QUOTE)
    return [
        (f"  {who}, {moments.ago(created, now)}", "dim"),
        (f": “{quoted}”" if quoted else "", ""),
    ]


def clipped(text: str, most: int = CLIP) -> str:
    """A record's text on one line, cut where it gets long; nothing in it ends a quotation."""
    line = render.safe(" ".join(text[: 40 * most].split())).translate(_STRAIGHT)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def within(text: str, budget: int) -> str:
    """The same, cut further until it costs no more than that."""
    most = CLIP
    while tokens(clipped(text, most)) > budget and most > 8:
        most = most * 3 // 4
    return clipped(text, most)


def question(pair: Mapping[str, Any]) -> str:
    """What to ask with both records of a pair in hand."""
    one, other = (clipped(each["title"]) for each in pair["records"])
    return f"What does “{one}” change about “{other}”?"
