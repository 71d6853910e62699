"""The writing side of the projection: bring what sqlite holds up to what a tree shows.

What was parsed is keyed by content and shared; what a view shows is a table of
files on top of it. So a change touches only the rows it must, and the result
is the same, whichever way a board came to its present state.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from swarm import history, showing
from swarm.records import Found, Tree

BATCH = 1_000  # files parsed in one transaction: others can use them at once

Progress = Callable[[int, int], None]


class Shown(NamedTuple):
    """A view as the database knows it."""

    view: int
    state: str
    history: Mapping[str, Any]
    turn: int


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
            lost = gone if start == 0 else []
            showing.take_in(db, view.view, tree, look[start:done], lost, now_ns)
            if done < len(look):
                _save(db, view, turn)
            else:
                _remember(db, view, read)
                told = None if read.whole else read.seen
                showing.finish(db, view.view, tree.half_life, told)
                _save(db, view, turn, tree.state, read.mark)
        if progress and len(look) > BATCH:
            progress(done, len(look))
    return turn


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
            "INSERT OR IGNORE INTO view (key, state, history, turn, half_life) "
            "VALUES (?, '', '{}', 0, 0)",
            (key,),
        )
        view = find_view(db, key)
        assert view is not None
        showing.begin(db, view.view)
    return view


def _drop_dead_views(db: sqlite3.Connection) -> None:
    """Work trees that were removed leave their view behind."""
    for view, key in db.execute("SELECT view, key FROM view").fetchall():
        root = key.removeprefix("worktree:")
        # a backslash may stand for a byte that is no UTF-8: then nobody knows
        if root != key and "\\" not in root and _is_gone(Path(root)):
            showing.end(db, view)


def _is_gone(root: Path) -> bool:
    try:
        return not root.is_dir()
    except PermissionError:  # it lies where somebody else alone may look
        return False


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


def _remember(db: sqlite3.Connection, view: Shown, read: history.Reading) -> None:
    """Keep what history told; new sights are folded into the old ones."""
    number = view.view
    if read.whole:
        db.execute("DELETE FROM seen WHERE view = ?", (number,))
    for name, seen in read.seen.items():
        known = (number, name)
        row = db.execute(
            "SELECT at, rank, bound, commit_id FROM seen WHERE view = ? AND name = ?", known
        )
        first = history.earlier(*(history.Seen(*each) for each in row), seen)
        db.execute(
            "REPLACE INTO seen (view, name, at, rank, bound, commit_id) VALUES (?, ?, ?, ?, ?, ?)",
            (number, name, first.when, first.rank, int(first.bound), first.commit),
        )
