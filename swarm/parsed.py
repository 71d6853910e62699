"""What files hold, parsed once: rows by blob and path, which branches and revisions share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm.records import (
    MISSION,
    Found,
    Loaded,
    Problem,
    Record,
    Tree,
    domains,
    fold,
    id_in_name,
    shown,
)

if TYPE_CHECKING:
    import sqlite3

SPARE_DOCS = 5_000  # parsed files that no view shows, kept for the next branch switch


class Settled(NamedTuple):
    """A file with the row of its parsed content, or why there is none."""

    found: Found
    doc: int | None
    problem: Problem | None
    broken: bool

    @property
    def unread(self) -> bool:
        return self.problem is not None and self.found.problem is None


def settle(db: sqlite3.Connection, tree: Tree, batch: Sequence[Found]) -> list[Settled]:
    """Every file of a batch with its parsed content, parsing only what is new."""
    settled: list[Settled | None] = []
    waiting: list[tuple[int, Loaded]] = []
    for loaded in tree.load(batch):
        if loaded.problem:
            settled.append(Settled(loaded.found, None, loaded.problem, True))
            continue
        known = db.execute(
            "SELECT doc, broken FROM doc WHERE oid = ? AND path = ?",
            (_key(loaded), shown(loaded.found.path)),
        ).fetchone()
        if known:
            settled.append(Settled(loaded.found, known[0], None, bool(known[1])))
        else:
            waiting.append((len(settled), loaded))
            settled.append(None)
    fetched = tree.blobs([each.oid for _, each in waiting if each.raw is None])
    for at, loaded in waiting:
        raw = loaded.raw if loaded.raw is not None else next(fetched)
        settled[at] = _store(db, loaded, raw)
    return [each for each in settled if each is not None]


def _key(loaded: Loaded) -> str:
    """What tells one content from another: its blob, and the path where that cannot be shown."""
    path = loaded.found.path
    return loaded.oid if shown(path).encode() == path else f"{loaded.oid} {path.hex()}"


def _store(db: sqlite3.Connection, loaded: Loaded, raw: bytes) -> Settled:
    from swarm import markdown  # only a changed file pays for the parsers

    path = shown(loaded.found.path)
    record, problems = markdown.parse(raw, path)
    broken = any(each.level == "error" for each in problems)
    facts: tuple[object, ...] = (*[None] * 8, "{}")
    told = json.dumps([each.as_json() for each in problems], ensure_ascii=False)
    if record:
        names = record.names()
        facts = (
            record.id, record.kind, record.title, "\n".join([*names[1:-1], *domains(record.keys)]),
            record.head(), _rule(record),
            record.body, record.created, json.dumps(record.keys, ensure_ascii=False),
        )  # fmt: skip
    doc = db.execute(
        "INSERT INTO doc (oid, path, id, kind, title, aliases, head, rule, body, created, keys, "
        "problems, broken) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_key(loaded), path, *facts, told, broken),
    ).lastrowid
    if record:
        _store_links(db, doc, record)
    return Settled(loaded.found, doc, None, broken)


def _rule(record: Record) -> str:
    """The sentence to act on; of a mission, what counts: orient asks for it each time."""
    if record.path != MISSION:
        return record.rule
    from swarm import mission

    return mission.value(f"# {record.title}\n\n{record.body}")  # a title may be a section, too


def _store_links(db: sqlite3.Connection, doc: int | None, record: Record) -> None:
    first, *aliases, title = record.names()
    names = [(first, 0), (record.path, 1), *((alias, 2) for alias in aliases), (title, 3)]
    db.executemany(
        "INSERT INTO name (name, rank, doc) VALUES (?, ?, ?)",
        [(fold(name), rank, doc) for name, rank in names],
    )
    rows = []
    for edge in record.edges:
        renamed = id_in_name(edge.target.rsplit("/", 1)[-1]) if edge.form == "path" else None
        other = fold(renamed) if renamed else None
        rows.append((doc, edge.type, edge.target, edge.form, edge.line, fold(edge.target), other))
    db.executemany(
        "INSERT INTO edge (doc, type, target, form, line, name, other) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def forget_spare(db: sqlite3.Connection) -> None:
    """Parsed content that nothing shows is kept a while, not for ever."""
    docs, files = db.execute(
        "SELECT (SELECT count(*) FROM doc), (SELECT count(*) FROM file)"
    ).fetchone()
    if docs < 2 * files + SPARE_DOCS:
        return
    spare = "SELECT doc FROM doc EXCEPT SELECT doc FROM file"
    for table in ("edge", "name", "doc"):
        db.execute(f"DELETE FROM {table} WHERE doc IN ({spare})")
