"""swarm trails: which records the colony walks to, which it has left, and what it warns of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import footprints
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

_DEPOSITS = 5  # shown of each; JSON has them all


@click.command()
@click.option("--hot", metavar="N", type=click.IntRange(1, 10_000), help="The N warmest.")
@click.option("--cold", metavar="N", type=click.IntRange(1, 10_000),
              help="The N that were walked to once and have cooled down most.")  # fmt: skip
def command(board: Board, hot: int | None, cold: int | None) -> Answer:
    """Records by the trails that newer ones left on them, with the deposits of each.

    Trails fade with every record that arrives, not with time. Without an option,
    the ten warmest.
    """
    half_life = board.place.settings.weights.half_life
    told: dict[str, Any] = {"half_life": half_life}
    if hot or not cold:
        told["hot"] = footprints.trails(board.view, half_life, hot or 10, coldest=False)
    if cold:
        told["cold"] = footprints.trails(board.view, half_life, cold, coldest=True)
    return Answer(told)


def text(answer: Answer) -> Iterator[Line]:
    """A record a line, then who left what and what is left of it."""
    told = [name for name in ("hot", "cold") if answer.data.get(name)]
    for name in told:
        if len(told) > 1:
            yield [({"hot": "warmest", "cold": "coldest"}[name], "bold")]
        for each in answer.data[name]:
            yield [(each["id"], "id"), (f"  {each['title']}", ""), (f"  {_heat(each)}", "dim")]
            yield [(f"  {_deposits(each['deposits'])}", "dim")]
    if not any(answer.data.get(name) for name in ("hot", "cold")):
        yield "no record here is cited by a newer one yet"


def _heat(each: dict[str, Any]) -> str:
    warned = f", warning {each['warning']:.2f}" if each["warning"] else ""
    return f"trail {each['trail']:.2f}{warned}"


def _deposits(deposits: list[dict[str, Any]]) -> str:
    shown = " + ".join(
        f"{each['now']:.2f} {each['by']}{' (warning)' if each['warning'] else ''}"
        for each in deposits[:_DEPOSITS]
    )
    more = len(deposits) - _DEPOSITS
    return f"{shown} + {more} more" if more > 0 else shown
