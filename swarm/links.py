"""What the edges of a view lead to, in which order its records came, and what they left.

Kept beside the files of a view, so that a reader need not ask again. Only what a
change touches is looked at: the edges of changed files, and the edges of others
that go by a name which changed hands; then the nodes at the ends of those. What
comes out is a function of what is shown, whichever way it came about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from swarm import moments, trails

if TYPE_CHECKING:
    import sqlite3

_TEMPORARY = """
CREATE TEMP TABLE IF NOT EXISTS changed (doc INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS turned (source INTEGER, edge INTEGER, PRIMARY KEY (source, edge));
DELETE FROM changed;
DELETE FROM turned;
"""

# Edges of what changed, and edges of others by a name that what changed bears or bore.
_TURNED = (
    "SELECT e.doc, e.rowid FROM changed c CROSS JOIN edge e ON e.doc = c.doc",
    "SELECT e.doc, e.rowid FROM changed c CROSS JOIN name n ON n.doc = c.doc "
    "CROSS JOIN edge e ON e.name = n.name CROSS JOIN node s ON s.view = ? AND s.doc = e.doc",
    "SELECT e.doc, e.rowid FROM changed c CROSS JOIN name n ON n.doc = c.doc "
    "CROSS JOIN edge e ON e.other = n.name CROSS JOIN node s ON s.view = ? AND s.doc = e.doc",
)

_BEST = (
    "SELECT n.doc FROM name n JOIN file f ON f.view = :view AND f.doc = n.doc "
    "WHERE n.name = {name} ORDER BY n.rank, f.path LIMIT 1"
)


_DIGITS = re.compile(r"([0-9]+)")


def update(db: sqlite3.Connection, view: int, added: Iterable[int], gone: Iterable[int]) -> None:
    """Lead every edge to what bears its name, after a view took in some files and lost others.

    What is at the end of an edge that turned is left unsettled.
    """
    fresh, lost = [(view, doc) for doc in added], [(view, doc) for doc in gone]
    for statement in _TEMPORARY.strip().splitlines():
        db.execute(statement)
    known = "SELECT ?, doc, kind FROM doc WHERE doc = ? AND id IS NOT NULL"
    db.executemany(f"INSERT OR IGNORE INTO node (view, doc, kind) {known}", fresh)
    db.executemany("DELETE FROM node WHERE view = ? AND doc = ?", lost)
    db.executemany("INSERT OR IGNORE INTO changed VALUES (?)", [row[1:] for row in fresh + lost])
    for which in _TURNED:
        db.execute(f"INSERT OR IGNORE INTO turned {which}", (view,) * which.count("?"))
    _unsettle_ends(db, view)
    turned = db.execute("SELECT ?, source, edge FROM turned", (view,)).fetchall()
    db.executemany("DELETE FROM link WHERE view = ? AND source = ? AND edge = ?", turned)
    by_name, by_path = _BEST.format(name="e.name"), _BEST.format(name="e.other")
    db.execute(
        "INSERT INTO link (view, source, edge, target, type) "
        "SELECT :view, source, edge, target, type FROM ("
        f"SELECT t.source, t.edge, e.type, coalesce(({by_name}), ({by_path})) AS target "
        "FROM turned t CROSS JOIN edge e ON e.rowid = t.edge "
        "CROSS JOIN node s ON s.view = :view AND s.doc = t.source) "
        "WHERE target <> source",
        {"view": view},
    )
    _unsettle_ends(db, view)


def _unsettle_ends(db: sqlite3.Connection, view: int) -> None:
    db.execute(
        "UPDATE node SET settled = 0 WHERE view = :view AND doc IN ("
        "SELECT l.target FROM turned t CROSS JOIN link l "
        "ON l.view = :view AND l.source = t.source AND l.edge = t.edge)",
        {"view": view},
    )


def settle(db: sqlite3.Connection, view: int, half_life: float) -> None:
    """Give every node its place, and fold anew what was left on those that changed."""
    (known,) = db.execute("SELECT half_life FROM view WHERE view = ?", (view,)).fetchone()
    if known != half_life:
        db.execute("UPDATE view SET half_life = ? WHERE view = ?", (half_life, view))
        db.execute("UPDATE node SET settled = 0 WHERE view = ?", (view,))
    _place(db, view)
    db.executemany(
        "UPDATE node SET trail = ?, warning = ?, touched = ?, marks = ?, status = ?, domain = ?, "
        "settled = 1 WHERE view = ? AND doc = ?",
        [(*told, view, doc) for doc, *told in _folded(db, view, half_life)],
    )


def _place(db: sqlite3.Connection, view: int) -> None:
    """Number the records in the order of their arrival: what is not committed comes last."""
    rows = db.execute(
        "SELECT n.doc, n.place, s.rank, d.created, s.at, d.id, d.path FROM node n "
        "JOIN file f INDEXED BY file_of ON f.view = n.view AND f.doc = n.doc "
        "JOIN doc d ON d.doc = n.doc "
        "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name WHERE n.view = ?",
        (view,),
    ).fetchall()
    rows.sort(key=_arrival)
    moved = [(place, view, row[0]) for place, row in enumerate(rows) if row[1] != place]
    if not moved:
        return
    db.executemany("UPDATE node SET place = ?, settled = 0 WHERE view = ? AND doc = ?", moved)
    db.executemany(
        "UPDATE node SET settled = 0 WHERE view = ?1 AND settled = 1 AND doc IN "
        "(SELECT target FROM link WHERE view = ?1 AND source = ?2)",
        [(view, doc) for _, view, doc in moved],
    )


def _arrival(row: tuple[Any, ...]) -> tuple[Any, ...]:
    _, _, rank, created, at, record_id, path = row
    stated = moments.read(created) if created else None
    when = stated if stated is not None else at or 0
    return rank is None, rank or 0, when, _natural(record_id), path


def _natural(text: str) -> list[tuple[int, str]]:
    """A sort key in which eip-20 comes before eip-155."""
    parts = [part.lstrip("0") if at % 2 else part for at, part in enumerate(_DIGITS.split(text))]
    return [(len(part) if at % 2 else 0, part) for at, part in enumerate(parts)]


def _folded(db: sqlite3.Connection, view: int, half_life: float) -> Iterator[tuple[Any, ...]]:
    """Every unsettled node with what was left on it: two levels, its last touch, its marks."""
    nodes = db.execute(
        "SELECT n.doc, n.place, d.kind, d.path, d.keys FROM node n JOIN doc d ON d.doc = n.doc "
        "WHERE n.view = ? AND n.settled = 0 ORDER BY n.doc",
        (view,),
    ).fetchall()
    links = db.execute(
        "SELECT t.doc, s.place, l.type, d.kind, "
        "CASE WHEN d.kind IN ('task', 'challenge') THEN d.keys ELSE '{}' END "
        "FROM node t CROSS JOIN link l ON l.view = t.view AND l.target = t.doc "
        "CROSS JOIN node s ON s.view = t.view AND s.doc = l.source "
        "CROSS JOIN doc d ON d.doc = l.source WHERE t.view = ? AND t.settled = 0 ORDER BY t.doc",
        (view,),
    )
    grouped = groupby(links, key=lambda row: row[0])
    target, rows = next(grouped, (None, iter(())))
    for doc, place, kind, path, keys in nodes:
        citations: list[trails.Citation] = []
        if target == doc:
            citations = [
                trails.Citation(at, type_, source, json.loads(held))
                for _, at, type_, source, held in rows
            ]
            target, rows = next(grouped, (None, iter(())))
        left = trails.deposits(place, citations)
        held = json.loads(keys)
        status = str(held.get("status") or "").strip().lower()
        yield (
            doc,
            trails.fold((each for each in left if not each.warning), half_life),
            trails.fold((each for each in left if each.warning), half_life),
            max([place, *(each.place for each in left)]),
            " ".join(_marks(kind, path, status, str(held.get("confidence")), citations)),
            status,
            _domain(held.get("domain")),
        )


def _domain(stated: Any) -> str:
    """What a record says it is about, as one name."""
    listed = stated if isinstance(stated, list) else [stated]
    return ", ".join(str(each).strip().lower() for each in listed if each)


def _marks(
    kind: str, path: str, status: str, confidence: str, citations: list[trails.Citation]
) -> Iterator[str]:
    """What a reader must know before he believes a record."""
    if status == "falsified" or any(
        each.type == "contradicts" and not trails.is_void(each) for each in citations
    ):
        yield "contradicted"
    if status == "superseded" or any(each.type == "supersedes" for each in citations):
        yield "superseded"
    if "archive" in path.split("/")[:-1] or status == "archived":
        yield "archived"
    unsure = kind in ("lesson", "principle") and "theorized" in confidence.lower()
    if unsure or (kind == "belief" and status == "aspirational"):
        yield "unverified"
