"""The way around the oracle that leaves a mark: a reason, as a trailer of the commit. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = "SWARM_BYPASS"
TRAILER = "Swarm-Bypass"

_LONGEST = 500
_TRAILERS = re.compile(rb"(?:[A-Za-z0-9-]+[ \t]*:.*|[ \t]+\S.*|\(cherry picked from .*)")


def reason(environ: Mapping[str, str]) -> str:
    """Why somebody wants to be let through, in one line; nothing is no reason."""
    stated = environ.get(VARIABLE, "")[: 10 * _LONGEST]
    printable = "".join(each if each.isprintable() else " " for each in stated)
    return " ".join(printable.split())[:_LONGEST].rstrip()


def noted(message: bytes, why: str, comment: bytes) -> bytes | None:
    """A commit's message with the trailer; none when it says nothing that one could go with.

    `comment` begins the lines that git will take out; empty when it will take out none.
    """
    body, rest = _parted(message, comment)
    paragraphs = re.split(rb"\n[ \t\r]*\n", body)
    said = [each for each in body.split(b"\n") if each.strip() and not _is_aside(each, comment)]
    if not said:
        return None
    trailer = f"{TRAILER}: {why}".encode()
    if trailer in said:
        return message
    last = [each for each in paragraphs[-1].split(b"\n") if not _is_aside(each, comment)]
    goes_on = len(paragraphs) > 1 and all(map(_TRAILERS.fullmatch, last))
    return body + (b"\n" if goes_on else b"\n\n") + trailer + b"\n" + rest


def _parted(message: bytes, comment: bytes) -> tuple[bytes, bytes]:
    """What is said, and what git will cut off: below its scissors, and the comments at the end."""
    cut = re.search(rb"(?m)^%s -+ >8 -+$" % re.escape(comment or b"#"), message)
    lines = message[: cut.start() if cut else None].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or _is_aside(lines[-1], comment)):
        lines.pop()
    body = b"".join(lines)
    return body.rstrip(b"\r\n"), message[len(body) :]


def _is_aside(line: bytes, comment: bytes) -> bool:
    return bool(comment) and line.startswith(comment)
