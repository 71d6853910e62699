"""The reading side of the projection: questions to what a view shows.

Every method asks one question of one snapshot. What belongs together here is
the SQL; what the answers mean is decided further out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from swarm import words
from swarm.errors import CacheDamaged
from swarm.records import Edge, Listed, Problem, Record, fold, id_in_name

# How much a word counts by where it stands: title, aliases, rule, body.
WEIGHTS = (4.0, 4.0, 2.0, 1.0)

BUSY_SECONDS = 5.0  # longer than any write takes; then memory answers

_RECORD = (
    "d.doc, d.keys, d.problems, d.created, s.at, d.id, d.kind, d.title, d.path, d.body, d.rule "
    "FROM file f INDEXED BY file_of JOIN doc d ON d.doc = f.doc AND d.id IS NOT NULL "
    "LEFT JOIN seen s ON s.view = f.view AND s.name = f.name WHERE f.view = ?"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a query found, with the terms its score is made of."""

    record: Record
    terms: dict[str, float]

    @property
    def score(self) -> float:
        return sum(self.terms.values())


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

    def close(self) -> None:
        self._db.close()

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
                held, moment = dict(json.loads(keys)), created or _moment(at)
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
        for rank in range(4):
            found = list(self._records(
                "AND f.doc IN (SELECT doc FROM name WHERE name = ? AND rank = ?) ORDER BY f.path",
                fold(name), rank,
            ))  # fmt: skip
            if found:
                return found
        return []

    def begins(self, prefix: str, limit: int = 20) -> list[Record]:
        """The records whose id begins so."""
        low = fold(prefix)
        return list(self._records(
            "AND f.doc IN (SELECT doc FROM name WHERE rank = 0 AND name >= ? AND name < ?) "
            "ORDER BY d.id, f.path LIMIT ?",
            low, low + "\U0010ffff", limit,
        )) if low else []  # fmt: skip

    def find(self, query: str, limit: int) -> list[Hit]:
        """The records whose words match best; ties in the order of their paths.

        What is called exactly that comes before what merely says it.
        """
        rows = self._matches(query, limit)
        best = rows[0][1] if rows else 0.0
        worst = rows[min(limit, len(rows)) - 1][1] if rows else 0.0
        called = {record.path: record for record in self.named(query)}
        hits = [
            Hit(record, {"words": score})
            for doc, score in rows
            if score >= worst
            for record in self._records("AND f.doc = ?", doc)
            if record.path not in called
        ]
        hits += [Hit(record, {"name": best + 1.0}) for record in called.values()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.record.path))[:limit]

    def _matches(self, query: str, limit: int) -> list[tuple[int, float]]:
        """The best rows and all that tie with the last of them."""
        expression = words.match(query)
        if not expression:
            return []
        table = f"words_{self.number}"
        ask = (
            f"SELECT rowid, -bm25({table}, {', '.join(map(str, WEIGHTS))}) AS score FROM {table} "
            f"WHERE {table} MATCH ? ORDER BY score DESC"
        )
        rows = self.rows(f"{ask} LIMIT ?", expression, limit + 50)
        if len(rows) == limit + 50 and rows[-1][1] == rows[limit - 1][1]:
            rows = self.rows(ask, expression)  # ties reach further than what was fetched
        return rows

    def links_to(self, record: Record) -> list[tuple[str, Record]]:
        """The records that link to this one, each with the type of its edge."""
        mine = [
            fold(name)
            for name in (*record.names(), record.path)
            if self.named(name)[:1] == [record]
        ]
        marks = ", ".join("?" * len(mine))
        rows = self.rows(
            f"SELECT DISTINCT e.type, e.doc FROM edge e JOIN file f ON f.doc = e.doc "
            f"WHERE f.view = ? AND (e.name IN ({marks}) OR e.other = ?)",
            self.number, *mine, fold(record.id),
        )  # fmt: skip
        found = [(kind, each) for kind, doc in rows for each in self._records("AND f.doc = ?", doc)]
        found = [(kind, each) for kind, each in found if each.path != record.path]
        return sorted(found, key=lambda pair: (pair[0], pair[1].id, pair[1].path))

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


@contextmanager
def _reading() -> Iterator[None]:
    """What cannot be what we wrote is a damaged cache."""
    try:
        yield
    except (sqlite3.DatabaseError, TypeError, ValueError) as error:
        raise CacheDamaged(f"the cache cannot be read: {error}") from error


def _texts(*texts: Any) -> list[str]:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    return list(texts)


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
        created=created or _moment(at),
    )


def _bindable(text: str) -> str:
    """An argument that was no UTF-8 names nothing, and is no error."""
    return text.encode("utf-8", "replace").decode()


def _moment(seconds: int | None) -> str:
    if seconds is None:
        return ""
    seconds = min(max(seconds, 0), 253_402_300_799)  # a commit may claim any year
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
