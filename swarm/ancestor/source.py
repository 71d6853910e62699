"""What is found in a source: a row that becomes a record, and what a history can date of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from swarm.records import fold

RESULT: Final = "a result"


def expecting(text: str) -> str:
    """The moment at which a row expects this, whatever its blanks and capitals."""
    return f"expects {fold(text)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the source has it. `text` is the row itself, to the letter.

    Of several rows with one id the highest rank becomes the record, among equals
    the first; the others are kept in its body. What such a row `settles`, a
    verdict over a question, holds for a record of the same scope; what it `lends`
    is for a record that does not say it itself. `moments` are its keys that a
    history dates: what was to be seen for the first time.
    """

    kind: str
    id: str
    title: str
    path: str
    line: int
    body: str
    keys: Mapping[str, Any]
    text: str
    rank: tuple[str | int, ...] = ()
    settles: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""
    lends: Mapping[str, Any] = field(default_factory=dict)
    archived: bool = False
    moments: Mapping[str, str] = field(default_factory=dict)
