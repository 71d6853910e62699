"""Records → text or JSON. The only way to standard output.

Text from a record is data: whatever could steer a terminal or hide from a
reader is spelled out, here, for every line alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from swarm.errors import SwarmError
from swarm.records import Answer, Line, Problem

SCHEMA = "swarm/1"

_STYLES = {"id": "36", "kind": "2", "dim": "2", "bold": "1", "error": "31", "warning": "33"}

# Control characters but tab, bidirectional overrides, what has no width, tags, surrogates.
_UNSAFE = re.compile(
    "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f"
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0e\\ufeff\\uffa0\\ufff0-\\ufffb"
    "\\ud800-\\udfff\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]"
)


def safe(text: str) -> str:
    """One line of text with everything spelled out that a terminal would obey or hide."""
    return _UNSAFE.sub(_spelled, text)


def to_json(command: str, answer: Answer) -> str:
    """The envelope, on one line: it never needs more than one print."""
    told = {
        "schema": SCHEMA,
        "command": command,
        "data": answer.data,
        "problems": [problem.as_json() for problem in answer.problems],
    }
    import json  # whoever wants text does not pay for it

    text = json.dumps(told, ensure_ascii=False, default=list)
    return _UNSAFE.sub(_json_escape, text)


def error_to_json(command: str, error: SwarmError) -> str:
    """An error in the same envelope, so that a program has one thing to read."""
    problem = Problem(error.where, 0, error.what, error.remedy)
    return to_json(command, Answer({}, (problem,), error.exit_code))


def to_text(lines: Iterable[Line], colour: bool) -> Iterator[str]:
    """Lines ready for a terminal or a pipe."""
    for line in lines:
        spans = [(line, "")] if isinstance(line, str) else line
        yield "".join(_styled(safe(text), style if colour else "") for text, style in spans)


def record(brief: Mapping[str, Any], note: str = "") -> Line:
    """A record in a list: id, title, and a word about it."""
    return [(brief["id"], "id"), (f"  {brief['title']}", ""), (f"  {note}" if note else "", "dim")]


def problem(told: Problem) -> Line:
    """What is wrong, where, and how to mend it."""
    where = f"{told.path}:{told.line}" if told.line else told.path
    return [(told.level, told.level), (f" {where}: {told.what}", ""), (f" → {told.remedy}", "dim")]


def error(told: SwarmError) -> list[Line]:
    """An error for a person: what, where, what to do."""
    lines: list[Line] = [[("swarm: ", "error"), (told.what, "")]]
    if told.where:
        lines.append(f"  where: {told.where}")
    if told.remedy:
        lines.append(f"  try:   {told.remedy}")
    return lines


def table(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Rows in columns, the first one a heading; numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width)
            if cell.isdigit() or (not number and width and at)
            else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield [("  ".join(cells).rstrip(), "bold" if not number else "")]


def _styled(text: str, style: str) -> str:
    code = _STYLES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
