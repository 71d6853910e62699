"""Beliefs: `### B1: …` sections with a bold key a line, and retired ones in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import Row
from swarm.records import EDGE_TYPES

KIND = "belief"

_COVERED = re.compile(r"beliefs/(?:DEPS|BELIEFS)[\w-]*\.md")
_ID = r"B(?:\d+|-[A-Z]*\d+)[a-z]?"
_START = re.compile(rf"(#{{2,6}}\s+|[-*+]\s+)(?:\*\*|~~)*({_ID})(?:\*\*|~~)*\s*[:—–-]\s*(.*)$")
_END = re.compile(r"#{1,6}\s|---\s*$")
_SUPERSEDED = re.compile(r"#{1,6}\s.*\b(?:superseded|retired|falsified)\b", re.IGNORECASE)
_NAMED = re.compile(rf"(?<![\w-]){_ID}(?![\w-])")
_KEY = re.compile(r"\**([^*:]+):?\*\*:?\s*(.*)$")
_PROMOTED = spelled.words("evidence falsified_if depends_on last_tested domain")


def covers(path: str) -> bool:
    return _COVERED.fullmatch(path) is not None


def names(path: str, line: str) -> Iterator[str]:
    for found in _NAMED.finditer(line):
        yield found[0]


def read(path: str, text: str) -> Iterator[Row]:
    lines = text.split("\n")
    retired = False
    for number, line in enumerate(lines):
        if line.startswith("#"):
            retired = bool(_SUPERSEDED.match(line))
        start = _START.match(line)
        if start:
            yield _row(path, number + 1, start, _section(lines, number), retired)


def _section(lines: list[str], start: int) -> list[str]:
    end = start + 1
    while end < len(lines) and not _END.match(lines[end]) and not _START.match(lines[end]):
        end += 1
    return lines[start + 1 : end]


def _row(path: str, line: int, start: re.Match[str], section: list[str], retired: bool) -> Row:
    struck = "~~" in start[0].split(start[2])[0]
    keys: dict[str, Any] = {"status": "superseded" if retired or struck else "aspirational"}
    for key, said in (stated for each in section for stated in _stated(each)):
        keys |= _mapped(key, said)
    heading = start[1].startswith("#")
    return Row(
        KIND, start[2], spelled.plain(start[3]) if heading else spelled.shorten(start[3]),
        path, line,
        body="\n".join([*([] if heading else [start[3]]), *section]).strip("\n"),
        keys=keys,
        text="\n".join([start[0], *section]).strip("\n"),
        rank=(1 if heading else 0, len(section)),
    )  # fmt: skip


def _stated(line: str) -> Iterator[tuple[str, str]]:
    """The bold keys of one bullet, of which a line may hold several."""
    if re.match(r"[-*+]\s+\*\*", line):
        for part in re.split(r"\s+\|\s+(?=\*\*)", line.lstrip("-*+ ")):
            found = _KEY.match(part)
            if found:
                yield spelled.key_of(found[1]), found[2].strip()


def _mapped(key: str, said: str) -> dict[str, Any]:
    if key not in _PROMOTED:
        return {}
    if key in EDGE_TYPES:
        return spelled.linked(key, said)
    if key == "domain":
        return spelled.domains(said)
    if key == "evidence":
        grade = spelled.confidence(said)
        return {key: spelled.plain(said)} | {k: grade[k] for k in ("confidence",) if k in grade}
    return {key: spelled.plain(said)}
