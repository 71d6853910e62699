"""The sentences that say what some texts have in common: those nearest to the centre of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swarm import lsa

_LEAST, _MOST = 4, 60  # words; less is a heading, more is a list
_EACH = 200  # sentences of one text that are weighed
_READ = 50_000  # characters of one
_DIRECTIONS = 64
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+>#|]|\d+[.)]\s|<!--))")
_NO_PROSE = ("#", "|", "<", "    ", "\t")  # headings, tables, markup, code
_ITEM = re.compile(r"^\s*(?:[-*+>]+|\d+[.)])\s+")
_KEY = re.compile(r"[\w ()/-]{1,30}:")  # a line of a header, or a label


class Sentence(NamedTuple):
    """What one of some texts says, by its number."""

    number: int
    text: str


def sentences(texts: Sequence[str], many: int) -> list[Sentence]:
    """As many sentences, each of another text, the most central first."""
    said = [Sentence(at, each) for at, text in enumerate(texts) for each in _split(text)]
    if not said:
        return []
    told = [each.text for each in said]
    rows = lsa.embed(lsa.fit(told, _DIRECTIONS), told)
    near = (rows @ rows.mean(axis=0)).tolist()
    order = sorted(range(len(said)), key=lambda at: (-near[at], at))
    best: dict[int, Sentence] = {}
    heard: set[str] = set()
    for each in (said[at] for at in order):
        if each.number not in best and each.text.casefold() not in heard:
            best[each.number] = each
            heard.add(each.text.casefold())
    return list(best.values())[:many]


def _split(text: str) -> Iterator[str]:
    """The sentences of a text; what stands in code, in a table or in a heading is none."""
    found = 0
    for block in _BLOCK.split(_FENCE.sub("\n\n", text[:_READ])):
        if block.lstrip("\n").startswith(_NO_PROSE):
            continue
        for part in _END.split(" ".join(_ITEM.sub("", block.strip("\n")).split())):
            words = len(lsa.words_of(part))
            if _LEAST <= words <= _MOST and not _KEY.match(part):
                yield part
                found += 1
            if found == _EACH:
                return
