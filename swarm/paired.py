"""Which of the pairs that recombine proposes are no chance: unjoined, and yet they cite alike.

How many records both would cite by chance, if citations were swapped among records close in time,
is a sum of rare things: a Poisson count. Every two records of the board might have been proposed,
so as many as that count as tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from swarm import recombine, swaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from swarm.recombine import Pair
    from swarm.view import View

    Cited = tuple[list[str], list[tuple[int, int]]]  # ids, and links by their numbers

_PROPOSED = 100
_SHARED = 2  # neighbours; one alone is no surprise on any board, and most pairs have no more


def fired(
    view: View, citations: Callable[[View], Cited], half_life: float, rate: float
) -> list[Pair]:
    """The pairs that stand out, with so many false ones among them; the most surprising first."""
    found = recombine.pairs(view, half_life, _PROPOSED)
    proposed = [each for each in found if len(each.shared) >= _SHARED]
    if not proposed:
        return []
    names, links = citations(view)
    number = {name: at for at, name in enumerate(names)}
    pairs = [each for each in proposed if each.left in number and each.right in number]
    if not pairs:
        return []
    ends = [(number[each.left], number[each.right]) for each in pairs]
    size = len(number)
    odds = swaps.together(ends, links, size)
    rates = swaps.rates(odds, size * (size - 1) / 2).tolist()
    told = zip(odds.tolist(), rates, pairs, strict=True)
    fires = [(odd, each.left, each.right, each) for odd, false, each in told if false <= rate]
    return [each for *_, each in sorted(fires, key=lambda one: one[:3])]
