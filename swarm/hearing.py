"""A write brought before the oracle: what it touches, in the tree that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import judged, oracle
from swarm.records import fold

if TYPE_CHECKING:
    from swarm.closure import Verdict
    from swarm.git import Repo

Finding = oracle.Finding
Objects = judged.Objects
Touched = judged.Touched
Blob = judged.Blob


class Write(NamedTuple):
    """What is written: the paths that count, on top of which commit, making which tree.

    `tree` is a commit's id, or empty for the index; `laid` are files that lie over
    what git has there. `message` is none while nobody knows it, `verdicts` are none
    for what lies in the past. `agent` is what whoever writes is called.
    """

    touched: Sequence[Touched]
    base: str
    tree: str
    message: str | None = None
    laid: Mapping[str, Blob | None] = {}
    verdicts: Mapping[str, Verdict] | None = {}
    agent: str = ""


def hear(store: Objects, write: Write) -> list[Finding]:
    """Everything that the rules have against a write."""
    tree = judged.Judged(store, write.tree, write.laid)
    base = judged.Judged(store, write.base, {})
    records = [each for each in write.touched if each.is_of_board and not each.is_guard]
    touched = _fetched(store, records)
    changes = _paired([_change(each, tree) for each in touched])
    after = oracle.Tree(tree, [each.after for each in changes if each.after])
    before = oracle.Tree(base, [each.before for each in changes if each.before])
    case = oracle.Case(
        write.touched, changes, after, before, write.message, write.verdicts, write.agent
    )
    return oracle.judge(case)


def of_files(
    repo: Repo,
    files: Mapping[str, bytes | None],
    before: Mapping[str, bytes],
    message: str,
    verdicts: Mapping[str, Verdict],
) -> list[Finding]:
    """Everything that the rules have against files that are about to be written."""
    laid = {path: None if raw is None else Blob("100644", raw=raw) for path, raw in files.items()}
    stood = {path: Blob("100644", raw=raw) for path, raw in before.items()}
    touched = [Touched(path, stood.get(path), blob) for path, blob in laid.items()]
    base = repo.head or repo.no_files
    with Objects(repo) as store:
        return hear(store, Write(touched, base, base, message, laid, verdicts))


def _fetched(store: Objects, touched: Sequence[Touched]) -> list[Touched]:
    """The same with their contents, asked for in one go."""
    blobs = {
        blob.oid for each in touched for blob in each[1:] if blob and blob.mode != judged.SUBMODULE
    }
    oids = sorted(blobs - {""})
    known = dict(zip(oids, store.many(oids), strict=True))

    def held(blob: Blob | None) -> Blob | None:
        return blob._replace(raw=known[blob.oid]) if blob and known.get(blob.oid) else blob

    return [Touched(each.path, held(each.before), held(each.after)) for each in touched]


def _change(touched: Touched, tree: judged.Judged) -> oracle.Change:
    before, after = (
        oracle.File(touched.path, blob.mode, _reader(tree, blob)) if blob else None
        for blob in (touched.before, touched.after)
    )
    return oracle.Change(touched.path, before, after)


def _reader(tree: judged.Judged, blob: Blob) -> Callable[[], bytes]:
    return lambda: tree.content(blob)


def _paired(changes: list[oracle.Change]) -> list[oracle.Change]:
    """A record that moves is one change, however much of it changes on the way."""
    gone = {
        fold(each.before.id): each
        for each in changes
        if each.after is None and each.before and each.before.id
    }
    paired = []
    for each in changes:
        moved = gone.pop(fold(each.after.id), None) if each.after and not each.before else None
        paired.append(each._replace(before=moved.before) if moved else each)
    taken = {id(each.before) for each in paired if each.after}
    return [each for each in paired if each.after or id(each.before) not in taken]
