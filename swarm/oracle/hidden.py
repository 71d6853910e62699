"""A record shows all that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

# Joiners belong into Persian, Hindi and emoji, marks of direction into Hebrew; a flag is made of
# tags. None of them belongs between two ASCII characters, and overrides belong nowhere.
_HIDDEN = (
    ("text that runs backwards", "[\u202a-\u202e\u2066-\u2069]"),
    ("characters without width", "[\u200b\u2060-\u2064\u180e]|(?<!\\A)\ufeff"),
    ("characters without width", "(?<=[\x00-\x7f])[\u200c\u200d]+(?=[\x00-\x7f]|\\Z)"),
    ("letters that nothing shows", "[\u115f\u1160\u3164\uffa0](?![\u1100-\u11ff\u3130-\u318f])"),
    (
        "tags that nothing shows",
        "(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
        "|(?<=\U0001f3f4)[\U000e0000-\U000e007f]{9,}",
    ),
    (
        "variants of nothing",
        "[\ufe00-\ufe0f]{2,}|[\U000e0100-\U000e01ef]{2,}"
        "|(?<=[\x00-\x7f])[\ufe00-\ufe0d\U000e0100-\U000e01ef]",
    ),
)

_RANGES = (
    ("\u115f", "\u1160"), ("\u180e", "\u180e"), ("\u200b", "\u200d"), ("\u202a", "\u202e"),
    ("\u2060", "\u2069"), ("\u3164", "\u3164"), ("\ufe00", "\ufe0f"), ("\ufeff", "\ufeff"),
    ("\uffa0", "\uffa0"), ("\U000e0000", "\U000e01ef"),
)  # fmt: skip


@standing("hidden-text", "what a reviewer cannot see, a model reads", always=True)
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if not file.is_plain or not _may_hide(file.text):
        return
    whole = "|".join(f"({form})" for _, form in _HIDDEN)
    for line, found in file.matches(whole):
        name = _HIDDEN[(found.lastindex or 1) - 1][0]
        code = f"U+{ord(found[0][0]):04X}"
        what = f"{name}: {code} beside {_beside(file.text, found)!r}"
        yield Problem(file.path, line, what, f"delete it from line {line}")


def _beside(text: str, found: re.Match[str]) -> str:
    """What stands around it in its line, by which it can be told from another one."""
    before = text[max(found.start() - 12, 0) : found.start()].rpartition("\n")[2]
    around = before + text[found.end() : found.end() + 12].partition("\n")[0]
    return " ".join("".join(each if each.isprintable() else " " for each in around).split())


def _may_hide(text: str) -> bool:
    """Whether a text holds any such character: most hold none, and need no closer look."""
    return any(low <= each <= high for each in set(text) if each > "\x7f" for low, high in _RANGES)
