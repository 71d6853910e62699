"""Sentences that prescribe: what must be, what must never be. Markdown → sentences. Pure.

Words alone decide, in the text that people read: code, HTML and what stands in
double quotes is somebody's example, and prescribes nothing. What enforces a
sentence is never guessed: it is said behind it, as `(rule: NAME)`, `(exit 6)`,
`(guard: NAME)`, `(test: PATH)`, or by a link or the id of a belief.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from swarm import document

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_BLOCK: Final = 64 * 1024

# What describes a claim, or how it is known, asks nothing of anybody.
_DESCRIBING = frozenset(
    """id kind session date domain domains status confidence sharpe level author agent by created n
    tags aliases evidence falsified_if last_tested expect observed p verify enforced_by source
    debt cites supports contradicts extends supersedes depends_on derived_from tests read_next
    isomorphic bounds""".split()
)

# Each of these reads a text once, whatever is in it: a paragraph may be long, and hostile.
_PRESCRIBES = re.compile(
    r"(?<![\w-])(?:must(?:n['’]t)?|never|always|shall|may (?:not|only)|ha(?:s|ve) to"
    r"|(?:is|are) (?:not allowed|forbidden|required|mandatory|prohibited))(?![\w-])"
    # an order, and no description of what others do not do
    r"|(?:^|[,;:–—(]\s*+|\b(?:and|but|or|then|please|so)\s++)\W{0,4}(?:do not|don['’]t)(?![\w-])",
    re.IGNORECASE,
)
_MASK = "\ufffc"  # stands for what is shown and not listened to
_ID = "id:"  # what a link in double brackets leads to, among paths
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*+[\"”»]")
_END = re.compile(r"(?<![.!?…])[.!?…]++[)\]\"'”’»]*+(?=\s++[^\sa-z]|\s*+$)|[。！？]++")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|approx|resp|no|dr|mr|ms|st)|\b[A-Z])\.$", re.IGNORECASE
)
_LONGEST_ABBREVIATION = 8
_MARK = re.compile(
    r"\(\s*+(?:(exit)[ \t]*+:?+[ \t]*+(\d{1,3}+)|(rule|guard|test)[ \t]*+:([^()]{1,200}+))\s*+\)",
    re.IGNORECASE,
)
_LEADING = re.compile(  # the same, several times; Python cannot count groups inside of `++`
    r"(?:\s*\(\s*(?:exit[ \t]*:?[ \t]*\d{1,3}|(?:rule|guard|test)[ \t]*:[^()]{1,200})\s*\))+\s*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")
_WIKI = re.compile(r"\[\[([^\[\]|#]++)[^\[\]]*+\]\]")
_BELIEF = re.compile(r"(?<![\w/-])(?:B-[0-9a-z]++|B\d++[a-z]?|B(?:-[A-Z][A-Z0-9]*+)++)(?![\w-])")


class Mark(NamedTuple):
    """What is said to enforce a sentence: of which sort, and which."""

    sort: str  # rule | exit | guard | test | link | belief
    name: str


class Sentence(NamedTuple):
    """A sentence that prescribes, where it stands, and what it says enforces it."""

    path: str
    line: int
    text: str
    marks: tuple[Mark, ...] = ()


class _Block(NamedTuple):
    """A run of text, four times, each as long as the others."""

    line: int
    shown: str  # as people see it
    heard: str  # with what is not listened to masked
    unlinked: str  # of that, nothing that a link shows
    bare: str  # nor marks, nor ids of beliefs
    links: Sequence[tuple[int, int, str]]  # where each stands, and where it leads; in order


refuse = document.refuse


def read(raw: bytes, path: str) -> list[Sentence]:
    """Every sentence of a file that prescribes; none of what is no text at all."""
    if refuse(raw, path):
        return []
    page = document.read(raw, path)
    found = [each for block in _blocks(page) for each in _sentences(block, path)]
    return sorted(found, key=lambda each: each.line)


def _blocks(page: document.Document) -> Iterator[_Block]:
    stated = {each.key.lower() for each in page.fields}
    if page.title and "title" not in stated:
        yield from _inline(page.title, _line_of(page.title, page.text))
    for each in page.fields:
        if each.key.lower() not in _DESCRIBING:
            for text in _texts(each.value):
                yield from _inline(text, each.line)
    defined: dict[str, Any] = {}  # what links refer to, which any block may use
    for token in _markdown().parse(page.body, defined):
        if token.type == "inline" and token.map:
            yield _block(_children(token.content, defined), page.body_line + token.map[0])


def _line_of(title: str, text: str) -> int:
    at = text.find(title)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _inline(text: str, line: int) -> Iterator[_Block]:
    """A text that is one paragraph, whatever a line of it begins with."""
    yield _block(_children(" ".join(text.split()), {}), line)


def _children(block: str, defined: dict[str, Any]) -> list[Token]:
    """The pieces of a paragraph: as much of it as anybody would write."""
    children: list[Token] = []
    _markdown().inline.parse(block[:MAX_BLOCK], _markdown(), defined, children)
    return children


@cache
def _markdown() -> MarkdownIt:
    """CommonMark and tables, down to blocks; what is in them is asked for one by one."""
    from markdown_it import MarkdownIt  # as slow to import as what it reads is rare

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def _block(children: list[Token], line: int) -> _Block:
    shown, heard = "", ""
    links: list[tuple[int, int, str]] = []
    opened: list[tuple[int, str]] = []
    for child in children:
        said, listened = _said(child)
        if child.type == "link_open":
            opened.append((len(shown), str(child.attrs.get("href", ""))))
        elif child.type == "link_close" and opened:
            start, href = opened.pop()
            links.append((start, len(shown), href))
        shown += said
        heard += said if listened else _MASK * len(said)
    for found in _WIKI.finditer(heard):
        links.append((found.start(), found.end(), f"{_ID}{found[1].strip()}"))
    heard = _QUOTED.sub(_masked, heard)
    unlinked = _without(heard, links)
    bare = _BELIEF.sub(_blank, _MARK.sub(_blank, unlinked))
    return _Block(line, shown, heard, unlinked, bare, sorted(links))


def _without(text: str, links: Sequence[tuple[int, int, str]]) -> str:
    letters = list(text)
    for start, end, _ in links:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _masked(found: re.Match[str]) -> str:
    return _MASK * len(found[0])


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _said(child: Token) -> tuple[str, bool]:
    """What a piece of a paragraph shows, and whether it speaks."""
    if child.type == "code_inline":
        return f"`{child.content}`".replace("\n", " "), False
    if child.type in ("softbreak", "hardbreak"):
        return "\n", True
    return (child.content, True) if child.type in ("text", "text_special") else ("", True)


def _sentences(block: _Block, path: str) -> Iterator[Sentence]:
    for start, end in _spans(block):
        if _PRESCRIBES.search(_MARK.sub("", block.heard[start:end]).strip()):
            line = block.line + block.shown.count("\n", 0, start)
            text = " ".join(block.shown[start:end].split())
            yield Sentence(path, line, text, tuple(_marks(block, start, end, path)))


def _spans(block: _Block) -> list[tuple[int, int]]:
    """Where each sentence stands, with the marks that follow it."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(block.heard):
        near = max(start, found.end() - _LONGEST_ABBREVIATION)
        if not _ABBREVIATED.search(block.heard, near, found.end()):
            _add(spans, block, start, found.end())
            start = found.end()
    _add(spans, block, start, len(block.heard))
    return spans


