"""The drafts of ripe groups, written as principles: through the gate, as everything is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import deposit, hired
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.deposit import Deposited
    from swarm.distil import Distilled

distilled = hired.distilled

_CARRIED = (
    "SELECT pd.id, d.id FROM link l JOIN node p ON p.view = l.view AND p.doc = l.source "
    "JOIN doc pd ON pd.doc = p.doc JOIN doc d ON d.doc = l.target "
    "WHERE l.view = ? AND l.type = 'derived_from' AND p.kind = 'principle'"
)


class Reaped(NamedTuple):
    """What became of a draft: its record, or why there is none."""

    done: Deposited | None
    problem: Problem | None = None


def write(board: Board, groups: Sequence[Distilled]) -> Iterator[Reaped]:
    """One principle for each group; one that a rule refuses keeps the others from nothing."""
    for each in groups:
        names = [member.id for member in each.members]
        carrier = _carrier(board.again(), set(names))
        if carrier:
            what = f"{carrier} was derived from all of {names[0]} and others meanwhile"
            problem = Problem(each.members[0].path, 1, what, f"swarm show {carrier}", "note")
            yield Reaped(None, problem)
            continue
        try:
            yield Reaped(_written(board, each))
        except deposit.Rejected as error:
            what = f"the draft around {names[0]} is refused: {error.what}"
            remedy = f"mend what its members say, or write it yourself: {error.remedy}"
            yield Reaped(None, Problem(each.members[0].path, 1, what, remedy))


def _written(board: Board, group: Distilled) -> Deposited:
    draft = group.draft
    return deposit.deposit(
        board,
        "principle",
        draft.title,
        dict(draft.keys),
        [],
        draft.body,
        verb="harvest",
        keep=False,
    )


def _carrier(board: Board, members: set[str]) -> str:
    """A principle that was derived from all of some records by now."""
    sources: dict[str, set[str]] = {}
    for principle, source in board.view.rows(_CARRIED, board.view.number):
        sources.setdefault(principle, set()).add(source)
    found = sorted(name for name, held in sources.items() if members <= held)
    board.close()
    return found[0] if found else ""
