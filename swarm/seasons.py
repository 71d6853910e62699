"""Work that evidence calls for, whatever the date: ripe groups, and pairs that stand out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from swarm import harvest, paired

if TYPE_CHECKING:
    from swarm.board import Board

MOST = 3_000  # records; of more, harvest and recombine are asked for it
FEW = 500  # lessons that cite little
_NAMED = 3


class Call(NamedTuple):
    """Work that is called for: why, and the command that begins it."""

    id: str
    why: str
    command: str


def look(board: Board) -> Iterator[Call]:
    """What fired. Nothing else calls for anything."""
    if board.view.size > MOST:
        return
    try:
        if board.place.settings.model == harvest.LSA and _is_quick(board):
            yield from _harvest(board)
        yield from _recombine(board)
    except ImportError as error:
        yield Call("", f"what calls for work cannot be found out: {error}", "swarm harvest")


def _is_quick(board: Board) -> bool:
    """Whether it is found out in passing: words are heard more slowly than citations."""
    names, links = harvest.citations(board.view)
    return len(links) >= len(names) or len(names) <= FEW


def _harvest(board: Board) -> Iterator[Call]:
    ripe = harvest.ripe(board).ripe
    if ripe:
        first = ripe[0]
        many = "one group of lessons hangs" if len(ripe) == 1 else f"{len(ripe)} groups hang"
        names = ", ".join(first.names[:_NAMED])
        why = (
            f"{many} together and no principle carries them; around {names}: "
            f"{first.group.told:.1f} against {first.group.mean:.1f} by chance"
        )
        yield Call("", why, "swarm harvest")


def _recombine(board: Board) -> Iterator[Call]:
    settings = board.place.settings
    found = paired.fired(
        board.view, harvest.citations, settings.weights.half_life, settings.harvest_rate
    )  # fmt: skip
    if found:
        first = found[0]
        more = f", and {len(found) - 1} more pairs do" if len(found) > 1 else ""
        shared = ", ".join(first.shared[:_NAMED])
        why = f"both lean on {shared}, and nothing joins them{more}"
        yield Call(f"{first.left}+{first.right}", why, "swarm recombine")
