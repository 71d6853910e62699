"""Frontiers: bullets or headings with what follows them, and tables of resolved ones."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from shlex import quote
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import Row
from swarm.records import Problem

KIND = "frontier"

_COVERED = re.compile(r"(?:domains/([^/]+)/)?tasks/FRONTIER[\w-]*\.md")
_ID = r"F(?:\d+[a-z]?|-[A-Z][A-Z0-9]*[a-z]?)(?:-[A-Z0-9]+)*"
_MARKS = r"(?:\*\*|~~)"
_START = re.compile(
    rf"(?P<lead>#{{2,6}}\s+|\s*[-*+]\s+(?:\[.\]\s+)?|(?={_MARKS}))(?P<marks>{_MARKS}*)"
    rf"(?P<id>{_ID})(?P<close>{_MARKS}*)(?P<note>\s*\([^)]*\))?(?P<after>{_MARKS}*)"
    rf"(?=\s*[:—–]|\s-\s|{_MARKS}|\s*$)\s*[:—–-]?\s*(?P<rest>.*)$"
)
_ALIEN = re.compile(  # an id of another sort in the place of a frontier's
    rf"[-*+]\s+(?:\[.\]\s+)?{_MARKS}*([A-Z]{{2,}}[A-Z0-9]*-[A-Z]*\d+)(?:{_MARKS}|\s*[:(])"
)
_CELL = re.compile(r"\W*([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)\b\W*(.*)$")
_NAMED = re.compile(rf"(?<![\w-])(?:{_ID}|[A-Z]{{2,}}-\d+)(?![\w])")
_END = re.compile(r"#{1,6}\s|---\s*$|\|")
_STATUS = re.compile(r"(?:^|[\s*])Status\**:\s*\**\s*([^|\n]*)", re.IGNORECASE)
_GIVEN_UP = re.compile(r"\W*(?:abandoned|merged into|moot|stale|archived|superseded)\b", re.I)
_ANSWERED = re.compile(r"\W*(?:resolved|falsified|confirmed|answered|closed|refuted|done)\b", re.I)
_OVER = re.compile(r"#{1,6}\s.*\b(?:resolved|archive[d]?|superseded)\b", re.IGNORECASE)


def covers(path: str) -> bool:
    return _COVERED.fullmatch(path) is not None


def names(path: str, line: str) -> Iterator[str]:
    for found in _NAMED.finditer(line):
        yield found[0]


def read(path: str, text: str) -> Iterator[Row | Problem]:
    lines = text.split("\n")
    over = table = False
    end = 0  # of the block before: a frontier inside it is only mentioned
    for number, line in enumerate(lines):
        if line.startswith("#"):
            over, table = bool(_OVER.match(line)), False
        row = spelled.cells(line) if line.lstrip().startswith("|") else []
        table = bool(row) and (table or row[0].lower() == "id")
        start = _START.match(line)
        if row:
            yield from _table_row(path, number + 1, row, line, table)
        elif start and number >= end:
            end = _end(lines, number, start["lead"].startswith("#"))
            yield _row(path, number + 1, start, lines[number + 1 : end], over)
        elif alien := _ALIEN.match(line):
            what = f"`{alien[1]}` is not a frontier's id"
            remedy = 'if it is an open question: swarm new frontier "…"'
            yield Problem(path, number + 1, what, remedy, "warning")


def _end(lines: list[str], start: int, headed: bool) -> int:
    """Where a frontier ends: at the next one, or the next part of the file."""
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.startswith(("#", "---")) if headed else _END.match(line):
            return number
        if _ALIEN.match(line) or (_START.match(line) and not line.startswith(("  ", "\t"))):
            return number
    return len(lines)


def _row(path: str, number: int, start: re.Match[str], block: list[str], over: bool) -> Row:
    rest = start["rest"].rstrip("~* ") if "~~" in start["marks"] else start["rest"]
    note = (start["note"] or "").strip(" ()*")
    body = "\n".join([rest, *(line.removeprefix("  ") for line in block)]).strip("\n")
    struck = "~~" in start["marks"]
    said = _said(note, rest, block) if not struck else rest
    status = _status(said, struck or over)
    keys: dict[str, Any] = {"status": status}
    if said and (status != "open" or said != rest):
        keys["status_said"] = spelled.shorten(said, 200)
    if note and note != said:
        keys["note"] = spelled.plain(note)
    wrapped = [] if start["lead"].startswith("#") else block[:2]
    question, mark, _ = spelled.plain(" ".join([rest, *wrapped])).partition("?")
    asked = f"{question}?" if mark and len(question) < 240 and not struck else ""
    return Row(
        KIND, start["id"], asked or spelled.shorten(rest) or start["id"], path, number,
        body=body, keys=keys | _domain(path),
        text="\n".join([start[0], *block]).strip("\n"),
        rank=(0 if struck else 1 if over and not asked else 3, len(body)),
        settles={"status": status} if struck else {},
        scope=_scope(path, start["id"]),
    )  # fmt: skip


def _said(note: str, rest: str, block: list[str]) -> str:
    """What it says of its own status: in brackets, or after the word `Status`."""
    if _ANSWERED.match(note) or _GIVEN_UP.match(note):
        return note
    # On a line of its own it is a verdict on the whole; further in, on a part.
    for line in block:
        found = _STATUS.match(line.lstrip(" -*+"))
        if found:
            return spelled.plain(found[1])
    return rest if _GIVEN_UP.match(rest) or _ANSWERED.match(rest) else ""


def _status(said: str, over: bool) -> str:
    if _GIVEN_UP.match(said):
        return "abandoned"
    return "answered" if over or _ANSWERED.match(said) else "open"


def _table_row(
    path: str, number: int, row: list[str], line: str, table: bool
) -> Iterator[Row | Problem]:
    """A resolved frontier: id, answer, session, date. The question itself is not in the row."""
    first = _CELL.match(row[0])
    named = bool(first) and any(char.isdigit() for char in row[0])
    if not (table and first and named) and not re.match(rf"\W*{_ID}\b", row[0]):
        return
    if not first or len(row) < 2 or not row[1]:
        remedy = f"mend line {number} of {quote(path)}, then import again"
        yield Problem(path, number, "a frontier's row without an answer", remedy, "warning")
        return
    # A pipe in the answer makes more cells: session and date are still the last two.
    end = -2 if len(row) >= 4 else 2
    answer = "|".join(spelled.pieces(line)[1:end]).strip()
    session, date = [*row[end:], "", ""][:2]
    status = _status(answer, over=True)
    verdict = {"status": status, "status_said": spelled.shorten(answer, 200)}
    more = {"session": spelled.session(session), "date": date, "note": first[2].strip(" ()")}
    yield Row(
        KIND, first[1], spelled.shorten(answer), path, number,
        body=answer,
        keys=verdict | {key: value for key, value in more.items() if value} | _domain(path),
        text=line, rank=(2, len(answer)), settles=verdict, scope=_scope(path, first[1]),
    )  # fmt: skip


def _scope(path: str, name: str) -> str:
    """Numbered frontiers are the whole board's; a named one may be another elsewhere."""
    return "" if name[1:].isdigit() else posixpath.dirname(path)


def _domain(path: str) -> dict[str, Any]:
    found = _COVERED.fullmatch(path)
    return {"domain": [found[1]]} if found and found[1] else {}
