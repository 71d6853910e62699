"""What a commit's message says: what git leaves of it, and the trailers it ends in. Pure.

A trailer is read where git reads it, in the last paragraph, which is never the subject:
what a message only quotes, nobody has said. Names are read in any letter case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLANK = re.compile(r"\n(?:[ \t\r]*\n)+")
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)
_OF_GIT = re.compile(r"Signed-off-by: |\(cherry picked from commit ")
_SCISSORS = r"(?m)^{} -{{24}} >8 -{{24}}$"


def cleaned(message: str, comment: str, *, edited: bool = True) -> str:
    """What git leaves of a message: nothing below its scissors, no comments, no blank ends.

    Nobody has been shown a comment where no editor was opened: a subject such as
    `#12 is mended` stays there.
    """
    cut = scissors(message, comment)
    lines = re.sub(r"\A\s*\n", "", message[:cut]).split("\n")
    kept = [
        line.rstrip()
        for number, line in enumerate(lines)
        if not is_aside(line, comment) or (number == 0 and not edited)
    ]
    return "\n".join(kept).strip("\n")


def scissors(message: str, comment: str) -> int | None:
    """Where git's own mark stands, below which it cuts everything off."""
    found = re.search(_SCISSORS.format(re.escape(comment)), message)
    return found.start() if found and comment else None


def is_aside(line: str, comment: str) -> bool:
    """Whether a line is one that git takes out."""
    return bool(comment) and line.startswith(comment)


def trailers(message: str) -> list[tuple[str, str]]:
    """The name, in small letters, and the value of each trailer."""
    return _told(paragraphs(message)[-1]) if paragraphs(message)[1:] else []


def may_tell(message: str) -> bool:
    """Whether any line behind the first looks like a trailer; git may yet cut it off."""
    return any(map(_TRAILER.fullmatch, message.strip().split("\n")[1:]))


def everywhere(message: str) -> list[tuple[str, str]]:
    """Those of all paragraphs that hold nothing else: a squash holds several messages."""
    return [each for lines in paragraphs(message)[1:] for each in _told(lines)]


def named(told: Sequence[tuple[str, str]], name: str) -> list[str]:
    """The values of some trailers that bear a name."""
    return [value for key, value in told if key == name.lower()]


def paragraphs(message: str) -> list[list[str]]:
    """The lines of each paragraph; the first one is the subject."""
    text = message.strip()
    return [each.split("\n") for each in _BLANK.split(text)] if text else []


def are_trailers(lines: Sequence[str]) -> bool:
    """Whether git takes a paragraph for trailers: all of it, or a part beside one of its own."""
    those = others = 0
    ours = goes_on = False
    for line in lines:
        if not (goes_on and line[:1] in " \t"):
            signed = _OF_GIT.match(line) is not None
            goes_on = signed or _TRAILER.fullmatch(line) is not None
            ours, those, others = ours or signed, those + goes_on, others + (not goes_on)
    return bool(those) and (not others or (ours and those * 3 >= others))


def _told(lines: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in lines if are_trailers(lines) else ():
        if line[:1] in " \t" and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        elif told := _TRAILER.fullmatch(line):
            found.append((told[1].lower(), told[2].strip()))
    return [each for each in found if each[1]]
