"""What the edges of a view lead to, in which order its records came, and what they left.

Kept beside the files of a view, so that a reader need not ask again. Only what a
change touches is looked at: the edges of changed files, and the edges of others
that go by a name which changed hands; then the nodes at the ends of those. What
comes out is a function of what is shown, whichever way it came about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from swarm import moments, trails
from swarm.records import domains, first_word

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


_DIGITS = re.compile(r"0*+([0-9]*)(?<=[0-9])")


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
    """Give every node its place, and fold anew what was left on those that changed."""
    (known,) = db.execute("SELECT half_life FROM view WHERE view = ?", (view,)).fetchone()
    if known != half_life:
        db.execute("UPDATE view SET half_life = ? WHERE view = ?", (half_life, view))
        db.execute("UPDATE node SET settled = 0 WHERE view = ?", (view,))
    _place(db, view, told)
    db.executemany(
        "UPDATE node SET trail = ?, warning = ?, touched = ?, marks = ?, status = ?, domain = ?, "
        "settled = 1 WHERE view = ? AND doc = ?",
        [(*told, view, doc) for doc, *told in _folded(db, view, half_life)],
    )


def _place(db: sqlite3.Connection, view: int, told: Collection[str] | None) -> None:
    """Number the records in the order of their arrival: what is not committed comes last.

    Only what is new, or what history told of, is asked for its place in that order again.
    """
    if told is None:
        db.execute("UPDATE node SET arrival = NULL WHERE view = ?", (view,))
    elif told:
        rows = db.execute("SELECT doc, name FROM file WHERE view = ? AND doc IS NOT NULL", (view,))
        turned = [(view, doc) for doc, name in rows if name in told]
        db.executemany("UPDATE node SET arrival = NULL WHERE view = ? AND doc = ?", turned)
    fresh = db.execute(
        "SELECT n.doc, s.rank, d.created, s.at, d.id, d.path, d.oid "
        "FROM node n INDEXED BY node_new "
        "JOIN file f INDEXED BY file_of ON f.view = n.view AND f.doc = n.doc "
        "JOIN doc d ON d.doc = n.doc "
        "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name "
        "WHERE n.view = ? AND n.arrival IS NULL",
        (view,),
    ).fetchall()
    db.executemany(
        "UPDATE node SET arrival = ? WHERE view = ? AND doc = ?",
        [(_arrival(*told_of), view, doc) for doc, *told_of in fresh],
    )
    ordered = db.execute(
        "SELECT doc, place FROM node INDEXED BY node_order WHERE view = ? ORDER BY arrival",
        (view,),
    )
    moved = [(at, view, doc) for at, (doc, place) in enumerate(ordered) if at != place]
    if not moved:
        return
    db.executemany("UPDATE node SET place = ?, settled = 0 WHERE view = ? AND doc = ?", moved)
    db.executemany(
        "UPDATE node SET settled = 0 WHERE view = ?1 AND settled = 1 AND doc IN "
        "(SELECT target FROM link WHERE view = ?1 AND source = ?2)",
        [(view, doc) for _, view, doc in moved],
    )


_FAR = 10**15  # seconds: what a commit or a head claims beyond it comes at the end all the same


def _arrival(
    rank: int | None, created: str | None, at: int | None, record_id: str, path: str, oid: str
) -> bytes:
    """When it came, as bytes that sort as it came."""
    stated = moments.read(created) if created else None
    when = stated if stated is not None else at or 0
    place = "~" if rank is None else f"{rank:010d}"
    moment = min(max(when, -_FAR), _FAR) + _FAR
    parts = (place, f"{moment:016d}", f"{_natural(record_id)}\0", path, oid)
    return "\0".join(parts).encode("utf-8", "surrogatepass")


def _natural(text: str) -> str:
    """A sort key in which eip-20 comes before eip-155."""
    return _DIGITS.sub(lambda found: f"\0{len(found[1]):04d}{found[1]}\0", text)


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
        status = first_word(held.get("status") or "")
        yield (
            doc,
            trails.fold((each for each in left if not each.warning), half_life),
            trails.fold((each for each in left if each.warning), half_life),
            max([place, *(each.place for each in left)]),
            " ".join(_marks(kind, path, status, str(held.get("confidence")), citations)),
            status,
            ", ".join(domains(held)).lower(),
        )


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
    unsure = kind in ("lesson", "principle") and first_word(confidence) == "theorized"
    if unsure or (kind == "belief" and status == "aspirational"):
        yield "unverified"
