"""What records owe, closed tasks and beliefs that are called enforced, and what leans on that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from swarm.debts import rules, tasks
from swarm.records import id_in_name

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.view import View


class Due(NamedTuple):
    """What a record owes, since when, and how many records lean on what it is about."""

    kind: str  # unchecked | late | unenforced
    id: str
    who: str
    why: str
    since: int
    cost: int


def found(board: Board) -> Iterator[Due]:
    """Everything that records owe."""
    for each in tasks.owing(board):
        cost = leaning(board.view, each.about)
        yield Due(each.kind, each.id, each.who, each.why, each.since, cost)
    for one in rules.unenforced(board):
        cost = leaning(board.view, [one.doc])
        yield Due("unenforced", one.id, one.who, one.why, one.since, cost)


def leaning(view: View, docs: Iterable[int]) -> int:
    """How many records lean on any of some rows, at first or second hand, as reach counts them."""
    listed = ", ".join(str(int(doc)) for doc in set(docs))
    ask = f"SELECT coalesce(sum(near + far), 0) FROM node WHERE view = ? AND doc IN ({listed})"
    return int(view.rows(ask, view.number)[0][0])


def rows_at(view: View, paths: Iterable[str]) -> set[int]:
    """The rows of what stands in some places, or went from there under the id in its name."""
    return {doc for path in paths for doc in _row_at(view, path)}


def _row_at(view: View, path: str) -> list[int]:
    named = id_in_name(path.rsplit("/", 1)[-1])
    return view.called(path) or (view.called(named) if named else [])
