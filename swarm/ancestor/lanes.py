"""Lanes: 12-column rows of a log, where a newer row of a lane replaces the one before it.

One cell holds all that has no column: `setup=wsl; expect=…; actual=…, progress=closed`.
Its values are sentences that may hold commas, semicolons and equals signs
themselves. What ends one is a separator and then a key of the lane contract.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from shlex import quote
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import RESULT, Row, expecting
from swarm.records import Problem

KIND = "task"

_COVERED = re.compile(r"(?:domains/[^/]+/)?tasks/SWARM-LANES([\w-]*)\.md")
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_COLUMNS = ("date", "lane", "session", "by", "branch", "pr", "model", "platform", "scope")
_STATUS = {
    "MERGED": "closed",
    "CLOSED": "closed",
    "DONE": "closed",
    "ABANDONED": "abandoned",
    "SUPERSEDED": "abandoned",
}
_WORDS = spelled.words("CLAIMED ACTIVE BLOCKED READY OPEN QUEUED") | set(_STATUS)
_LASTING = ("expect", "observed", "diff", "tests", "cites", "artifact", "intent", "domain")
_KEY = re.compile(r"(?:^|([;,])\s*)([A-Za-z][\w-]*)=")
# Values written as sentences: inside them only a key of the contract is a key.
_PROSE = spelled.words("expect actual diff intent self_apply objective note notes next")
_CONTRACT = _PROSE | spelled.words(
    """setup focus available blocked next_step human_open_item artifact frontier check_mode
    check_focus domain_sync memory_target mode personality dispatch level role progress slot
    reassigned_from runtime historian_check session_anchor wip_cap capabilities"""
)
_APPENDED = frozenset(("progress", "next_step"))  # written after a comma when a lane is closed
_CITED = re.compile(r"[LP]-|B-?\d")
_UNSET = frozenset(("", "-", "tbd", "todo", "pending", "?"))
_IDLE = frozenset({"", "-", "n/a", "none"})


def covers(path: str) -> bool:
    return _COVERED.fullmatch(path) is not None


def names(path: str, line: str) -> Iterator[str]:
    for row in _rows(line):
        yield _id(row)


def moments(line: str) -> Iterator[tuple[str, str]]:
    """Which lanes a line says to expect something, and what; and which to have a result."""
    for row in _rows(line) if "expect=" in line or "actual=" in line or "diff=" in line else ():
        status = _status_at(row)
        said = _values(_etc_cell(row, status)) if status is not None else {}
        if said.get("expect", "").lower() not in _IDLE:
            yield _id(row), expecting(said["expect"])
        if "actual" in said or said.get("diff", "").lower() not in _IDLE:
            yield _id(row), RESULT


def read(path: str, text: str) -> Iterator[Row | Problem]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.lstrip().startswith("|"):
            continue
        rows = list(_rows(line))
        for row in rows:
            status = _status_at(row)
            if status is None:
                what = f"{len(row)} cells and no status among them, where a lane has 12"
                yield Problem(path, number, what, _mend(path, number), "warning")
            else:
                yield _row(path, number, row, status, line if len(rows) == 1 else "")
        head = [] if rows else spelled.cells(line)
        if len(head) > 5 and not spelled.is_rule(head) and head[0].lower() != "date":
            what = "a row of the log that does not begin with a date"
            yield Problem(path, number, what, _mend(path, number), "warning")


def _mend(path: str, number: int) -> str:
    return f"mend line {number} of {quote(path)}, then import again"


def _rows(line: str) -> Iterator[list[str]]:
    """The rows of one line: a lost line break leaves two of them in it."""
    pieces = spelled.pieces(line) if line.lstrip().startswith("|") else []
    starts = [at for at in range(len(pieces) - 1) if _starts(pieces, at)]
    for start, end in itertools.pairwise([*starts, len(pieces)]):
        yield pieces[start:end]


def _starts(pieces: list[str], at: int) -> bool:
    if not _DATE.fullmatch(pieces[at].strip()):
        return False
    return at == 0 or (at >= 11 and _status_at(pieces[at:]) is not None)


def _status_at(row: list[str]) -> int | None:
    """Where the status stands: a pipe in the text before it moves it to the right."""
    places = (at for at in range(10, len(row)) if row[at].strip("* \t").upper() in _WORDS)
    return next(places, 10 if len(row) == len(_COLUMNS) + 3 else None)


def _id(row: list[str]) -> str:
    return row[1].strip("` *\t")


def _row(path: str, number: int, pieces: list[str], status: int, line: str) -> Row:
    said = dict(zip(_COLUMNS, (piece.strip() for piece in pieces), strict=False))
    more = _values(_etc_cell(pieces, status))
    notes = "|".join(pieces[status + 1 :]).strip(" |\t")
    raw = pieces[status].strip("* \t")
    newest = 0 if (_COVERED.fullmatch(path) or [""])[1] else 1  # the archive is the older file
    state = _STATUS.get(raw.upper(), "open")
    keys: dict[str, Any] = {"status": state, "lane_status": raw}
    keys |= _columns(said) | _etc(more, _id(pieces)) | _domain(said, more)
    return Row(
        KIND, _id(pieces), _title(more, notes, said, state), path, number,
        body=notes,
        keys=keys,
        text=line or f"|{'|'.join(pieces)}|",
        rank=(said["date"], newest, number),
        lends={key: keys[key] for key in _LASTING if key in keys},
    )  # fmt: skip


def _columns(said: dict[str, str]) -> dict[str, Any]:
    kept = {key: said[key] for key in _COLUMNS if said.get(key, "").lower() not in _IDLE}
    kept.pop("lane", None)
    return kept | ({"session": spelled.session(kept["session"])} if "session" in kept else {})


def _etc_cell(row: list[str], status: int) -> str:
    return "|".join(row[9:status]).strip()


def _values(cell: str) -> dict[str, str]:
    """Its keys with their values; what a key says again is added. "" holds what has no key."""
    values: dict[str, dict[str, None]] = {}
    for key, value in _cut(cell):
        if value.lower() not in _UNSET:
            values.setdefault(key, {})[value] = None
    return {key: "; ".join(said) for key, said in values.items()}


def _cut(cell: str) -> Iterator[tuple[str, str]]:
    """The cell cut at its keys."""
    listed = ";" not in cell  # older lanes separate with commas alone
    key, start = "", 0
    for found in _KEY.finditer(cell):
        value = cell[start : found.start()]
        if key and not _begins(found[2], found[1] or "", key, value, listed):
            continue
        yield key, value.strip(" ;,")
        key, start = found[2], found.end()
    yield key, cell[start:].strip(" ;,")


def _begins(key: str, separator: str, before: str, value: str, listed: bool) -> bool:
    """Whether `key=` begins a key, rather than going on with the value before it."""
    if separator == "," and not listed and " " in value.strip():
        return key in _APPENDED
    return key in _CONTRACT or before not in _PROSE


def _etc(more: dict[str, str], lane: str) -> dict[str, Any]:
    """The contract's keys as tasks spell them, the others behind `lane_` where they mean more."""
    keys: dict[str, Any] = {}
    named: list[str] = []
    for key, value in more.items():
        named += spelled.ids(value)
        if key == "actual":
            keys["observed"] = value
        elif key == "frontier":
            keys |= spelled.linked("tests", value)
        elif key == "level":
            keys |= spelled.leading(key, value, spelled.LEVEL)
        elif key not in _CONTRACT:
            keys[f"lane_{spelled.key_of(key or 'etc')}"] = value
        elif value.lower() not in _IDLE:
            keys[key] = value
    tested = {*keys.get("tests", ()), lane}
    cited = [each for each in dict.fromkeys(named) if _CITED.match(each) and each not in tested]
    return keys | ({"cites": cited} if cited else {})


def _domain(said: dict[str, str], more: dict[str, str]) -> dict[str, Any]:
    for value in (more.get("focus", ""), said.get("scope", ""), more.get("memory_target", "")):
        found = re.search(r"\bdomains/([\w-]+)", value)
        if found:
            return {"domain": [found[1]]}
    return {}


def _title(more: dict[str, str], notes: str, said: dict[str, str], state: str) -> str:
    """What was meant to be done, when that is a sentence or was given up; else what was noted."""
    intent = re.sub(r"(?<=[a-z])-(?=[A-Za-z])", " ", more.get("intent", ""))
    if " " in more.get("intent", "") or (intent and state == "abandoned"):
        return spelled.shorten(intent)
    return spelled.shorten(notes) or intent or said["scope"] or said["lane"]
