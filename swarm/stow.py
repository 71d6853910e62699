"""Lessons that a principle carries, moved out of the reader's way: to memory/archive/.

Nothing is deleted, and a link by id leads there as before. A lesson may go when a principle that
stands was derived from it, and nothing that is alive leans on it: no belief, and no open work.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from swarm import gate
from swarm.records import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from swarm.board import Board

_ARCHIVE = "memory/archive"
_LESSONS = "memory/lessons/"

_SHOWN = "n.marks NOT LIKE '%archived%' AND n.marks NOT LIKE '%superseded%'"
_CARRIED = (
    "SELECT DISTINCT n.doc FROM link l JOIN node n ON n.view = l.view AND n.doc = l.target "
    "JOIN node p ON p.view = l.view AND p.doc = l.source "
    "WHERE l.view = ? AND l.type = 'derived_from' AND n.kind = 'lesson' "
    f"AND {_SHOWN} AND n.marks NOT LIKE '%contradicted%' AND p.kind = 'principle' "
    f"AND {_SHOWN.replace('n.', 'p.')} AND p.marks NOT LIKE '%contradicted%' ORDER BY n.place"
)
_ALIVE = (
    "SELECT DISTINCT l.target FROM link l JOIN node s ON s.view = l.view AND s.doc = l.source "
    "WHERE l.view = ? AND (s.kind = 'belief' AND s.status IN ('aspirational', 'enforced') "
    "OR s.kind IN ('task', 'frontier', 'challenge') AND s.status = 'open')"
)
_READABLE = (
    "SELECT count(*), sum(length(d.title) + length(d.head) + length(d.body)) FROM node n "
    "JOIN doc d ON d.doc = n.doc WHERE n.view = ? AND n.kind IN ('lesson', 'principle', 'belief') "
    f"AND {_SHOWN}"
)


class Size(NamedTuple):
    """What of a board is there to be read: records of knowledge, and their characters."""

    records: int
    characters: int


class Stowed(NamedTuple):
    """What went where, in which commit, or why in none; and what stays though it is carried."""

    moved: tuple[tuple[str, str], ...]  # from, to
    commit: str
    notes: tuple[str, ...]
    left: tuple[str, ...]


def readable(board: Board) -> Size:
    """How much there is to be read: what is archived or superseded is not counted."""
    records, characters = board.view.rows(_READABLE, board.view.number)[0]
    return Size(records, characters or 0)


def stow(board: Board) -> Stowed:
    """Move every lesson that may go, in one commit."""
    wanted = carried(board)
    changed = set(board.place.repo.changed_paths())
    laid = dict(_laid(board, wanted))
    may = [path for path in wanted if path in laid and path not in changed]
    moves = {path: f"{_ARCHIVE}/{path.rpartition('/')[2]}" for path in may}
    moves = {old: new for old, new in moves.items() if not os.path.lexists(board.root / new)}
    left = tuple(path for path in wanted if path not in moves)
    if not moves:
        return Stowed((), "", (), left)
    changes: dict[str, bytes | None] = {new: laid[old] for old, new in moves.items()}
    changes |= dict.fromkeys(moves)  # the new places first: at no moment is a lesson nowhere
    many = "one lesson" if len(moves) == 1 else f"{len(moves)} lessons"
    done = gate.write(
        board.place.repo, board.root, changes,
        gate.Message(f"swarm: harvest — archive {many}", "harvest", board.around.agent),
        board.around.environ, board.around.now_ns, start={old: laid[old] for old in moves},
    )  # fmt: skip
    return Stowed(tuple(moves.items()), done.commit, gate.notes(many, done), left)


def carried(board: Board) -> list[str]:
    """Where the lessons lie that may go, the oldest first."""
    alive = {doc for (doc,) in board.view.rows(_ALIVE, board.view.number)}
    docs = [doc for (doc,) in board.view.rows(_CARRIED, board.view.number) if doc not in alive]
    paths = (record.path for _, record in board.view.at(docs))
    return [each for each in paths if each.startswith(_LESSONS)]


def _laid(board: Board, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of some files that lie in the work tree."""
    wanted = set(paths)
    listed = (each for each in board.place.listing if shown(each.path) in wanted)
    for each in board.place.load(listed):
        if each.raw is not None and not each.problem:
            yield shown(each.found.path), each.raw
