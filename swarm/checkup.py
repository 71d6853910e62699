"""All that a doctor looks at: the records, and what was left behind in the clone they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarm import doctor, remains

if TYPE_CHECKING:
    from swarm.board import Board

part_ways = doctor.part_ways


def examine(board: Board) -> doctor.Findings:
    """Everything that is wrong with a board and with the clone it lies in."""
    return doctor.examine(board.view, (*board.problems(), *remains.found(board)))
