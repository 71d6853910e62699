"""What the records of a board say, apart from what they link to: the texts that vectors are of.

Two records that cite the same one share its id, and would be alike for that alone. So every
link is left out, and what is grouped by its text can be tested by its citations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import prose
from swarm.errors import CacheDamaged
from swarm.records import KNOWLEDGE

if TYPE_CHECKING:
    from swarm.view import View

_KNOWN = (
    "SELECT n.doc, d.id, d.kind, d.path, n.marks, d.title, d.head, d.body "
    "FROM node n JOIN doc d ON d.doc = n.doc WHERE n.view = ? AND n.kind IN ({}) ORDER BY n.place"
)


class Worded(NamedTuple):
    """A record and its words."""

    doc: int
    id: str
    kind: str
    path: str
    marks: tuple[str, ...]  # archived, superseded, …
    text: str


def of(view: View, kinds: Sequence[str] = KNOWLEDGE) -> list[Worded]:
    """Every record of some kinds with what it says, in the order in which they came."""
    asked = _KNOWN.format(", ".join("?" * len(kinds)))
    found = []
    for doc, *texts in view.rows(asked, view.number, *kinds):
        if not all(isinstance(text, str) for text in texts):
            raise CacheDamaged("the cache cannot be read: a text is none")
        record_id, kind, path, marks, *parts = texts
        found.append(Worded(doc, record_id, kind, path, tuple(marks.split()), said(*parts)))
    return found


def said(title: str, head: str, body: str) -> str:
    """The words of a record; one that is about to be written has them, too."""
    return "\n".join(filter(None, (prose.unlinked(part) for part in (title, head, body))))
