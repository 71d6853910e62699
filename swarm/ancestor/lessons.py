"""Lessons: one file each, a title, then `Key: value | Key: value` lines, then prose."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from shlex import quote
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import Row
from swarm.records import EDGE_TYPES, Problem, id_in_name, kind_of_id

KIND = "lesson"

_COVERED = re.compile(r"memory/lessons/(?:.+/)?[^/]+\.md")
_NOT_LESSONS = frozenset({"README.md", "TEMPLATE.md", "INDEX.md"})
_FRONTMATTER = re.compile(r"---\n[A-Za-z_]\w*:")
_HEADING = re.compile(r"#{1,6}\s+(\S.*)$")
_COMMENT = re.compile(r"<!--(.*?)-->\s*$")
_LEADING_ID = re.compile(r"\**(L-\w+)\**(?:\s*[:—–|-]\s*|\s+|$)")
_KNOWN = frozenset(EDGE_TYPES) | spelled.words(
    """session date domain domains theme task confidence sharpe level frontier iso status links
    related refs self_apply check_mode lane mode type author agent by tags lesson superseded
    periodic topic context remark"""
)
# Keys whose ids are links of the text: a key alone would not be followed.
_MENTIONING = spelled.words("frontier related refs links")
_OURS = spelled.words("id kind title created source n p")  # keys that mean something else here
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBERS = {
    "sharpe": re.compile(r"(\d+(?:\.\d+)?)(?:\s*/\s*10)?\b"),
    "level": spelled.LEVEL,
}
_WHOLE: dict[str, Callable[[str], dict[str, Any]]] = {
    "confidence": spelled.confidence,
    "domain": spelled.domains,
    "domains": spelled.domains,
    "session": lambda said: {"session": spelled.session(spelled.plain(said))},
}


def covers(path: str) -> bool:
    name = posixpath.basename(path)
    return _COVERED.fullmatch(path) is not None and name not in _NOT_LESSONS


def names(path: str, line: str) -> Iterator[str]:
    """A lesson is as old as its file; no line of it says more."""
    found = _id_of(path, "")
    if found and not line:
        yield found


def read(path: str, text: str) -> Iterator[Row | Problem]:
    lines = text.split("\n")
    at, heading = _heading(lines)
    lesson = _id_of(path, heading)
    if _FRONTMATTER.match(text):
        what, remedy = (
            "it is a record already",
            f"cp {quote(path)} into memory/lessons/ of this board",
        )
        yield Problem(path, 1, what, remedy, "warning")
    elif not lesson:
        what = "neither its name nor its title holds a lesson's id"
        remedy = "give the file a name such as L-601.md, then import again"
        yield Problem(path, 1, what, remedy, "warning")
    else:
        yield _row(path, lines, at, lesson, _LEADING_ID.sub("", heading, count=1).strip())


def _row(path: str, lines: list[str], at: int, lesson: str, title: str) -> Row:
    above, left = _header(lines[: max(at, 0)])
    below, start = _header(lines[at + 1 :])
    prose = [*lines[left : max(at, 0)], *lines[at + 1 + start :]]
    named = " | ".join(f"{key.capitalize()}: {said}" for key, said in below if key in _MENTIONING)
    archived = "/archive/" in path
    return Row(
        KIND, lesson, title or spelled.shorten(" ".join(prose[:3])), path, 1,
        body="\n\n".join(filter(None, [named, "\n".join(prose).strip("\n")])),
        keys=_keys([*below, *above]),
        text="\n".join(lines),
        rank=(0 if archived else 1,),
        archived=archived,
    )  # fmt: skip


def _id_of(path: str, heading: str) -> str:
    stem = posixpath.basename(path).rsplit(".", 1)[0]
    titled = _LEADING_ID.match(heading)
    for candidate in (stem, titled[1] if titled else ""):
        found = id_in_name(candidate)
        if found and kind_of_id(found) == KIND:
            return found
    return ""


def _heading(lines: list[str]) -> tuple[int, str]:
    for number, line in enumerate(lines):
        found = _HEADING.match(line)
        if found:
            return number, found[1].rstrip("# \t")
    return -1, ""


def _header(lines: list[str]) -> tuple[list[tuple[str, str]], int]:
    """The fields a text begins with, over blank lines too, and where its prose begins."""
    said: list[tuple[str, str]] = []
    end = 0
    for number, line in enumerate(lines):
        found = _fields(line)
        known = [key in _KNOWN for key, _ in found]
        wraps = bool(said) and number == end and said[-1][1].endswith(",") and not found
        if wraps and spelled.ids(line):
            said[-1] = said[-1][0], f"{said[-1][1]} {line.strip()}"
        elif found and (all(known) or (any(known) and (number == end or len(found) > 1))):
            said += found
        elif line.strip():
            break
        end = number + 1 if line.strip() else end
    return said, end


def _fields(line: str) -> list[tuple[str, str]]:
    """A line's fields, in a comment or not; a part without a key is kept as a remark."""
    comment = _COMMENT.match(line)
    parts = spelled.fields(comment[1] if comment else line.strip().strip("|"))
    if comment and not any(key in _KNOWN for key, _ in parts):
        return [("remark", comment[1].strip())]
    return [("date" if _DATE.fullmatch(value) else key or "remark", value) for key, value in parts]


def _keys(said: list[tuple[str, str]]) -> dict[str, Any]:
    """The header's keys as this board spells them; what was said is kept where that is more."""
    values: dict[str, str] = {}
    for key, value in said:
        if value and key != "lesson" and value not in values.get(key, "").split(" | "):
            values[key] = f"{values[key]} | {value}" if key in values else value
    keys: dict[str, Any] = {}
    for key, value in values.items():
        keys |= _mapped(key, value)
    graded = spelled.confidence(values.get("status", ""))
    return keys if "confidence" in values or "confidence" not in graded else graded | keys


def _mapped(key: str, said: str) -> dict[str, Any]:
    if key in EDGE_TYPES:
        return spelled.linked(key, said)
    if key in _NUMBERS:
        return spelled.leading(key, said, _NUMBERS[key])
    if key in _WHOLE:
        return _WHOLE[key](said)
    return {f"{key}_said" if key in _OURS else key: spelled.plain(said)}
