"""What a view shows: files, the words they are found by, and what they lead to."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from swarm import links, parsed
from swarm.records import Found, Tree, lasting_name

if TYPE_CHECKING:
    import sqlite3

TICK_NS = 20_000_000  # file times may lag this far behind the clock
COARSE_TICK_NS = 2_000_000_000  # and this far where they hold whole seconds, as on FAT

# The columns of a view's full text, in the order of fulltext.COLUMNS.
_WORDS = "title, aliases, head, body"


def begin(db: sqlite3.Connection, view: int) -> None:
    """Room for the words of a new view."""
    db.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS words_{view} USING fts5({_WORDS}, content='', "
        "tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* P* S* Co'\")"
    )


def finish(
    db: sqlite3.Connection, view: int, half_life: float, told: Collection[str] | None
) -> None:
    """What can only be said of all files together."""
    links.settle(db, view, half_life, told)
    parsed.forget_spare(db)


def end(db: sqlite3.Connection, view: int) -> None:
    """Drop all that a view showed."""
    db.execute(f"DROP TABLE IF EXISTS words_{view}")
    for table in ("file", "seen", "link", "node", "floor", "view"):
        db.execute(f"DELETE FROM {table} WHERE view = ?", (view,))


def take_in(
    db: sqlite3.Connection,
    number: int,
    tree: Tree,
    batch: Sequence[Found],
    gone: list[tuple[bytes, int | None]],
    looked_ns: int,
) -> None:
    """Make the view show these files, and their words findable."""
    settled = parsed.settle(db, tree, batch)
    before: dict[bytes, int | None] = {}
    for each in settled:
        row = db.execute(
            "SELECT doc FROM file WHERE view = ? AND path = ?", (number, each.found.path)
        ).fetchone()
        before[each.found.path] = row[0] if row else None
    fresh = [each for each in settled if before.get(each.found.path) != each.doc]
    _index(db, number, "'delete', ", [before.get(each.found.path) for each in fresh])
    _index(db, number, "'delete', ", [doc for _, doc in gone])
    _index(db, number, "", [each.doc for each in fresh])
    db.executemany("DELETE FROM file WHERE view = ? AND path = ?", [(number, p) for p, _ in gone])
    db.executemany(
        "REPLACE INTO file (view, path, stamp, racy, doc, name, problem, broken) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                number, each.found.path, each.found.stamp,
                each.unread or _racy(each.found, looked_ns), each.doc,
                lasting_name(each.found.path),
                json.dumps(each.problem.as_json()) if each.problem else None, each.broken,
            )
            for each in settled
        ),
    )  # fmt: skip
    lost = [*(before.get(each.found.path) for each in fresh), *(doc for _, doc in gone)]
    links.update(
        db,
        number,
        [each.doc for each in fresh if each.doc is not None],
        [doc for doc in lost if doc is not None],
    )


def _index(db: sqlite3.Connection, view: int, how: str, docs: list[int | None]) -> None:
    table = f"words_{view}"
    command = f"{table}, " if how else ""
    db.executemany(
        f"INSERT INTO {table} ({command}rowid, {_WORDS}) "
        f"SELECT {how}doc, words(title), words(aliases), words(head), words(body) "
        "FROM doc WHERE doc = ? AND id IS NOT NULL",
        [(doc,) for doc in docs if doc is not None],
    )


def _racy(found: Found, looked_ns: int) -> bool:
    """Whether the file could have changed after it was looked at, and still bear that stamp."""
    tick = TICK_NS if found.touched % 1_000_000_000 else COARSE_TICK_NS
    return found.touched > looked_ns - tick
