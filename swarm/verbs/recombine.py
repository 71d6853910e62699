"""swarm recombine: records that may belong together and that nobody has brought together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import layout, recombine
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True


@click.command()
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 1_000),
              help="At most so many pairs.")  # fmt: skip
def command(board: Board, top: int) -> Answer:
    """Pairs of records that share neighbours, and that nothing and nobody joins yet.

    The best first: by what they share, how warm both are, and how alike their words.
    """
    half_life = board.place.settings.weights.half_life
    found = recombine.pairs(board.view, half_life, top)
    return Answer({"recombine": [each.as_json() for each in found]})


def text(answer: Answer) -> Iterator[Line]:
    """Each pair with what both are linked to, what its score is made of, and what to ask."""
    for each in answer.data["recombine"]:
        left, right = each["records"]
        terms = " × ".join(f"{name} {value:.2f}" for name, value in each["terms"].items())
        yield [(left["id"], "id"), (" + ", ""), (right["id"], "id"),
               (f"  {each['score']:.3f} = {terms}", "dim")]  # fmt: skip
        yield [(f"  both linked with {', '.join(each['shared'])}", "dim")]
        yield f"  {layout.question(each)}"
    if not answer.data["recombine"]:
        yield "no two records share a neighbour without being joined"
