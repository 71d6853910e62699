"""Rules that nothing enforces: beliefs that say they are enforced, where nothing would do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from swarm import moments
from swarm.records import Found, Record, shown

if TYPE_CHECKING:
    from swarm.board import Board

_ENFORCED = (
    "SELECT b.doc, d.id, d.title, d.path, d.created, s.at, d.keys FROM node b "
    "JOIN doc d ON d.doc = b.doc JOIN file f ON f.view = b.view AND f.doc = b.doc "
    "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name "
    "WHERE b.view = ? AND b.kind = 'belief' AND b.status = 'enforced' ORDER BY b.place"
)


class Unenforced(NamedTuple):
    """A belief that only says so: since it was first there, as far as anybody knows."""

    id: str
    who: str
    why: str
    since: int
    doc: int


def unenforced(board: Board) -> Iterator[Unenforced]:
    """Every such belief, by the oracle's own rule; the oldest first."""
    rows = board.view.rows(_ENFORCED, board.view.number)
    if not rows:
        return
    from swarm import enforcing  # it brings the oracle along, and most boards need it not

    known = enforcing.Enforcers(board.place)
    paths = {row[3] for row in rows}

    def is_asked_for(entry: Found) -> bool:
        return shown(entry.path) in paths

    entries = filter(is_asked_for, board.place.listing)
    beliefs = {each.path: each for each in known.records(entries)}
    for doc, name, title, path, created, at, keys in rows:
        against = known.against(beliefs[path]) if path in beliefs else []
        if against:
            who = Record(name, "belief", title, path, json.loads(keys), "").author
            stated = moments.read(created) if created else None
            since = stated if stated is not None else at or 0
            yield Unenforced(name, who, f"{title}: {against[0].what}", since, doc)
