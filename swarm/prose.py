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
MAX_BLOCK = 64 * 1024  # no paragraph that somebody wrote is longer

_LATIN = "A-Za-z0-9_\u00c0-\u024f"  # letters that an id would run on into; 参见L-601 does not
_BARE = re.compile(
    rf"(?<![{_LATIN}/#@.:=-])"
    r"(?:[A-Z]-(?:[0-9a-hjkmnp-tv-z]{8}|[0-9a-hjkmnp-tv-z]{6})"  # L-7k3qfa
    r"|[A-Z][A-Z0-9]*+(?:-[A-Z0-9]++)*+(?<=\d)[a-z]?)"  # L-601, B16, F-META1, DOMEX-NK-S322
    rf"(?![{_LATIN}/@=-]|\.[{_LATIN}])"
)
_ADDRESS = re.compile(r"://[^\s<>]*+")
_UNDERLINED = re.compile(r"(?<!\w)_++(?=\S)|(?<=[^\s_])_++(?!\w)")
_TARGET = re.compile(r"\]\([^()\n]*+\)")  # of a markdown link, which ends its text
_CITES_LINE = re.compile(r"[\s>*+-]*+cites\**+\s*+:", re.IGNORECASE)
_MARKDOWN_FILE = re.compile(
    r"(?![a-z][a-z0-9+.-]*:|//|#)([^?#]+\.(?:md|markdown))(?:[?#].*)?$", re.IGNORECASE
)


@dataclass(slots=True)
class Prose:
    """What was found, in the order in which it stands."""

    edges: list[Edge] = field(default_factory=list)
    rule: str = ""
    cut: int = 0  # the line of a block too long to be read to its end
    most: int = MAX_BLOCK


def read(body: str, first_line: int = 1) -> Prose:
    """Every link of a body and the text of its rule section."""
    if not _may_link(body) and "rule" not in body.lower():
        return Prose()
    parser = _markdown()
    found: dict[str, Any] = {}  # reference definitions, which any block may use
    tokens = parser.parse(body, found)
    prose = Prose(rule=_rule(tokens, body))
    for token in tokens:
        if token.type != "inline" or not token.map:
            continue
        block, line = token.content[:MAX_BLOCK], token.map[0] + first_line
        if len(token.content) > MAX_BLOCK:
            prose.cut = prose.cut or line
        if _may_link(block):
            children: list[Token] = []
            parser.inline.parse(block, parser, found, children)
            prose.edges += _edges(children, block, line)
    return prose


def unlinked(text: str) -> str:
    """The same text without the names of what it links to; in code, too, for it says them."""
    return _BARE.sub(" ", _plain(_TARGET.sub("]", text))).strip()


def _may_link(text: str) -> bool:
    """Most blocks hold no link, and what is inside them need not be parsed to know it."""
    return "]" in text or _BARE.search(_UNDERLINED.sub(" ", text)) is not None


@cache
def _markdown() -> MarkdownIt:
    """CommonMark down to its blocks. Emphasis and entities change no link."""
    from markdown_it import MarkdownIt  # the one slow import, and only when a file changed

    parser = MarkdownIt("commonmark").disable(["emphasis", "entity"])
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def _edges(children: list[Token], block: str, first_line: int) -> Iterator[Edge]:
    """The links of one block. `at` follows in its text, to know the line of each."""
    at, kind, begins, auto = 0, "mentions", True, False
    line, counted = first_line, 0
    for child, text in _runs(children):
        line, counted = line + block.count("\n", counted, at), at
        if child.type in ("softbreak", "hardbreak"):
            at, begins = block.find("\n", at) + 1, True
        elif child.type == "text":
            at = max(block.find(child.content, at), at)
            line, counted = line + block.count("\n", counted, at), at
            if begins:
                kind = "cites" if _CITES_LINE.match(text) else "mentions"
                begins = not text.strip()
            if not auto:
                yield from _named(text, kind, line)
            at += len(text)
        elif child.type == "link_open":
            auto = child.info == "auto"
            yield from _linked(str(child.attrs.get("href", "")), kind, line)
        elif child.type == "link_close":
            auto = False
        else:
            at = _past(child, block, at)


def _runs(children: list[Token]) -> Iterator[tuple[Token, str]]:
    """Each child with its text; what backslashes cut apart is one text again."""
    waiting: Token | None = None
    text = ""
    for child in children:
        if child.type in ("text", "text_special"):
            waiting, text = waiting or child, text + child.content
            continue
        if waiting:
            waiting.type = "text"
            yield waiting, text
            waiting, text = None, ""
        yield child, ""
    if waiting:
        waiting.type = "text"
        yield waiting, text


def _past(child: Token, block: str, at: int) -> int:
    """Where the text goes on after code or a tag, which may hold line ends of their own."""
    if child.type == "code_inline":
        opened = block.find(child.markup, at) + len(child.markup)
        return max(block.find(child.markup, opened) + len(child.markup), at)
    if child.type == "html_inline":
        return max(block.find(child.content, at) + len(child.content), at)
    return max(block.find(child.content, at), at)


def _linked(href: str, kind: str, line: int) -> Iterator[Edge]:
    found = _MARKDOWN_FILE.match(href)
    if found:
        yield Edge(kind, unquote(found[1], errors="replace"), "path", line)


def _named(text: str, kind: str, line: int) -> Iterator[Edge]:
    for found in _WIKI.finditer(text):
        if found[1].strip():
            yield Edge(kind, found[1].strip(), "wiki", line)
    for found in _BARE.finditer(_plain(text)):
        yield Edge(kind, found[0], "bare", line)


def _plain(text: str) -> str:
    """What bare ids are looked for in."""
    plain = _ADDRESS.sub(" ", _WIKI.sub(" ", text))
    return _UNDERLINED.sub(" ", plain) if "_" in plain else plain


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
