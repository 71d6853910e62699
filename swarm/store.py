"""Where the projection lives, and what happens when it cannot.

One sqlite file under the git common directory, its format version and a
generation in its name: a damaged file is left behind for the next generation,
never renamed over. A rollback journal rather than a WAL, so that it works
read-only and on network file systems. Whatever is wrong with the disk, reading
goes on from memory.
"""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from swarm import projection, view
from swarm.records import Tree

FORMAT = 5  # of the tables and of what is parsed into them: change either, count up here and there
Snapshot = view.View

_APPLICATION = 0x73776D31  # what schema.sql writes, so that a stranger's file is known for one


@dataclass(frozen=True)
class Store:
    """The cache of one repository."""

    folder: Path
    now_ns: int
    progress: projection.Progress | None = None

    def open(self, tree: Tree) -> Snapshot:
        """A snapshot of what the tree holds, from disk when that works."""
        for _ in range(2):
            try:
                return self._from_disk(tree)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    break  # busy, read-only, full: nothing that a new file would mend
                if not self.discard():
                    break
        return self.rebuilt(tree)

    def rebuilt(self, tree: Tree) -> Snapshot:
        """The same snapshot, made from nothing, in memory."""
        db = view.connect(":memory:")
        projection.create(db)
        projection.refresh(db, tree, self.now_ns, self.progress)
        return _snapshot(db, tree, lasting=False)

    def discard(self) -> bool:
        """Leave every generation there is behind. Whether there is room for a new one."""
        newest = self._newest()
        try:
            self._path(newest + 1).touch()
            for generation in range(newest + 1):
                self._path(generation).unlink(missing_ok=True)
                Path(f"{self._path(generation)}-journal").unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def _from_disk(self, tree: Tree) -> Snapshot:
        db = self._connected()
        try:
            for _ in range(20):
                db.execute("BEGIN")
                if projection.is_current(db, tree):
                    return _snapshot(db, tree, lasting=True)
                db.execute("ROLLBACK")
                turn = projection.refresh(db, tree, self.now_ns, self.progress)
                db.execute("BEGIN")
                shown = projection.find_view(db, tree.key)
                if shown and shown.turn == turn:
                    return _snapshot(db, tree, lasting=True)
                db.execute("ROLLBACK")
            raise sqlite3.OperationalError("database is locked")
        except BaseException:
            db.close()
            raise

    def _connected(self) -> sqlite3.Connection:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(f"no place for a cache: {error}") from error
        file = self._path(self._newest())
        db = view.connect(str(file))
        try:
            self._prepare(db)
            _share(self.folder.parent, self.folder, file)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables, unless they are there; refuse what is not ours."""
        for _ in range(2):
            (owner,) = db.execute("PRAGMA application_id").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if (owner, version) == (_APPLICATION, FORMAT):
                return
            if owner or version:
                raise sqlite3.DatabaseError("file is not a database of this format")
            projection.create(db)
        raise sqlite3.DatabaseError("file is not a database of this format")

    def _newest(self) -> int:
        pattern = re.compile(rf"board-{FORMAT}\.(\d+)\.sqlite")
        try:
            names = [path.name for path in self.folder.iterdir()]
        except OSError:
            return 0
        return max((int(m[1]) for name in names if (m := pattern.fullmatch(name))), default=0)

    def _path(self, generation: int) -> Path:
        return self.folder / f"board-{FORMAT}.{generation}.sqlite"


def _share(*paths: Path) -> None:
    """What a group shares of git's own folder it shares of these: `sharing`, for what is ours."""
    for path in paths:
        above, here = path.parent.stat().st_mode, path.stat()
        wanted = above & (0o2777 if stat.S_ISDIR(here.st_mode) else 0o666)
        if above & stat.S_IWGRP and stat.S_IMODE(here.st_mode) != wanted:
            with suppress(PermissionError):
                path.chmod(wanted)


def _snapshot(db: sqlite3.Connection, tree: Tree, *, lasting: bool) -> Snapshot:
    shown = projection.find_view(db, tree.key)
    assert shown is not None
    return view.View(db, shown.view, lasting=lasting)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """sqlite gives its code; what has none was found by our own checks."""
    code = getattr(error, "sqlite_errorcode", None)
    harmless = (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM,
    )  # fmt: skip
    if code is None:
        return not isinstance(error, sqlite3.OperationalError)
    return code & 0xFF not in harmless