def _add(spans: list[tuple[int, int]], block: _Block, start: int, end: int) -> None:
    """A span more; what it begins with, or is, of marks alone belongs to the one before."""
    behind = _LEADING.match(block.heard, start, end)
    after = behind.end() if behind else start
    says_more = _WORD.search(block.bare, after, end)
    if spans and (behind or not says_more):
        spans[-1] = spans[-1][0], after if says_more else end
        start = after if says_more else end
    while start < end and block.heard[start].isspace():
        start += 1
    if start < end:
        spans.append((start, end))


def _marks(block: _Block, start: int, end: int, path: str) -> Iterator[Mark]:
    """What stands behind a sentence: nothing but more of it may follow."""
    for found in _MARK.finditer(block.heard, start, end):
        group = 2 if found[1] else 4
        named = block.shown[found.start(group) : found.end(group)].replace("`", "")
        for name in filter(None, re.split(r"[\s,]+", named)):
            yield Mark((found[1] or found[3]).lower(), name)
    last = end  # where what it says in words ends
    while last > start and not _WORD.match(block.bare[last - 1]):
        last -= 1
    for left, right, target in block.links[bisect_left(block.links, (start,)) :]:
        if left >= end:
            break
        if last <= left and right <= end:
            yield _led_to(target, path)
    for found in _BELIEF.finditer(block.unlinked, max(last - 1, start), end):
        if last <= found.start():
            yield Mark("belief", found[0])


def _led_to(target: str, path: str) -> Mark:
    if target.startswith(_ID):
        return Mark("belief", target.removeprefix(_ID))
    bare = unquote(target.partition("#")[0])
    return Mark("link", posixpath.normpath(posixpath.join(posixpath.dirname(path), bare)))
