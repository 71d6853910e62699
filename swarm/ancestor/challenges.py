"""Challenges: rows of a table without ids, each against what its second cell names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from shlex import quote
from typing import Any

from swarm.ancestor import text as spelled
from swarm.ancestor.source import Row
from swarm.records import Problem

KIND = "challenge"

_COVERED = re.compile(r"beliefs/CHALLENGES[\w-]*\.md")
_SESSION = re.compile(r"S?\d+[a-z]?")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_STATUS = {
    "OPEN": "open",
    "QUEUED": "open",
    "CONFIRMED": "dismissed",  # the table's own legend: the claim holds
    "DROPPED": "dismissed",
    "SUPERSEDED": "upheld",
    "REFINED": "upheld",
    "RESOLVED": "upheld",
}
# What "CONFIRMED" goes on to say when it is the challenge that was confirmed.
_GAVE_WAY = re.compile(
    r"challenge valid|narrowed|downgraded|refined|falsified|superseded|correct(?:ed|ions)",
    re.IGNORECASE,
)


def covers(path: str) -> bool:
    return _COVERED.fullmatch(path) is not None


def names(path: str, line: str) -> Iterator[str]:
    row = spelled.cells(line) if line.startswith("|") else []
    if len(row) >= 6 and _SESSION.fullmatch(row[0]):
        yield _id(row)


def read(path: str, text: str) -> Iterator[Row | Problem]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.lstrip().startswith("|"):
            continue
        row = spelled.cells(line)
        if spelled.is_rule(row) or row[0].lower() == "session":
            continue
        if len(row) < 6 or not _SESSION.fullmatch(row[0]):
            what = f"{len(row)} cells, where a challenge has 6 and begins with its session"
            remedy = f"mend line {number} of {quote(path)}, then import again"
            yield Problem(path, number, what, remedy, "warning")
            continue
        yield _row(path, number, row, line)


def _id(row: list[str]) -> str:
    """The same for as long as session, target and claim stay: a verdict changes the rest."""
    digest = hashlib.sha256("\0".join(spelled.plain(cell) for cell in row[:3]).encode(
        "utf-8", "surrogateescape")).digest()  # fmt: skip
    letters = [_CROCKFORD[byte % 32] for byte in digest[:6]]
    if not any(letter.isdigit() for letter in letters):
        letters[0] = _CROCKFORD[digest[0] % 10]  # so that no word in a text is ever an id
    return "C-" + "".join(letters)


def _row(path: str, number: int, row: list[str], line: str) -> Row:
    # A pipe in the text makes more cells: the verdict is still the last one.
    session, target, claim, evidence, *_, verdict = row
    proposed = "|".join(spelled.pieces(line)[4:-1]).strip()
    keys: dict[str, Any] = {"status": _status(verdict), "session": spelled.session(session)}
    targets = [re.sub(r"^B-(?=\d)", "B", name) for name in _targets(target)]
    if targets:
        keys["contradicts"] = targets
    if targets != [target]:
        keys["target"] = spelled.plain(target)
    keys["resolution"] = spelled.plain(verdict)
    parts = (claim, "## Evidence", evidence, "## Proposed", proposed, "## Resolution", verdict)
    return Row(
        KIND, _id(row), spelled.shorten(claim) or spelled.plain(target), path, number,
        body="\n\n".join(part for part in parts if part),
        keys=keys, text=line,
    )  # fmt: skip


def _targets(target: str) -> list[str]:
    """The ids before the brackets, or the one name that could be an id."""
    bare = re.sub(r"\([^)]*\)", " ", target).replace("/", " ")
    first = bare.split()[0] if bare.split() else ""
    alone = [first] if spelled.WORD.fullmatch(first) and bare.split() == [first] else []
    return spelled.ids(bare) or alone


def _status(verdict: str) -> str:
    found = re.match(r"[A-Z]+", spelled.plain(verdict))
    word = found[0] if found else "OPEN"
    if word == "CONFIRMED" and _GAVE_WAY.search(verdict):
        return "upheld"
    return _STATUS.get(word, "open")
