"""What the markdown of a body says: its links, its headings, its rule.

markdown-it decides what is text and what is code; ids and [[links]] are looked
for in text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from swarm.records import Edge

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WIKI = re.compile(r"\[\[([^\[\]|#\n]+)(#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_BARE = re.compile(
    r"(?<![\w/#@.:=-])"
    r"(?:[A-Z]-(?:[0-9a-hjkmnp-tv-z]{8}|[0-9a-hjkmnp-tv-z]{6})"  # L-7k3qfa
    r"|[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-?\d+[a-z]?)"  # L-601, B16, F-META1, DOMEX-NK-S322
    r"(?![\w/@=-]|\.\w)"
)
_CITES_LINE = re.compile(r"[\s>*+-]*\**cites\**\s*:", re.IGNORECASE)
_MARKDOWN_FILE = re.compile(
    r"(?![a-z][a-z0-9+.-]*:|//|#)([^?#]+\.(?:md|markdown))(?:[?#].*)?$", re.IGNORECASE
)


@dataclass(slots=True)
class Prose:
    """What was found, in the order in which it stands."""

    edges: list[Edge] = field(default_factory=list)
    rule: str = ""


def read(body: str, first_line: int = 1) -> Prose:
    """Every link of a body and the text of its rule section."""
    parser = _markdown()
    found: dict[str, Any] = {}  # reference definitions, which any block may use
    tokens = parser.parse(body, found)
    prose = Prose(rule=_rule(tokens, body))
    for token in tokens:
        if token.type == "inline" and token.map and _may_link(token.content):
            children: list[Token] = []
            parser.inline.parse(token.content, parser, found, children)
            for text, hrefs, line in _lines(children, token.map[0] + first_line):
                prose.edges += _edges(text, hrefs, line)
    return prose


def _may_link(text: str) -> bool:
    """Most blocks hold no link, and what is inside them need not be parsed to know it."""
    return "[" in text or _BARE.search(text) is not None


@cache
def _markdown() -> MarkdownIt:
    """CommonMark down to its blocks. Emphasis and entities change no link."""
    from markdown_it import MarkdownIt  # the one slow import, and only when a file changed

    parser = MarkdownIt("commonmark").disable(["emphasis", "entity"])
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def _lines(children: list[Token], line: int) -> Iterator[tuple[str, list[str], int]]:
    """The text and the link targets of one block, line by line, with no code in it."""
    text, auto = "", False
    hrefs: list[str] = []
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield text, hrefs, line
            text, hrefs, line = "", [], line + 1
        elif child.type in ("text", "text_special"):
            text += "" if auto else child.content
        elif child.type == "link_open":
            auto = child.info == "auto"
            hrefs.append(str(child.attrs.get("href", "")))
        elif child.type == "link_close":
            auto = False
        else:
            text += " "
    yield text, hrefs, line


def _edges(text: str, hrefs: list[str], line: int) -> Iterator[Edge]:
    kind = "cites" if _CITES_LINE.match(text) else "mentions"
    for href in hrefs:
        found = _MARKDOWN_FILE.match(href)
        if found:
            yield Edge(kind, unquote(found[1], errors="replace"), "path", line)
    for found in _WIKI.finditer(text):
        yield Edge(kind, found[1].strip(), "wiki", line)
    for found in _BARE.finditer(_WIKI.sub(" ", text)):
        yield Edge(kind, found[0], "bare", line)


def _rule(tokens: list[Token], body: str) -> str:
    """The text under the heading that begins with "Rule", up to the next one."""
    start = end = None
    for number, token in enumerate(tokens):
        if token.type != "heading_open" or not token.map or token.level:
            continue
        if start is not None:
            end = token.map[0]
            break
        if tokens[number + 1].content.strip("*_ ").lower().startswith("rule"):
            start = token.map[1]
    if start is None:
        return ""
    return "\n".join(body.split("\n")[start:end]).strip()
