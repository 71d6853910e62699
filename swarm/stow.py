"""Lessons that a principle carries, moved out of the reader's way: to memory/archive/.

Nothing is deleted, and a link by id leads there as before. A lesson may go when a principle that
stands was derived from it, and nothing that is alive leans on it: no belief, and no work that is
not done. What is linked by its path stays, for such a link would lead nowhere.
"""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import gate
from swarm.records import Problem, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from swarm.board import Board

_ARCHIVE, _LESSONS = "memory/archive/", "memory/lessons/"
_DONE = ("closed", "abandoned", "answered", "falsified", "superseded", "dismissed", "upheld")
_ALIVE_KINDS = ("belief", "task", "frontier", "challenge", "signal")

_SHOWN = "n.marks NOT LIKE '%archived%' AND n.marks NOT LIKE '%superseded%'"
_CARRIED = (
    "SELECT DISTINCT n.doc, pd.path FROM link l "
    "JOIN node n ON n.view = l.view AND n.doc = l.target "
    "JOIN node p ON p.view = l.view AND p.doc = l.source JOIN doc pd ON pd.doc = p.doc "
    "WHERE l.view = ? AND l.type = 'derived_from' AND n.kind = 'lesson' "
    f"AND {_SHOWN} AND n.marks NOT LIKE '%contradicted%' AND p.kind = 'principle' "
    f"AND {_SHOWN.replace('n.', 'p.')} AND p.marks NOT LIKE '%contradicted%' ORDER BY n.place"
)
_LEANING = (
    "SELECT l.target, s.kind, s.status FROM link l "
    "JOIN node s ON s.view = l.view AND s.doc = l.source WHERE l.view = ?"
)
_BY_PATH = (
    "SELECT l.source, l.target FROM link l JOIN edge e ON e.rowid = l.edge "
    "WHERE l.view = ? AND e.form = 'path'"
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


class Left(NamedTuple):
    """A lesson that is carried and stays where it is, and why."""

    path: str
    why: str


class Stowed(NamedTuple):
    """What went where, in which commit; why in none; and what stays though it is carried."""

    moved: tuple[tuple[str, str], ...]  # from, to
    commit: str
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    left: tuple[Left, ...]


def readable(board: Board) -> Size:
    """How much there is to be read: what is archived or superseded is not counted."""
    records, characters = board.view.rows(_READABLE, board.view.number)[0]
    return Size(records, characters or 0)


def stow(board: Board) -> Stowed:
    """Move every lesson that may go, in one commit."""
    changed = frozenset(board.place.repo.changed_paths())
    wanted = carried(board, changed)
    linked = _linked(board, wanted.values())
    laid = dict(_laid(board, wanted))
    taken = _taken(board, map(_target, wanted))
    why = {path: _why(path, doc in linked, laid, changed, taken) for path, doc in wanted.items()}
    moves = [path for path in wanted if not why[path]]
    left = tuple(Left(path, told) for path, told in why.items() if told)
    if not moves:
        return Stowed((), "", (), (), left)
    changes: dict[str, bytes | None] = {_target(old): laid[old] for old in moves}
    changes |= dict.fromkeys(moves)  # the new places first: at no moment is a lesson nowhere
    many = "one lesson" if len(moves) == 1 else f"{len(moves)} lessons"
    done = gate.write(
        board.place.repo, board.root, changes,
        gate.Message(f"swarm: harvest — archive {many}", "harvest", board.around.agent),
        board.around.environ, board.around.now_ns, start={old: laid[old] for old in moves},
    )  # fmt: skip
    notes = gate.notes(many, done)
    pairs = tuple((old, _target(old)) for old in moves)
    if done.commit:
        return Stowed(pairs, done.commit, notes, (), left)
    remedy = "git add -A memory && git commit"
    problems = tuple(Problem(_ARCHIVE, 0, each, remedy, "warning") for each in notes)
    return Stowed(pairs, "", (), problems, left)


def carried(board: Board, changed: frozenset[str] = frozenset()) -> dict[str, int]:
    """Where the lessons lie that may go, the oldest first, each with its row.

    A principle that is in no commit yet carries nothing: it may never come to be.
    """
    view = board.view
    leaning = view.rows(_LEANING, view.number)
    alive = {doc for doc, kind, status in leaning if kind in _ALIVE_KINDS and status not in _DONE}
    docs = [doc for doc, by in view.rows(_CARRIED, view.number) if not _is_among(by, changed)]
    found = view.at(doc for doc in dict.fromkeys(docs) if doc not in alive)
    return {each.path: doc for doc, each in found if each.path.startswith(_LESSONS)}


def _linked(board: Board, docs: Iterable[int]) -> set[int]:
    """Those of some rows that are linked by path, or link so themselves."""
    ends = {doc for pair in board.view.rows(_BY_PATH, board.view.number) for doc in pair}
    return ends.intersection(docs)


def _is_among(path: str, changed: frozenset[str]) -> bool:
    """Whether git calls a path changed; of a folder that is new to it, it names no files."""
    folders = (path[:at] for at, char in enumerate(path, 1) if char == "/")
    return path in changed or not changed.isdisjoint(folders)


def _target(path: str) -> str:
    return _ARCHIVE + path.removeprefix(_LESSONS)


def _why(
    path: str, linked: bool, laid: dict[str, bytes], changed: frozenset[str], taken: set[str]
) -> str:
    """Why a lesson stays; nothing when it may go."""
    if path not in laid:
        return "it does not lie here under that name"
    if _is_among(path, changed):
        return f"it differs from the last commit: git diff HEAD -- {quote(path)}"
    if linked:
        return "it is linked by its path, or links so: write ids instead"
    return f"{_target(path)} is taken" if _target(path) in taken else ""


def _taken(board: Board, targets: Iterable[str]) -> set[str]:
    """Those of some places where something lies, or lay in the last commit."""
    listed = list(targets)
    repo = board.place.repo
    found = repo.objects(f"{repo.head}:{path}" for path in listed) if repo.head and listed else []
    held = {path for path, each in zip(listed, found, strict=False) if each}
    return held | {path for path in listed if os.path.lexists(board.root / path)}


def _laid(board: Board, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The bytes of some files that lie in the work tree, under names that can be written again."""
    wanted = {path for path in paths if path.isprintable()}
    listed = (each for each in board.place.listing if shown(each.path) in wanted)
    for each in board.place.load(listed):
        path = shown(each.found.path)
        if each.raw is not None and not each.problem and each.found.path == path.encode():
            yield path, each.raw
