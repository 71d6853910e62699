"""Ask a board about a text: the records that bear on it, or silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from swarm import lanes, silence

if TYPE_CHECKING:
    from swarm.retrieve import Ranked
    from swarm.view import View
    from swarm.weights import Weights


class Consulted(NamedTuple):
    """What came of it. What was ranked is empty when the board had better be silent."""

    ranked: tuple[Ranked, ...]
    coverage: float
    floor: float


def consult(view: View, text: str, weights: Weights) -> Consulted:
    """Every record that bears on a text, the best first."""
    verdict = silence.judge(view, text)
    heard = not verdict.silent or bool(view.called(text))
    ranked = lanes.search(view, text, weights) if heard else ()
    return Consulted(ranked, verdict.coverage, verdict.floor)
