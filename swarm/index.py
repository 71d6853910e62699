"""The real index of one checkout: our own entries, and everybody else's left as they are.

git's own lock is taken as git takes it, though by a hard link to a file that we
hold a flock on: so that a lock left by a killed process of ours can be told from
one that lives, and both from a stranger's, which is never touched. The new index
is made in a copy beforehand: the lock is held for a rename.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import crash, sharing
from swarm.errors import GitError, SwarmError

if TYPE_CHECKING:
    from swarm.git import Repo

PAUSE = 0.01
LOCK_PAUSES = 500  # five seconds: longer than git holds its lock, shorter than patience
_OPTIMISTIC = 3
_AT_ONCE = 200  # paths on one command line


class Hindered(SwarmError):
    """Why a record is not committed now. Its file stays."""


class Entry(NamedTuple):
    """What the index, or a tree, says of a path."""

    mode: str
    oid: str
    skipped: bool = False  # sparse: in the index, not in the work tree


Entries = Mapping[str, Entry | None]  # none: no such path


class Place(NamedTuple):
    """One checkout of a repository: its files, and the index beside them."""

    repo: Repo
    root: Path
    git_dir: Path
    environ: Mapping[str, str]

    @property
    def index_file(self) -> Path:
        return self.git_dir / "index"

    def reached(self, step: str) -> None:
        crash.point(step, self.environ)

    def git(
        self, *arguments: str, stdin: bytes = b"", index: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> bytes:  # fmt: skip
        """What git prints in this checkout, with an index that need not be the real one."""
        more = dict(environ or {}, GIT_INDEX_FILE=str(index or self.index_file))
        settings = ("-C", str(self.root), "-c", "core.splitIndex=false", "-c", "core.fsmonitor=")
        done = self.repo.attempt(*settings, *arguments, stdin=stdin, environ=more)
        if done.code:
            said = done.err.strip().splitlines() or [f"ended with {done.code}"]
            what = next((each for each in said if each.startswith(("fatal:", "error:"))), said[0])
            raise GitError(
                f"git {_verb(arguments)}: {what}", where=str(self.root), remedy="git status"
            )
        return done.out

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A private file beside the index; git may put a lock beside it."""
        folder = own_folder(self.git_dir)
        path = folder / f"work-{os.urandom(6).hex()}-{name}"
        try:
            yield path
        finally:
            for each in (path, path.with_name(f"{path.name}.lock")):
                each.unlink(missing_ok=True)


def _verb(arguments: tuple[str, ...]) -> str:
    """What git was asked to do, whatever settings stand before it."""
    words = iter(arguments)
    for word in words:
        if word in ("-c", "-C"):
            next(words)
        elif not word.startswith("-"):
            return word
    return ""


def entries(place: Place, paths: Collection[str], index: Path | None = None) -> Entries:
    """What the index holds under some paths. One that is unmerged is not ours to settle."""
    found = _listed(place, paths, index, ("--stage",))[0]
    return {path: found.get(path) for path in paths}


def stage(place: Place, wanted: Entries, base: Entries) -> None:
    """Put our entries into the real index, where it still says what we started from."""
    for _ in range(_OPTIMISTIC):
        with _next(place, wanted, base) as prepared:
            if prepared is None or _published(place, prepared):
                break
    else:  # somebody else is always quicker: keep him waiting this once
        with _locked(place), _next(place, wanted, base) as prepared:
            if prepared:
                _publish(place, prepared.path)
    place.reached("after unlock")


def _published(place: Place, prepared: _Prepared) -> bool:
    with _locked(place):
        if _stamp(place.index_file) != prepared.seen:
            return False
        _publish(place, prepared.path)
    return True


class _Prepared(NamedTuple):
    path: Path
    seen: tuple[int, ...]  # the index that it was made from


@contextmanager
def _next(place: Place, wanted: Entries, base: Entries) -> Iterator[_Prepared | None]:
    """A copy of the index with our entries in it; none when there is nothing to change."""
    with place.scratch("index") as copy:
        place.reached("before copy")
        seen = _stamp(place.index_file)
        if place.index_file.exists():
            shutil.copy2(place.index_file, copy)  # with its time, by which git tells racy entries
        if _refuse_or_skip(place, copy, wanted, base):
            yield None
        else:
            _change(place, copy, wanted, base)
            place.reached("after copy")
            yield _Prepared(copy, seen)


def _refuse_or_skip(place: Place, copy: Path, wanted: Entries, base: Entries) -> bool:
    """Whether all of it is staged already; Hindered when the index is not ours to change."""
    if place.git("ls-files", "-z", "--unmerged", index=copy):
        what = "there are unmerged paths"
        raise Hindered(what, where=str(place.root), remedy="git status")
    options = ("--stage", "--others", "--exclude-standard")
    found, others = _listed(place, wanted, copy, options)
    for path, entry in wanted.items():
        now = found.get(path)
        if not _same(now, entry) and not _same(now, base.get(path)):
            raise Hindered(f"somebody staged a change of {path}", remedy="git diff --cached")
        if now is None and entry and path not in others and (place.root / path).exists():
            what = f"{path} is ignored by git"
            raise Hindered(what, remedy=f"git check-ignore -v {quote(path)}")
    return all(_same(found.get(path), entry) for path, entry in wanted.items())


def _same(one: Entry | None, other: Entry | None) -> bool:
    return (one and one[:2]) == (other and other[:2])


def same(ours: Entries, theirs: Entries) -> bool:
    """Whether two say the same of every path of the first."""
    return all(_same(entry, theirs.get(path)) for path, entry in ours.items())


