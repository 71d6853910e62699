"""What is ripe on a board: groups of its lessons that no principle carries yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from swarm import kept, material

if TYPE_CHECKING:
    from collections.abc import Callable

    from swarm.board import Board
    from swarm.kept import Crop, Ripe
    from swarm.lsa import Rows
    from swarm.material import Material
    from swarm.wording import Worded


citations = material.citations
LSA = material.LSA


class Harvest(NamedTuple):
    """The records that were looked at, and what of them is ripe, the densest first."""

    material: Material
    crop: Crop

    def members(self, ripe: Ripe) -> list[Worded]:
        return [self.material.told[at] for at in ripe.group.members]

    def against(self, ripe: Ripe) -> list[tuple[Worded, Worded]]:
        """The members of a group of which one says that the other is wrong."""
        inside = set(ripe.group.members)
        told = self.material.told
        return [(told[one], told[other]) for one, other in self.material.against
                if one in inside and other in inside]  # fmt: skip


def look(board: Board) -> Harvest:
    """What is ripe now, and the records that it was found among."""
    found = material.of(board)
    return Harvest(found, _crop(board, lambda: (found, material.rows(board, found))))


def ripe(board: Board) -> Crop:
    """What is ripe now. Where that is known already, no record is read for it."""

    def bring() -> tuple[Material, Rows]:
        found = material.of(board)
        return found, material.rows(board, found)

    return _crop(board, bring)


def _crop(board: Board, bring: Callable[[], tuple[Material, Rows]]) -> Crop:
    settings = board.place.settings
    # What another model would say is not told by its name: it is asked each time.
    state = material.state(board.view) if settings.model == LSA else ""
    return kept.of(state, settings.harvest_rate, board.cache.folder / "ripe", bring, board.progress)
