"""Principles: `P-008 text | P-011 text` in one line, under bold sub-headings and themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import Row

KIND = "principle"

_COVERED = re.compile(r"memory/PRINCIPLES[\w-]*\.md")
_THEME = re.compile(r"#{2,6}\s+(?!P-\d)(.*)$")
_APART = re.compile(r"\s*$|#|---|<{7}|={7}|>{7}")  # what ends a row that goes on over several lines
_START = re.compile(  # a row begins a line, follows a pipe, or follows a bold sub-heading
    r"(?:(?:^|\|)\s*(?:(?:[-*+]|#+)\s+)?|\*\*(?P<label>[^*|]+?):?\*\*:?\s*)"
    r"\**(?P<id>P-\d+[a-z]?)\**(?=[\s:—])"
)
_PROOF = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_GRADED = re.compile(r"\b(?:PARTIALLY\s+)?(MEASURED|OBSERVED|THEORIZED|DESIGNED|STRUCTURAL)\b")
_ID = re.compile(r"\bP-\d+[a-z]?(?![\w-])")


def covers(path: str) -> bool:
    return _COVERED.fullmatch(path) is not None


def names(path: str, line: str) -> Iterator[str]:
    for found in _ID.finditer(line):
        yield found[0]


def read(path: str, text: str) -> Iterator[Row]:
    theme = ""
    for number, line in _joined(text):
        heading = _THEME.match(line)
        theme = heading[1].strip() if heading else theme
        starts = list(_START.finditer(line))
        ends = [*(start.start() for start in starts[1:]), len(line)]
        label = ""
        for start, end in zip(starts, ends, strict=False):
            label = (start["label"] or label).strip()
            said = line[start.start("id") : end].rstrip("| ")
            yield _row(path, number, start["id"], said, _place(theme, label))


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """The lines, numbered; a row's further lines stand in its own."""
    first, held = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if held and not _APART.match(line) and not _START.search(line):
            held += f"\n{line}"
            continue
        if held:
            yield first, held
        first, held = number, line if _START.search(line) else ""
        if not held:
            yield number, line
    if held:
        yield first, held


def _place(theme: str, label: str) -> dict[str, Any]:
    keys = spelled.domains(re.sub(r"\([^)]*\)", "", theme)) if theme else {}
    return keys | ({"theme": label} if label else {})


def _row(path: str, number: int, name: str, said: str, place: dict[str, Any]) -> Row:
    statement = said.removeprefix(name).lstrip("*:— ")
    bare = _PROOF.sub("", statement) if len(statement) > 60 else statement
    return Row(
        KIND, name, spelled.shorten(bare) or spelled.shorten(statement) or name, path, number,
        body=statement, keys=place | _proof(statement), text=said, rank=(len(said),),
    )  # fmt: skip


def _proof(statement: str) -> dict[str, Any]:
    """What the last brackets say: the lessons it came from, and how sure it is."""
    keys: dict[str, Any] = {}
    for found in reversed(list(_PROOF.finditer(statement))):
        graded = _GRADED.search(found[1])
        lessons = [each for each in spelled.ids(found[1]) if each.startswith("L-")]
        if "merged" in found[1] and not graded:
            continue
        if graded:
            keys |= spelled.confidence(found[1][graded.start(1) :])
        if lessons:
            keys["derived_from"] = lessons
        if graded or lessons:
            break
    return keys
