"""In which order the records of a view came, and what newer ones left on older ones.

Folded anew for the nodes that a change unsettled, and for no others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from swarm import moments, trails
from swarm.records import domains, first_word, voice

if TYPE_CHECKING:
    import sqlite3

_DIGITS = re.compile(r"0*+([0-9]*)(?<=[0-9])")


def place(
    db: sqlite3.Connection, view: int, half_life: float, told: Collection[str] | None
) -> None:
    """Number the records of a view; another half-life unsettles all of them."""
    (known,) = db.execute("SELECT half_life FROM view WHERE view = ?", (view,)).fetchone()
    if known != half_life:
        db.execute("UPDATE view SET half_life = ? WHERE view = ?", (half_life, view))
        db.execute("UPDATE node SET settled = 0 WHERE view = ?", (view,))
    _place(db, view, told)


def fold(db: sqlite3.Connection, view: int, half_life: float) -> None:
    """What each unsettled node is, and what was left on it."""
    columns = (
        "trail", "warning", "touched", "marks", "status", "domain",
        "use_apart", "warning_apart", "voice", "outcome", "proof",
    )  # fmt: skip
    db.executemany(
        f"UPDATE node SET {', '.join(f'{each} = ?' for each in columns)}, settled = 1 "
        "WHERE view = ? AND doc = ?",
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
    """Every unsettled node with what was left on it and what it says, in the order of `fold`."""
    nodes = db.execute(
        "SELECT n.doc, n.place, d.kind, d.path, d.keys FROM node n JOIN doc d ON d.doc = n.doc "
        "WHERE n.view = ? AND n.settled = 0 ORDER BY n.doc",
        (view,),
    ).fetchall()
    links = db.execute(
        "SELECT t.doc, s.place, l.type, d.kind, "
        "CASE WHEN d.kind IN ('task', 'challenge') THEN d.keys END "
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
                trails.Citation(at, type_, source, json.loads(held) if held else {})
                for _, at, type_, source, held in rows
            ]
            target, rows = next(grouped, (None, iter(())))
        left = trails.deposits(place, citations)
        held = json.loads(keys)
        status = first_word(held.get("status") or "")
        levels = _levels(left, half_life)
        apart = trails.uncounted(citations)
        yield (
            doc,
            *levels,
            max([place, *(each.place for each in left)]),
            " ".join(_marks(kind, path, status, str(held.get("confidence")), citations)),
            status,
            ", ".join(domains(held)).lower(),
            *(
                levels
                if len(apart) == len(citations)
                else _levels(trails.deposits(place, apart), half_life)
            ),
            voice(held),
            trails.outcome(kind, held),
            _proof(kind, held),
        )


def _levels(left: list[trails.Deposit], half_life: float) -> tuple[float | None, float | None]:
    """Use and warnings, each as one number."""
    return (
        trails.fold((each for each in left if not each.warning), half_life),
        trails.fold((each for each in left if each.warning), half_life),
    )


def _proof(kind: str, keys: dict[str, Any]) -> str:
    """What tells one verified close from another: its command and the files it ran on."""
    if not trails.is_verified(kind, keys):
        return ""
    import hashlib  # only such a close pays for it

    told = json.dumps([str(keys.get(key)) for key in ("verify", "checked")])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


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
