"""One round of `next`: what is lying about, what is most worth doing, what evidence calls for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from swarm import seasons, tiers

if TYPE_CHECKING:
    from swarm.board import Board

EACH = tiers.EACH


def items(board: Board, candidates: Iterable[Mapping[str, Any]]) -> list[tiers.Item]:
    """All of it, the most pressing first. `candidates`: as dispatch tells them."""
    standing, work = tiers.standing(board), tiers.ranked(candidates)
    called = [tiers.Item("PERIODIC", *each) for each in seasons.look(board)]
    return tiers.in_order([*standing, *work, *called])
