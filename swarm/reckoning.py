"""What a board's predictions came to, and what that leaves to be tested again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarm import evidence, forecasts

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.forecasts import Reckoned


def reckon(board: Board, by: str | None) -> Reckoned:
    """The ledger, and every belief with its odds, the one a test would tell most about first."""
    found = forecasts.reckon(board, by)
    beliefs = [each._asdict() for each in evidence.beliefs(board)]
    for each in beliefs:
        del each["doc"]  # a row of the cache: nobody else knows it
    return found._replace(data={**found.data, "beliefs": beliefs})
