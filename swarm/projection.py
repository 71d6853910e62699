"""The writing side of the projection: bring what sqlite holds up to what a tree shows.

What was parsed is keyed by content and shared; what a view shows is a table of
files on top of it. So a change touches only the rows it must, and the result
is the same, whichever way a board came to its present state.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm import history
from swarm.records import Found, Loaded, Problem, Record, Tree, fold, id_in_name, shown

BATCH = 1_000  # files parsed in one transaction: others can use them at once
TICK_NS = 20_000_000  # file times may lag this far behind the clock
COARSE_TICK_NS = 2_000_000_000  # and this far where they hold whole seconds, as on FAT
SPARE_DOCS = 5_000  # parsed files that no view shows, kept for the next branch switch

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A view as the database knows it."""

    view: int
    state: str
    history: Mapping[str, Any]
    turn: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A file with the row of its parsed content, or why there is none."""

    found: Found
    doc: int | None
    problem: Problem | None
    broken: bool

    @property
    def unread(self) -> bool:
        return self.problem is not None and self.found.problem is None


def create(db: sqlite3.Connection) -> None:
    """The tables, in an empty database."""
    db.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))


def find_view(db: sqlite3.Connection, key: str) -> Shown | None:
    columns = "view, state, history, turn"
    row = db.execute(f"SELECT {columns} FROM view WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    number, state, mark, turn = row
    try:
        return Shown(number, state, dict(json.loads(mark)), turn)
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"the watermark is damaged: {error}") from error


def is_current(db: sqlite3.Connection, tree: Tree) -> bool:
    """Whether the view shows what the tree holds, as far as stamps can tell."""
    view = find_view(db, tree.key)
    return (
        view is not None
        and view.state == tree.state
        and history.is_current(tree, view.history)
        and not _has_racy(db, view)
    )


def refresh(
    db: sqlite3.Connection, tree: Tree, now_ns: int, progress: Progress | None = None
) -> int:
    """Bring the view of a tree up to date, and say which turn shows it.

    Many processes may do so at once: whoever finds that another one changed
    the view compares again, and mostly has less left to do.
    """
    while True:
        view = find_view(db, tree.key) or _new_view(db, tree.key)
        try:
            turn = _update(db, view, tree, now_ns, progress)
        except sqlite3.OperationalError:
            if _is_at(db, view, view.turn):
                raise  # nobody gets anywhere: locked, full or read-only
            continue
        if turn:
            return turn


def _update(
    db: sqlite3.Connection, view: Shown, tree: Tree, now_ns: int, progress: Progress | None
) -> int:
    """Take the view from one state to the next, a batch of files a transaction.

    Each transaction counts the turn up; 0 when somebody else did. Until the last
    one the view bears no state, so that nobody takes half an update for a whole.
    """
    look, gone = _compare(db, view, tree)
    read = history.read(tree, view.history)
    turn = view.turn
    for start in range(0, max(len(look), 1), BATCH):
        done = min(start + BATCH, len(look))
        with _writing(db):
            if not _is_at(db, view, turn):
                return 0
            turn += 1
            settled = _settle(db, tree, look[start:done])
            _show(db, view, settled, gone if start == 0 else [], now_ns)
            if done < len(look):
                _save(db, view, turn)
            else:
                _remember(db, view, read)
                _save(db, view, turn, tree.state, read.mark)
                _forget_spare(db)
        if progress and len(look) > BATCH:
            progress(done, len(look))
    return turn


def _racy(found: Found, looked_ns: int) -> bool:
    """Whether the file could have changed after it was looked at, and still bear that stamp."""
    tick = TICK_NS if found.touched % 1_000_000_000 else COARSE_TICK_NS
    return found.touched > looked_ns - tick


def _has_racy(db: sqlite3.Connection, view: Shown) -> bool:
    rows = db.execute("SELECT 1 FROM file WHERE view = ? AND racy = 1 LIMIT 1", (view.view,))
    return rows.fetchone() is not None


@contextmanager
def _writing(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # sqlite may have rolled back by itself, as on a full disk
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _new_view(db: sqlite3.Connection, key: str) -> Shown:
    with _writing(db):
        _drop_dead_views(db)
        db.execute(
            "INSERT OR IGNORE INTO view (key, state, history, turn) VALUES (?, '', '{}', 0)",
            (key,),
        )
        view = find_view(db, key)
        assert view is not None
        db.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS words_{view.view} USING fts5("
            "title, aliases, rule, body, content='', "
            "tokenize=\"unicode61 remove_diacritics 2 categories 'L* M* N* P* S* Co'\")"
        )
    return view


def _drop_dead_views(db: sqlite3.Connection) -> None:
    """Work trees that were removed leave their view behind."""
    for view, key in db.execute("SELECT view, key FROM view").fetchall():
        root = key.removeprefix("worktree:")
        # a backslash may stand for a byte that is no UTF-8: then nobody knows
        if root != key and "\\" not in root and not Path(root).is_dir():
            db.execute(f"DROP TABLE IF EXISTS words_{view}")
            for table in ("file", "seen", "view"):
                db.execute(f"DELETE FROM {table} WHERE view = ?", (view,))


def _compare(
    db: sqlite3.Connection, view: Shown, tree: Tree
) -> tuple[list[Found], list[tuple[bytes, int | None]]]:
    """The files to look at, and those that are gone with what they showed."""
    rows = db.execute("SELECT path, stamp, racy, doc FROM file WHERE view = ?", (view.view,))
    known = {path: (stamp, racy, doc) for path, stamp, racy, doc in rows}
    look = []
    for each in tree.listing:
        stamp, racy, _ = known.pop(each.path, (b"", True, None))
        if racy or stamp != each.stamp:
            look.append(each)
    return look, [(path, doc) for path, (_, _, doc) in known.items()]


def _is_at(db: sqlite3.Connection, view: Shown, turn: int) -> bool:
    """Whether nobody has changed the view since."""
    row = db.execute("SELECT turn FROM view WHERE view = ?", (view.view,)).fetchone()
    return row is not None and row[0] == turn


def _save(
    db: sqlite3.Connection,
    view: Shown,
    turn: int,
    state: str = "",
    mark: Mapping[str, Any] | None = None,
) -> None:
    db.execute(
        "UPDATE view SET turn = ?, state = ?, history = ? WHERE view = ?",
        (turn, state, json.dumps(mark or view.history), view.view),
    )


def _settle(db: sqlite3.Connection, tree: Tree, batch: Sequence[Found]) -> list[Settled]:
    """Every file of a batch with its parsed content, parsing only what is new."""
    settled: list[Settled | None] = []
    waiting: list[tuple[int, Loaded]] = []
    for loaded in tree.load(batch):
        if loaded.problem:
            settled.append(Settled(loaded.found, None, loaded.problem, True))
            continue
        known = db.execute(
            "SELECT doc, broken FROM doc WHERE oid = ? AND path = ?",
            (loaded.oid, shown(loaded.found.path)),
        ).fetchone()
        if known:
            settled.append(Settled(loaded.found, known[0], None, bool(known[1])))
        else:
            waiting.append((len(settled), loaded))
            settled.append(None)
    fetched = tree.blobs([each.oid for _, each in waiting if each.raw is None])
    for at, loaded in waiting:
        raw = loaded.raw if loaded.raw is not None else next(fetched)
        settled[at] = _store(db, loaded.found, loaded.oid, raw)
    return [each for each in settled if each is not None]


def _store(db: sqlite3.Connection, found: Found, oid: str, raw: bytes) -> Settled:
    from swarm import markdown  # only a changed file pays for the parsers

    path = shown(found.path)
    record, problems = markdown.parse(raw, path)
    broken = any(each.level == "error" for each in problems)
    facts: tuple[object, ...] = (None, None, None, None, None, None, None, "{}")
    told = json.dumps([each.as_json() for each in problems], ensure_ascii=False)
    if record:
        names = record.names()
        facts = (
            record.id, record.kind, record.title, "\n".join(names[1:-1]), record.rule,
            record.body, record.created, json.dumps(record.keys, ensure_ascii=False),
        )  # fmt: skip
    doc = db.execute(
        "INSERT INTO doc (oid, path, id, kind, title, aliases, rule, body, created, keys, "
        "problems, broken) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (oid, path, *facts, told, broken),
    ).lastrowid
    if record:
        _store_links(db, doc, record)
    return Settled(found, doc, None, broken)


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


def _show(
    db: sqlite3.Connection,
    view: Shown,
    settled: list[Settled],
    gone: list[tuple[bytes, int | None]],
    looked_ns: int,
) -> None:
    """Make the view show these files, and their words findable."""
    number = view.view
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
                history.name_of(each.found.path),
                json.dumps(each.problem.as_json()) if each.problem else None, each.broken,
            )
            for each in settled
        ),
    )  # fmt: skip


def _index(db: sqlite3.Connection, view: int, how: str, docs: list[int | None]) -> None:
    table = f"words_{view}"
    command = f"{table}, " if how else ""
    db.executemany(
        f"INSERT INTO {table} ({command}rowid, title, aliases, rule, body) "
        f"SELECT {how}doc, words(title), words(aliases), words(rule), words(body) "
        "FROM doc WHERE doc = ? AND id IS NOT NULL",
        [(doc,) for doc in docs if doc is not None],
    )


def _remember(db: sqlite3.Connection, view: Shown, read: history.Reading) -> None:
    """Keep what history told; new sights are folded into the old ones."""
    number = view.view
    if read.whole:
        db.execute("DELETE FROM seen WHERE view = ?", (number,))
    for name, seen in read.seen.items():
        known = (number, name)
        row = db.execute("SELECT at, rank, bound FROM seen WHERE view = ? AND name = ?", known)
        first = history.earlier(*(history.Seen(*each) for each in row), seen)
        db.execute(
            "REPLACE INTO seen (view, name, at, rank, bound) VALUES (?, ?, ?, ?, ?)",
            (number, name, first.when, first.rank, int(first.bound)),
        )


def _forget_spare(db: sqlite3.Connection) -> None:
    """Parsed content that nothing shows is kept a while, not for ever."""
    docs, files = db.execute(
        "SELECT (SELECT count(*) FROM doc), (SELECT count(*) FROM file)"
    ).fetchone()
    if docs < 2 * files + SPARE_DOCS:
        return
    spare = "SELECT doc FROM doc EXCEPT SELECT doc FROM file"
    for table in ("edge", "name", "doc"):
        db.execute(f"DELETE FROM {table} WHERE doc IN ({spare})")
