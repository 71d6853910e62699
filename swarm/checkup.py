"""All that a doctor looks at: the records, and what killed writers left behind."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from swarm import checkout, doctor
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.board import Board

part_ways = doctor.part_ways


def examine(board: Board) -> doctor.Findings:
    """Everything that is wrong with a board and with the clone it lies in."""
    return doctor.examine(board.view, (*board.problems(), *_left_behind(board)))


def _left_behind(board: Board) -> list[Problem]:
    lock = checkout.forsaken(board.place.repo.git_dir)
    if not lock:
        return []
    what = "left by a swarm process that was killed: it keeps git from the index"
    remedy = f"rm {quote(str(lock))}, or let the next swarm write clear it away"
    return [Problem(str(lock), 0, what, remedy, "warning")]
