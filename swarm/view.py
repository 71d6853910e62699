"""The reading side of the projection: questions to what a view shows.

Every method asks one question of one snapshot. What belongs together here is
the SQL; what the answers mean is decided further out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from swarm import moments, words
from swarm.errors import CacheDamaged
from swarm.records import Edge, Listed, Problem, Record, fold, id_in_name

BUSY_SECONDS = 5.0  # longer than any write takes; then memory answers

_RECORD = (
    "d.doc, d.keys, d.problems, d.created, s.at, d.id, d.kind, d.title, d.path, d.body, d.rule "
    "FROM file f INDEXED BY file_of JOIN doc d ON d.doc = f.doc AND d.id IS NOT NULL "
    "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name WHERE f.view = ?"
)


def connect(where: str) -> sqlite3.Connection:
    """A database whose SQL knows what words are."""
    db = sqlite3.connect(where, timeout=BUSY_SECONDS, isolation_level=None, uri=True)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -32000")
    db.execute("PRAGMA temp_store = MEMORY")
    db.create_function("words", 1, words.segment, deterministic=True)
    return db


class View:
    """One snapshot of one tree. Close it before anything slow is done with the answer."""

    def __init__(self, db: sqlite3.Connection, number: int, *, lasting: bool) -> None:
        self._db = db
        self.number = number
        self.lasting = lasting  # whether the next command will find it on disk
        self.heard: dict[str, Any] = {}  # words that were looked up in this snapshot
        self._reckoned: float | None = None

    def close(self) -> None:
        try:
            self._keep_floor()
        finally:
            self._db.close()

    def _keep_floor(self) -> None:
        """Leave what was reckoned to the next reader, unless that takes any waiting."""
        if self._reckoned is None or not self.lasting:
            return
        try:
            (turn,) = self.rows("SELECT turn FROM view WHERE view = ?", self.number)[0]
            self._db.execute("COMMIT")  # of the snapshot: what it showed may be old by now
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute(
                "REPLACE INTO floor (view, turn, floor) SELECT view, turn, ? FROM view "
                "WHERE view = ? AND turn = ?", (self._reckoned, self.number, turn),
            )  # fmt: skip
        except (sqlite3.DatabaseError, CacheDamaged):
            return  # busy, read-only, full, or another one's by now: it is reckoned again

    def records(self) -> Iterator[Record]:
        """Every record in the order of their ids, one at a time."""
        ask = (
            "SELECT f.doc FROM file f JOIN doc d ON d.doc = f.doc AND d.id IS NOT NULL "
            "WHERE f.view = ? ORDER BY d.id, f.path"
        )
        for (doc,) in self.rows(ask, self.number):
            yield from self._records("AND f.doc = ?", doc)

    def listed(self, kind: str | None = None) -> Iterator[Listed]:
        """Every record, or every one of a kind, without its text, in the order of their ids."""
        rows = self.rows(
            "SELECT d.id, d.kind, d.title, d.path, d.created, s.at, d.keys FROM file f "
            "JOIN doc d ON d.doc = f.doc AND d.id IS NOT NULL "
            "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name "
            "WHERE f.view = ? AND (? IS NULL OR d.kind = ?) ORDER BY d.id, f.path",
            self.number, kind, kind,
        )  # fmt: skip
        for record_id, record_kind, title, path, created, at, keys in rows:
            with _reading():
                held, moment = (
                    dict(json.loads(keys)),
                    created or (moments.written(at) if at is not None else ""),
                )
                _texts(record_id, record_kind, title, path)
            yield Listed(record_id, record_kind, title, path, moment, held)

    def counts(self) -> dict[str, int]:
        """How many records there are of each kind."""
        return dict(
            self.rows(
                "SELECT d.kind, count(*) FROM file f JOIN doc d ON d.doc = f.doc "
                "WHERE f.view = ? AND d.kind IS NOT NULL GROUP BY d.kind ORDER BY d.kind",
                self.number,
            )
        )

    def named(self, name: str) -> list[Record]:
        """The records that a name may mean: by id, path, alias or title, the surest first."""
        return [
            record for doc in self.called(name) for record in self._records("AND f.doc = ?", doc)
        ]

    def called(self, name: str) -> list[int]:
        """The rows that a name may mean."""
        rows = self.rows(
            "SELECT n.doc, n.rank FROM name n JOIN file f ON f.view = ? AND f.doc = n.doc "
            "WHERE n.name = ? ORDER BY n.rank, f.path", self.number, fold(name),
        )  # fmt: skip
        return [doc for doc, rank in rows if rank == rows[0][1]]

    def begins(self, prefix: str, limit: int = 20) -> list[Record]:
        """The records whose id begins so."""
        low = fold(prefix)
        return list(self._records(
            "AND f.doc IN (SELECT doc FROM name WHERE rank = 0 AND name >= ? AND name < ?) "
            "ORDER BY d.id, f.path LIMIT ?",
            low, low + "\U0010ffff", limit,
        )) if low else []  # fmt: skip

    def links_to(self, record: Record) -> list[tuple[str, Record]]:
        """The records that link to this one, each with the type of its edge."""
        rows = self.rows(
            "SELECT DISTINCT l.type, l.source FROM name n JOIN doc d ON d.doc = n.doc "
            "JOIN link l ON l.view = ? AND l.target = n.doc "
            "WHERE n.name = ? AND n.rank = 1 AND d.path = ?",
            self.number, fold(record.path), record.path,
        )  # fmt: skip
        found = [(kind, each) for kind, doc in rows for each in self._records("AND f.doc = ?", doc)]
        return sorted(found, key=lambda pair: (pair[0], pair[1].id, pair[1].path))

    def at(self, docs: Iterable[int]) -> Iterator[tuple[int, Record]]:
        """The records in some rows."""
        for doc in docs:
            found = list(self._records("AND f.doc = ?", doc))
            if not found:
                raise CacheDamaged("the cache cannot be read: a row that it lists is not there")
            yield from ((doc, record) for record in found)

    def links(self) -> list[tuple[str, str]]:
        """Every link as the ids at its ends, each pair once."""
        return self.rows(
            "SELECT DISTINCT s.id, t.id FROM link l JOIN doc s ON s.doc = l.source "
            "JOIN doc t ON t.doc = l.target WHERE l.view = ? ORDER BY 1, 2",
            self.number,
        )

    def links_from(self, docs: Sequence[int]) -> list[tuple[int, int]]:
        """What some rows lead to, each pair once."""
        # DISTINCT would make sqlite walk through all links in another order
        return list(dict.fromkeys(self.rows(
            f"SELECT source, target FROM link WHERE view = ? AND source IN ({_these(docs)})",
            self.number,
        )))  # fmt: skip

    def citers(self, docs: Sequence[int], most: int) -> list[tuple[int, int]]:
        """What links to some rows, each pair once; not of rows that more than `most` link to."""
        return self.rows(
            "SELECT DISTINCT source, target FROM link WHERE view = ?1 AND target IN ("
            f"SELECT target FROM link WHERE view = ?1 AND target IN ({_these(docs)}) "
            "GROUP BY target HAVING count(DISTINCT source) <= ?2)",
            self.number, most,
        )  # fmt: skip

    def links_into(self, docs: Sequence[int]) -> list[tuple[int, int]]:
        """What links to some rows, each pair once."""
        return list(dict.fromkeys(self.rows(
            f"SELECT source, target FROM link WHERE view = ? AND target IN ({_these(docs)})",
            self.number,
        )))  # fmt: skip

    def nodes(self, docs: Iterable[int]) -> list[tuple[Any, ...]]:
        """What retrieval must know of some rows."""
        rows = self.rows(
            "SELECT n.doc, d.id, d.path, n.kind, n.status, n.domain, n.place, n.touched, n.trail, "
            "n.marks FROM node n JOIN doc d ON d.doc = n.doc "
            f"WHERE n.view = ? AND n.doc IN ({_these(docs)})",
            self.number,
        )  # fmt: skip
        with _reading():
            for _, *texts, place, touched, trail, marks in rows:
                _texts(*texts, marks)
                _numbers(place, touched, trail or 0.0)
        return rows

    def born(self, docs: Sequence[int]) -> dict[int, str]:
        """The commit that first held the record of each row, where one did."""
        return dict(self.rows(
            "SELECT f.doc, s.commit_id FROM file f JOIN seen s ON s.view = f.view "
            f"AND s.name = f.name WHERE f.view = ? AND f.doc IN ({_these(docs)})",
            self.number,
        ))  # fmt: skip

    def standing(self, kind: str, status: str, limit: int) -> list[int]:
        """Rows of a kind that stand so, the oldest first; any status when none is named."""
        return [doc for (doc,) in self.rows(
            "SELECT doc FROM node WHERE view = ?1 AND kind = ?2 AND (?3 = '' OR status = ?3) "
            "ORDER BY place LIMIT ?4", self.number, kind, status, limit,
        )]  # fmt: skip

    def newest(self, kind: str, limit: int) -> list[int]:
        """The rows of a kind that came last, the newest first."""
        return [doc for (doc,) in self.rows(
            "SELECT doc FROM node WHERE view = ? AND kind = ? ORDER BY place DESC LIMIT ?",
            self.number, kind, limit,
        )]  # fmt: skip

    def warm(self, kinds: Sequence[str], limit: int) -> list[int]:
        """The rows with the warmest trails, and the newest, of some kinds."""
        marks = ", ".join("?" * len(kinds))
        ask = f"SELECT doc FROM node WHERE view = ? AND kind IN ({marks})"
        found: list[int] = []
        for order in (
            "AND trail IS NOT NULL ORDER BY trail DESC, place DESC",
            "ORDER BY place DESC",
        ):
            found += [
                doc for (doc,) in self.rows(f"{ask} {order} LIMIT ?", self.number, *kinds, limit)
            ]
        return list(dict.fromkeys(found))

    def pointing(self, docs: Iterable[int], edge_type: str, kind: str, status: str) -> list[int]:
        """The rows of a kind that stand so and link to any of some rows in this way."""
        return [doc for (doc,) in self.rows(
            "SELECT DISTINCT n.doc FROM link l JOIN node n ON n.view = l.view AND n.doc = l.source "
            f"WHERE l.view = ? AND l.target IN ({_these(docs)}) AND l.type = ? "
            "AND n.kind = ? AND n.status = ? ORDER BY n.place DESC",
            self.number, edge_type, kind, status,
        )]  # fmt: skip

    @cached_property
    def size(self) -> int:
        """How many records there are."""
        return int(self.rows("SELECT count(*) FROM node WHERE view = ?", self.number)[0][0])

    def latest(self, limit: int) -> list[tuple[int, int]]:
        """The newest rows with their places, the newest first."""
        ask = "SELECT doc, place FROM node WHERE view = ? ORDER BY place DESC LIMIT ?"
        return self.rows(ask, self.number, limit)

    def places(self, docs: Iterable[int]) -> dict[int, int]:
        """Where some rows stand in the order of arrival."""
        ask = f"SELECT doc, place FROM node WHERE view = ? AND doc IN ({_these(docs)})"
        return dict(self.rows(ask, self.number))

    def texts(self, docs: Iterable[int]) -> list[tuple[Any, ...]]:
        """What is searched of some rows: title, aliases, head, body."""
        ask = f"SELECT doc, title, aliases, head, body FROM doc WHERE doc IN ({_these(docs)})"
        return self.rows(ask)

    def floor(self, reckon: Callable[[], float]) -> float:
        """How much a board must hold of a text to speak; reckoned once for each of its states."""
        ask = "SELECT floor FROM floor JOIN view USING (view, turn) WHERE view = ?"
        kept = self.rows(ask, self.number)
        if kept:
            with _reading():
                return float(kept[0][0])
        self._reckoned = reckon()
        return self._reckoned

    def present(self) -> tuple[int, float | None]:
        """The place of the newest record, and the level of the warmest trail."""
        (row,) = self.rows(
            "SELECT (SELECT max(place) FROM node WHERE view = ?1), "
            "(SELECT max(trail) FROM node WHERE view = ?1 AND trail IS NOT NULL)", self.number,
        )  # fmt: skip
        place, trail = row
        with _reading():
            _numbers(place or 0, trail or 0.0)
        return place or 0, trail

    def trouble_with_history(self) -> list[Problem]:
        """Why nobody knows when these records were first seen, if so."""
        (row,) = self.rows("SELECT history FROM view WHERE view = ?", self.number)
        with _reading():
            told = dict(json.loads(row[0])).get("trouble")
        what = f"history cannot be read, so records are not dated: {told}"
        return [Problem(".git", 1, what, "git fsck; git fetch --refetch")] if told else []

    def target(self, edge: Edge) -> Record | None:
        """What an edge leads to, if it is there."""
        found = self.named(edge.target)
        if not found and edge.form == "path":
            renamed = id_in_name(edge.target.rsplit("/", 1)[-1])
            found = self.named(renamed) if renamed else []
        return found[0] if found else None

    def problems(self, *, worst: bool) -> list[Problem]:
        """What is wrong with single files; or only what every reader must hear of them."""
        which = "f.broken = 1" if worst else "(f.problem IS NOT NULL OR d.problems <> '[]')"
        index = "INDEXED BY file_broken" if worst else ""
        rows = self.rows(
            f"SELECT f.problem, d.problems FROM file f {index} LEFT JOIN doc d ON d.doc = f.doc "
            f"WHERE f.view = ? AND {which} ORDER BY f.path",
            self.number,
        )
        found = []
        for unread, told in rows:
            listed = f"[{unread}]" if unread else told or "[]"
            with _reading():
                found += [Problem(**each) for each in json.loads(listed)]
        return sorted(each for each in found if not worst or each.level == "error")

    def _records(self, which: str, *arguments: Any) -> Iterator[Record]:
        for doc, *row in self.rows(f"SELECT {_RECORD} {which}", self.number, *arguments):
            edges = self.rows(
                "SELECT type, target, form, line FROM edge WHERE doc = ? ORDER BY rowid", doc
            )
            with _reading():
                record = _record(row, edges)
            yield record

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """What sqlite answers; a cache that cannot is damaged."""
        known = [_bindable(each) if isinstance(each, str) else each for each in arguments]
        with _reading():
            return self._db.execute(sql, known).fetchall()


def _these(docs: Iterable[int]) -> str:
    """Row numbers in SQL. They are our own, and there may be more than sqlite binds."""
    return ", ".join(str(int(doc)) for doc in docs)


@contextmanager
def _reading() -> Iterator[None]:
    """What cannot be what we wrote is a damaged cache."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a bug of ours, which no new cache would mend
    except (sqlite3.DatabaseError, TypeError, ValueError) as error:
        raise CacheDamaged(f"the cache cannot be read: {error}") from error


def _texts(*texts: Any) -> list[str]:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    return list(texts)


def _numbers(*numbers: Any) -> None:
    if not all(isinstance(number, (int, float)) and abs(number) < 1e9 for number in numbers):
        raise TypeError("a number is none, or one that nothing here comes to")


def _record(row: list[Any], edges: list[Any]) -> Record:
    """A row as a record. What a damaged cache holds is refused as what it is."""
    keys, problems, created, at, *texts = row
    record_id, kind, title, path, body, rule = _texts(*texts)
    return Record(
        id=record_id,
        kind=kind,
        title=title,
        path=path,
        keys=dict(json.loads(keys)),
        body=body,
        rule=rule,
        edges=tuple(Edge(*edge) for edge in edges),
        problems=tuple(Problem(**each) for each in json.loads(problems)),
        created=created or (moments.written(at) if at is not None else ""),
    )


def _bindable(text: str) -> str:
    """An argument that was no UTF-8 names nothing, and is no error."""
    return text.encode("utf-8", "replace").decode()
