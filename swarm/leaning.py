"""Who leans on whom: how much would feel it if a record were wrong.

A link leans unless its type says otherwise. Counted are the records that lean on
one, and those that lean on these; at either hop no more than three of one voice,
so that nobody makes his own work matter by writing much. Kept with the nodes,
and counted anew where a change may have turned the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

LOOSE = ("contradicts", "supersedes", "tests", "read_next", "isomorphic")
MOST = 3  # of one voice, at each hop

_LEANS = f"type NOT IN ({', '.join(map(repr, LOOSE))})"
_TEMPORARY = """
CREATE TEMP TABLE IF NOT EXISTS turning (doc INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS asking (doc INTEGER PRIMARY KEY);
DELETE FROM turning;
DELETE FROM asking;
"""

Leaners = Mapping[int, set[int]]


class Nodes(NamedTuple):
    """When the records of some rows came, and whose they are, by the numbers of the rows."""

    places: Sequence[int]
    voices: Sequence[int]  # each voice as a number: millions of them are compared


class Reach(NamedTuple):
    """How many lean on a record, at first and at second hand, and whether others did later."""

    near: int
    far: int
    used: bool


def mark(db: sqlite3.Connection, view: int) -> None:
    """Note whose count may turn: what is unsettled, and what that leans on.

    A link that turned has unsettled its target. There its source counts at first
    hand, and for whatever that target leans on at second hand; no further.
    """
    for statement in _TEMPORARY.strip().splitlines():
        db.execute(statement)
    db.execute(
        "INSERT INTO asking SELECT doc FROM node INDEXED BY node_unsettled "
        "WHERE view = ? AND settled = 0",
        (view,),
    )
    db.execute("INSERT INTO turning SELECT doc FROM asking")
    db.execute(
        "INSERT OR IGNORE INTO turning SELECT l.target FROM asking a CROSS JOIN link l "
        f"ON l.view = ? AND l.source = a.doc AND l.{_LEANS}",
        (view,),
    )


def count(db: sqlite3.Connection, view: int) -> None:
    """Count anew what was marked. By now every node has its place and its voice."""
    turning = {doc for (doc,) in db.execute("SELECT doc FROM turning")}
    leaners = _leaners(db, view, turning)
    nodes = _nodes(db, view, turning.union(*leaners.values()))
    db.executemany(
        "UPDATE node SET near = ?, far = ?, used = ? WHERE view = ? AND doc = ?",
        [(*reach(doc, leaners, nodes), view, doc) for doc in sorted(turning)],
    )


def reach(doc: int, leaners: Leaners, nodes: Nodes) -> Reach:
    """How much leans on a row. Every record counts once, at its nearest hop."""
    near = leaners.get(doc, set()) - {doc}
    if not near:
        return Reach(0, 0, False)
    far = set().union(*[leaners[each] for each in near if each in leaners]) - near
    far.discard(doc)
    places, voices = nodes
    place, voice = places[doc], voices[doc]
    used = any(
        places[each] > place and voices[each] != voice for hop in (near, far) for each in hop
    )
    return Reach(_fairly(near, voices), _fairly(far, voices), used)


def _fairly(docs: Iterable[int], voices: Sequence[int]) -> int:
    """How many rows these are when no voice counts for more than so many."""
    said = sorted(map(voices.__getitem__, docs))
    too_many = [one for one, other in zip(said, said[MOST:], strict=False) if one == other]
    return len(said) - len(too_many)


def _leaners(db: sqlite3.Connection, view: int, docs: set[int]) -> Leaners:
    """What leans on each of some rows, and on each that leans on one of those."""
    found: dict[int, set[int]] = {}
    asked: set[int] = set()
    for _ in ("near", "far"):
        asked |= docs
        _ask(db, docs)
        rows = db.execute(
            "SELECT a.doc, l.source FROM asking a CROSS JOIN link l "
            f"ON l.view = ? AND l.target = a.doc AND l.{_LEANS}",
            (view,),
        )
        for target, source in rows:
            found.setdefault(target, set()).add(source)
        docs = set().union(*found.values()) - asked
    return found


def _nodes(db: sqlite3.Connection, view: int, docs: set[int]) -> Nodes:
    _ask(db, docs)
    rows = db.execute(
        "SELECT n.doc, n.place, n.voice FROM asking a CROSS JOIN node n "
        "ON n.view = ? AND n.doc = a.doc",
        (view,),
    )
    places = [0] * (max(docs, default=0) + 1)
    voices = places[:]
    numbers: dict[str, int] = {}
    for doc, place, voice in rows:
        places[doc] = place
        voices[doc] = numbers.setdefault(voice, len(numbers))
    return Nodes(places, voices)


def _ask(db: sqlite3.Connection, docs: Iterable[int]) -> None:
    """Name the rows that the next question is about."""
    db.execute("DELETE FROM asking")
    db.executemany("INSERT INTO asking VALUES (?)", [(doc,) for doc in sorted(docs)])
