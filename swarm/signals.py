"""Open signals: what surprised somebody, by what it puts in doubt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.records import SIGNAL_CLASSES, first_word

if TYPE_CHECKING:
    from swarm.view import View

_OPEN = (
    "SELECT d.id, d.title, d.path, d.keys FROM node n INDEXED BY node_of "
    "JOIN doc d ON d.doc = n.doc WHERE n.view = ? AND n.kind = 'signal' "
    "AND n.status IN ('open', '') ORDER BY n.place"
)


class Signal(NamedTuple):
    """A surprise that nobody has answered yet."""

    id: str
    title: str
    path: str
    sort: str  # its class; empty when it says none that there is

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.title, "path": self.path, "class": self.sort}


def standing(view: View) -> list[Signal]:
    """Every open signal, the oldest first."""
    found = []
    for record_id, title, path, keys in view.rows(_OPEN, view.number):
        sort = first_word(json.loads(keys).get("class") or "")
        known = sort if sort in SIGNAL_CLASSES else ""
        found.append(Signal(record_id, title, path, known))
    return found
