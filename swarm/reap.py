"""The drafts of ripe groups, written as principles: through the gate, as everything is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swarm import deposit, hired

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.deposit import Deposited
    from swarm.distil import Distilled

distilled = hired.distilled


def write(board: Board, groups: Sequence[Distilled]) -> list[Deposited]:
    """One principle for each group; when one is refused, those before it are there."""
    return [_written(board, each) for each in groups]


def _written(board: Board, group: Distilled) -> Deposited:
    draft = group.draft
    keys: dict[str, Any] = dict(draft.keys)
    return deposit.deposit(
        board, "principle", draft.title, keys, [], draft.body, verb="harvest", keep=False
    )
