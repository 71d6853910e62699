"""New keys in the head of a record that is there, and their commit: nothing else in it changes."""

from __future__ import annotations

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
    raw = standing(board, record.path)
    new = raw
    for key, value in keys.items():
        new = document.edit(document.read(new, record.path), key, value)
    task = record.id if record.kind == "task" else ""
    subject = f"swarm: {signed.verb} {record.id} — {record.title}"
    done = gate.write(
        board.place.repo, board.root, {record.path: new},
        gate.Message(subject, signed.verb, signed.agent, task, signed.token),
        board.around.environ, board.around.now_ns, refs=signed.refs, keep=keep,
        start={record.path: raw},
        verdicts={record.path: signed.verdict} if signed.verdict else None,
    )  # fmt: skip
    notes = gate.notes(record.path, done)
    if done.commit or keep:
        return Amended(done.commit, (), notes)
    remedy = f"git add {quote(record.path)} && git commit"
    problems = tuple(Problem(record.path, 0, each, remedy, "warning") for each in notes)
    return Amended("", problems, ())


def standing(board: Board, path: str) -> bytes:
    """What a record's file says; of one that sparse checkout left out, what the index says."""
    listed = (each for each in board.place.listing if shown(each.path) == path)
    for entry in board.place.load(listed):
        raw = entry.raw if entry.raw is not None else next(board.place.repo.blobs([entry.oid]))
        if document.refuse(raw, path):
            break
        return raw
    raise SwarmError("its file cannot be read", where=path, remedy="swarm doctor")
