"""The checkouts that a commit concerns: ours, and those that have the same branch checked out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from swarm import index, write
from swarm.errors import SwarmError
from swarm.index import Entries, Entry, Hindered, Place

Changes = Mapping[str, bytes | None]

Brought = list[tuple[Place, str, bytes | None]]  # where, which file, and what it was before

_QUEUE_PAUSES = 2000
_FEW = 4  # files that are worth a git process each, to be stored as given, not as found

# What git leaves in a checkout while somebody is in the middle of something.
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "sequencer": "series of picks",
    "BISECT_LOG": "bisection",
}


def write_files(place: Place, changes: Changes, start: Mapping[str, bytes], *, fresh: bool) -> None:
    """Every file as it is to be; one that is that already is left alone, unless it is to be new."""
    place.reached("before file")
    drafts = _drafts(place)
    for path, raw in changes.items():
        now = _read(place.root / path)
        if fresh and raw is not None:
            write.create(place.root, path, raw, drafts)
        elif now == raw or (now is None and _is_sparse(place, path)):
            continue
        elif raw is None:
            (place.root / path).unlink()
        elif now is None or path not in start:
            write.create(place.root, path, raw, drafts)
        else:
            write.replace(place.root, path, raw, start[path], drafts)
    place.reached("after file")


def _drafts(place: Place) -> Path | None:
    try:
        folder = index.own_folder(place.git_dir)
    except OSError:  # a repository that cannot be written; the file can
        return None
    return folder if os.access(folder, os.W_OK) else None


def _read(path: Path) -> bytes | None:
    """What a file says; nothing when it is not there, or is no file of its own."""
    try:
        return None if path.is_symlink() else path.read_bytes()
    except OSError:
        return None


def _is_sparse(place: Place, path: str) -> bool:
    """Whether a path is left out of the work tree on purpose: then it lives in the index."""
    if not place.repo.is_sparse():
        return False
    entry = index.entries(place, [path])[path]
    return entry is not None and entry.skipped


def in_commit(place: Place, commit: str, paths: Collection[str]) -> Entries:
    """What a commit says of some paths."""
    found: dict[str, Entry] = {}
    listed = sorted(paths)
    for at in range(0, len(listed) if commit else 0, 200):
        rows = place.git("ls-tree", "-z", "--full-tree", commit, "--", *listed[at : at + 200])
        for row in filter(None, os.fsdecode(rows).split("\0")):
            facts, path = row.split("\t", 1)
            mode, _, oid = facts.split()
            found[path] = Entry(mode, oid)
    return {path: found.get(path) for path in listed}


def unmodified(place: Place, paths: Collection[str], base: Entries) -> None:
    """Hindered when a file says something else than the commit that we start from."""
    here = [path for path in paths if base.get(path) and (place.root / path).is_file()]
    for path, oid in zip(here, _hashes(place, here), strict=True):
        entry = base[path]
        if entry and entry.oid != oid:
            raise Hindered(f"{path} had changes in no commit", remedy=f"git diff HEAD -- {path}")


def blobs(place: Place, changes: Changes, base: Entries) -> Entries:
    """Each change as an entry, its content as `git add` would store it."""
    place.reached("before blob")
    now = index.entries(place, changes) if place.repo.is_sparse() else {}
    texts = {path: raw for path, raw in changes.items() if raw is not None}
    many = [path for path in texts if not _skipped(now, path)] if len(texts) > _FEW else []
    oids = dict(zip(many, _hashes(place, many, "-w"), strict=True))
    wanted: dict[str, Entry | None] = dict.fromkeys(changes)
    for path, raw in texts.items():
        before = now.get(path) or base.get(path)
        oid = oids.get(path) or _hash(place, path, raw)
        mode = before.mode if before else _mode(place.root / path)
        wanted[path] = Entry(mode, oid, _skipped(now, path))
    place.reached("after blob")
    return wanted


def _mode(path: Path) -> str:
    """How a new file is filed: what runs here runs everywhere. A record never does."""
    runs = path.suffix != ".md" and path.is_file() and path.stat().st_mode & 0o100
    return "100755" if runs else "100644"


def _hash(place: Place, path: str, raw: bytes) -> str:
    asked = ("hash-object", "-w", "--stdin", f"--path={path}")
    return place.git(*asked, stdin=raw).decode().strip()


def _skipped(now: Entries, path: str) -> bool:
    entry = now.get(path)
    return entry is not None and entry.skipped


def _hashes(place: Place, paths: Collection[str], *options: str) -> list[str]:
    if not paths:
        return []
    rows = "".join(f"{path}\n" for path in paths)
    asked = ("hash-object", *options, "--stdin-paths")
    return place.git(*asked, stdin=os.fsencode(rows)).decode().split()


def under_way(place: Place) -> str:
    """What somebody is in the middle of in a checkout, if anything."""
    for name, what in _UNDER_WAY.items():
        if (place.git_dir / name).exists():
            return what
    return ""


def siblings(place: Place, branch: str) -> Iterator[Place]:
    """The other checkouts of a branch."""
    if not branch or not (place.repo.common_dir / "worktrees").is_dir():
        return
    told = os.fsdecode(place.git("worktree", "list", "--porcelain", "-z"))
    for block in told.split("\0\0"):
        facts = dict(row.partition(" ")[::2] for row in block.split("\0") if row)
        root = Path(facts.get("worktree", ""))
        if facts.get("branch") == branch and root.is_dir() and "bare" not in facts:
            other = place._replace(root=root)
            said = other.git("rev-parse", "--absolute-git-dir")
            git_dir = Path(os.fsdecode(said).removesuffix("\n"))
            if git_dir != place.git_dir:
                yield other._replace(git_dir=git_dir)


def can_follow(sibling: Place, changes: Changes, wanted: Entries, base: Entries) -> None:
    """Hindered unless another checkout of the branch has nothing of its own in our paths."""
    where = f"{sibling.root} has this branch checked out too"
    if doing := under_way(sibling):
        raise Hindered(f"{where}, in the middle of a {doing}")
    now = index.entries(sibling, changes)
    for path, raw in changes.items():
        if not any(index.same({path: now[path]}, known) for known in (base, wanted)):
            raise Hindered(f"{where}, and {path} is staged there", remedy="commit it there first")
        here = _read(sibling.root / path)
        if here in (None, raw) or _skipped(now, path):
            continue
        (oid,) = _hashes(sibling, [path])
        if oid not in {entry.oid for entry in (base.get(path), wanted.get(path)) if entry}:
            raise Hindered(f"{where}, and {path} is edited there", remedy="commit it there first")


def follow(
    sibling: Place, changes: Changes, wanted: Entries, base: Entries, brought: Brought
) -> None:
    """Bring another checkout of the branch along: its next commit would undo ours."""
    now = index.entries(sibling, changes)
    for path, raw in changes.items():
        here = _read(sibling.root / path)
        if here == raw or _skipped(now, path) or (here is None and base.get(path)):
            continue
        _put(sibling, path, raw, here)
        brought.append((sibling, path, here))
    index.stage(sibling, wanted, base)


def _put(place: Place, path: str, raw: bytes | None, here: bytes | None) -> None:
    if raw is None:
        (place.root / path).unlink()
    elif here is None:
        write.create(place.root, path, raw, _drafts(place))
    else:
        write.replace(place.root, path, raw, here, _drafts(place))


def take_back(brought: Brought, changes: Changes, wanted: Entries, base: Entries) -> None:
    """Undo `follow`, where nobody has changed anything since."""
    for sibling in {each.root: each for each, _, _ in brought}.values():
        restore(sibling, wanted, base)
    for sibling, path, before in brought:
        with suppress(SwarmError, OSError):
            here = _read(sibling.root / path)
            if here == changes[path]:
                _put(sibling, path, before, here)


def restore(place: Place, wanted: Entries, base: Entries) -> None:
    """Take our own entries back out of the index, where they are still ours."""
    with suppress(SwarmError, OSError):
        if not index.same(base, index.entries(place, base)):
            index.stage(place, base, wanted)


def left_staged(place: Place, brought: Brought, wanted: Entries, base: Entries) -> str:
    """The command that takes out what is still ours in an index, as on a full disk; else nothing.

    What a commit holds by now is not left over, though it is in the index as well.
    """
    with suppress(SwarmError, OSError):
        for each in {place.root: place, **{one.root: one for one, _, _ in brought}}.values():
            now = index.entries(each, wanted)
            ours = {path: entry for path, entry in wanted.items() if entry != base.get(path)}
            paths = [path for path in ours if index.same({path: ours[path]}, now)]
            held = in_commit(each, "HEAD", paths) if place.repo.head else {}
            if paths and not index.same({path: ours[path] for path in paths}, held):
                named = " ".join([*map(quote, paths[:_FEW]), *["…"][: len(paths) > _FEW]])
                return f"git -C {quote(str(each.root))} reset -q -- {named}"
    return ""


def is_staged(place: Place, wanted: Entries) -> bool:
    return index.same(wanted, index.entries(place, wanted))


@contextmanager
def queue(place: Place, now_ns: int) -> Iterator[None]:
    """Writers go one by one, for speed. One that is stuck is not waited for: git's swap decides."""
    place.reached("before queue")
    with index.held(index.own_folder(place.repo.common_dir) / "writers", _QUEUE_PAUSES):
        place.reached("after queue")
        index.sweep(place.git_dir, now_ns)
        yield


forsaken, same, stage = index.forsaken, index.same, index.stage

__all__ = ["Changes", "Entries", "Hindered", "Place"]
