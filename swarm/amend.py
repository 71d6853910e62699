"""New keys in the head of a record that is there, and their commit: nothing else in it changes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import document, gate
from swarm.errors import SwarmError
from swarm.records import Problem, RefUpdate, shown

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.closure import Verdict
    from swarm.records import Record


class Amended(NamedTuple):
    """What became of it: the commit, why there is none, what else is to be told."""

    commit: str
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


class Signed(NamedTuple):
    """In which verb's name a record is changed, by whom, and by what right."""

    verb: str
    agent: str
    token: str = ""
    refs: Sequence[RefUpdate] = ()
    verdict: Verdict | None = None


def amend(
    board: Board, record: Record, keys: Mapping[str, Any], signed: Signed, *, keep: bool = False
) -> Amended:
    """Change some keys of a record and commit its file, alone; `keep`: commit nothing."""
    path, raw = standing(board, record.path)
    new = raw
    for key, value in keys.items():
        new = document.edit(document.read(new, path), key, value)
    _reads_back(record, keys, new)
    task = record.id if record.kind == "task" else ""
    subject = f"swarm: {signed.verb} {record.id} — {record.title}"
    done = gate.write(
        board.place.repo, board.root, {path: new},
        gate.Message(subject, signed.verb, signed.agent, task, signed.token),
        board.around.environ, board.around.now_ns, refs=signed.refs, keep=keep,
        start={path: raw},
        verdicts={path: signed.verdict} if signed.verdict else None,
    )  # fmt: skip
    notes = gate.notes(record.path, done)
    if done.commit or keep:
        return Amended(done.commit, (), notes)
    remedy = f"git add {quote(record.path)} && git commit"
    problems = tuple(Problem(record.path, 0, each, remedy, "warning") for each in notes)
    return Amended("", problems, ())


def standing(board: Board, path: str) -> tuple[str, bytes]:
    """A record's file as the system spells its name, and what it says.

    Of one that sparse checkout left out, what the index says.
    """
    listed = (each for each in board.place.listing if shown(each.path) == path)
    for entry in board.place.load(listed):
        if entry.problem:
            break
        raw = entry.raw if entry.raw is not None else next(board.place.repo.blobs([entry.oid]))
        if document.refuse(raw, path):
            break
        return os.fsdecode(entry.found.path), raw
    raise SwarmError("its file cannot be read", where=path, remedy="swarm doctor")


def as_committed(board: Board, path: str) -> Mapping[str, Any]:
    """What the last commit says in a record's head; nothing where it has no such file."""
    repo = board.place.repo
    found = repo.objects([f"{repo.head}:{path}"]) if repo.head else []
    oids = [each[0] for each in found if each and each[1] == "blob"]
    return next((document.read(raw, path).keys() for raw in repo.blobs(oids)), {})


def _reads_back(record: Record, keys: Mapping[str, Any], raw: bytes) -> None:
    """Refuse a change that the head cannot hold: a header block has no room for every text."""
    page = document.read(raw, record.path)
    told = page.keys()
    lost = [key for key, value in keys.items() if told.get(key) != _as_read(page, value)]
    if lost:
        what = f"its head cannot hold `{lost[0]}: {str(keys[lost[0]])[:80]}`"
        if len(lost) > 1:
            what = "its head cannot hold so much, or is not well formed"
        remedy = "swarm doctor; say less, or put the keys of its head between lines of ---"
        raise SwarmError(what, where=record.path, remedy=remedy)


def _as_read(page: document.Document, value: Any) -> Any:
    """How a value comes back: in a header block everything is text."""
    if page.head != "header":
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
