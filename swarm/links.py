"""What the edges of a view lead to, and what follows from that for its records.

Kept beside the files of a view, so that a reader need not ask again. Only what a
change touches is looked at: the edges of changed files, and the edges of others
that go by a name which changed hands; then the nodes at the ends of those. What
comes out is a function of what is shown, whichever way it came about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from swarm import leaning, settling

if TYPE_CHECKING:
    import sqlite3

_TEMPORARY = """
CREATE TEMP TABLE IF NOT EXISTS changed (doc INTEGER PRIMARY KEY);
CREATE TEMP TABLE IF NOT EXISTS borne (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS turned (source INTEGER, edge INTEGER, PRIMARY KEY (source, edge));
CREATE TEMP TABLE IF NOT EXISTS sought (name TEXT PRIMARY KEY, doc INTEGER) WITHOUT ROWID;
DELETE FROM changed;
DELETE FROM borne;
DELETE FROM turned;
DELETE FROM sought;
"""

# Edges of what changed, and edges of others by a name that what changed bears or bore.
_TURNED = (
    "SELECT e.doc, e.rowid FROM changed c CROSS JOIN edge e ON e.doc = c.doc",
    "SELECT e.doc, e.rowid FROM borne b CROSS JOIN edge e ON e.name = b.name "
    "CROSS JOIN node s ON s.view = ? AND s.doc = e.doc",
    "SELECT e.doc, e.rowid FROM borne b CROSS JOIN edge e ON e.other = b.name "
    "CROSS JOIN node s ON s.view = ? AND s.doc = e.doc",
)

# What those names mean: each is looked up once, however many edges go by it.
_SOUGHT = (
    "SELECT e.name, NULL FROM turned t CROSS JOIN edge e ON e.rowid = t.edge",
    "SELECT e.other, NULL FROM turned t CROSS JOIN edge e ON e.rowid = t.edge "
    "WHERE e.other IS NOT NULL",
)
_BEST = (
    "SELECT n.doc FROM name n JOIN file f ON f.view = ? AND f.doc = n.doc "
    "WHERE n.name = sought.name ORDER BY n.rank, f.path LIMIT 1"
)


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
    db.execute(
        "INSERT OR IGNORE INTO borne SELECT n.name FROM changed c "
        "CROSS JOIN name n ON n.doc = c.doc"
    )
    for which in _TURNED:
        db.execute(f"INSERT OR IGNORE INTO turned {which}", (view,) * which.count("?"))
    for which in _SOUGHT:
        db.execute(f"INSERT OR IGNORE INTO sought {which}")
    db.execute(f"UPDATE sought SET doc = ({_BEST})", (view,))
    _unsettle_ends(db, view)
    db.execute(
        "DELETE FROM link WHERE view = ? AND (source, edge) IN (SELECT source, edge FROM turned)",
        (view,),
    )
    db.execute(
        "INSERT INTO link (view, source, edge, target, type) "
        "SELECT :view, source, edge, target, type FROM ("
        "SELECT t.source, t.edge, e.type, coalesce(a.doc, b.doc) AS target "
        "FROM turned t CROSS JOIN edge e ON e.rowid = t.edge "
        "CROSS JOIN node s ON s.view = :view AND s.doc = t.source "
        "LEFT JOIN sought a ON a.name = e.name LEFT JOIN sought b ON b.name = e.other) "
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


def settle(
    db: sqlite3.Connection, view: int, half_life: float, told: Collection[str] | None
) -> None:
    """Give every node its place, what was left on it, and how much leans on it."""
    settling.place(db, view, half_life, told)
    leaning.mark(db, view)
    settling.fold(db, view, half_life)
    leaning.count(db, view)