def _listed(
    place: Place, paths: Collection[str], index: Path | None, options: tuple[str, ...]
) -> tuple[dict[str, Entry], set[str]]:
    """The entries of some paths, and those paths that are new and not ignored."""
    found: dict[str, Entry] = {}
    others: set[str] = set()
    listed = sorted(paths)
    for start in range(0, len(listed), _AT_ONCE):
        batch = listed[start : start + _AT_ONCE]
        rows = place.git("ls-files", "-z", "-t", *options, "--", *batch, index=index)
        for row in filter(None, os.fsdecode(rows).split("\0")):
            tag, rest = row[0], row[2:]
            if tag == "?":
                others.add(rest)
                continue
            facts, path = rest.split("\t", 1)
            mode, oid, level = facts.split()
            if level != "0":
                raise Hindered(f"{path} is unmerged", remedy="git status")
            found[path] = Entry(mode, oid, tag == "S")
    return found, others


def _change(place: Place, copy: Path, wanted: Entries, base: Entries) -> None:
    """One entry a path, exactly as wanted, whatever its file says by now."""
    gone = [path for path, entry in wanted.items() if entry is None]
    kept = {path: entry for path, entry in wanted.items() if entry}
    skipped = [path for path, each in kept.items() if _is_skipped(path, each, base)]
    here = [path for path in kept if path not in skipped and (place.root / path).is_file()]
    for paths, option in ((here, "--add"), (gone, "--force-remove")):  # a file brings its time and
        if paths:  # size along, so that git need not look into it again
            place.git("update-index", option, "-z", "--stdin", stdin=_lines(paths), index=copy)
    now = entries(place, kept, copy)
    if rest := {path: each for path, each in kept.items() if not _same(now[path], each)}:
        insert(place, rest, copy)
    if skipped:
        told = ("update-index", "--skip-worktree", "-z", "--stdin")
        place.git(*told, stdin=_lines(skipped), index=copy)


def _is_skipped(path: str, entry: Entry, base: Entries) -> bool:
    before = base.get(path)
    return entry.skipped or (before is not None and before.skipped)


def insert(place: Place, wanted: Entries, index: Path) -> None:
    """Put entries into a private index, whatever it said."""
    rows = [
        f"{entry.mode} {entry.oid}\t{path}" if entry else f"0 {place.repo.nothing}\t{path}"
        for path, entry in wanted.items()
    ]
    place.git("update-index", "-z", "--index-info", stdin=_lines(rows), index=index)


def _lines(rows: Collection[str]) -> bytes:
    return b"".join(os.fsencode(row) + b"\0" for row in rows)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        told = path.stat()
    except FileNotFoundError:
        return ()
    return told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _publish(place: Place, copy: Path) -> None:
    place.reached("before stage")
    copy.replace(place.index_file)
    place.reached("after stage")


@contextmanager
def _locked(place: Place) -> Iterator[None]:
    """Hold index.lock. What is left of one of ours that was killed is cleared away."""
    lock = place.git_dir / "index.lock"
    with held(own_folder(place.git_dir) / "index.owner", LOCK_PAUSES) as owner:
        if owner is None:
            raise Hindered("another swarm process holds the index", where=str(lock), remedy="ps")
        place.reached("before lock")
        taken = _patiently(lambda: _take(owner, lock), LOCK_PAUSES)
        if not taken:
            raise _stuck(lock)
        try:
            place.reached("after lock")
            yield
        finally:
            lock.unlink(missing_ok=True)


def _take(owner: Path, lock: Path) -> bool:
    """Publish the lock, unless a stranger has it."""
    try:
        os.link(owner, lock)
    except FileExistsError:
        with suppress(FileNotFoundError):
            if lock.samefile(owner):  # we hold the flock on it: whoever made this link is dead
                lock.unlink()
        return False
    except OSError:  # no hard links here, as on FAT: then one of ours looks like a stranger's
        with suppress(FileExistsError):
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return True
        return False
    return True


def forsaken(git_dir: Path) -> Path | None:
    """index.lock, if one of ours was killed while it held it. The next write clears it away."""
    lock, owner = git_dir / "index.lock", git_dir / "swarm" / "index.owner"
    try:
        if not lock.samefile(owner):
            return None
        with held(owner, 0) as ours:
            return lock if ours else None
    except OSError:  # there is none, or only its owner can tell
        return None


def _stuck(lock: Path) -> Hindered:
    whose, since = "somebody", "a moment ago"
    with suppress(OSError, KeyError):
        since = datetime.fromtimestamp(lock.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        whose = lock.owner()
    what = f"{lock} is held by a git process of {whose} since {since}"
    return Hindered(what, remedy=f"wait for it; if no git runs here: rm {quote(str(lock))}")


@contextmanager
def held(path: Path, pauses: int) -> Iterator[Path | None]:
    """A flock on a file of ours, which dies with us; none when it took too long to get."""
    handle = sharing.opened(path)
    try:
        yield path if _patiently(lambda: _flock(handle), pauses) else None
    finally:
        os.close(handle)


def _flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _patiently(attempt: Callable[[], bool], pauses: int) -> bool:
    for _ in range(pauses):
        if attempt():
            return True
        time.sleep(PAUSE)
    return attempt()


def own_folder(git_dir: Path) -> Path:
    """Where swarm keeps what is its own, beside what is git's."""
    return sharing.folder(git_dir / "swarm")


def sweep(git_dir: Path, now_ns: int) -> None:
    """Remove what killed processes left in our own folder, an hour later."""
    for path in own_folder(git_dir).glob("work-*"):
        with suppress(OSError):
            if path.stat().st_mtime_ns < now_ns - 3600 * 10**9:
                path.unlink()
