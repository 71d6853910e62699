"""swarm find: records by their words. Whatever a person types is a query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from swarm import fulltext, render
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("-k", "limit", default=20, show_default=True, type=click.IntRange(1, 10_000),
              help="At most so many.")  # fmt: skip
def command(board: Board, query: tuple[str, ...], limit: int) -> Answer:
    """Find records by their words, the best first.

    QUERY is any text. A record that is called exactly that comes first.
    """
    asked = " ".join(query)
    hits = fulltext.find(board.view, asked, limit)
    records = [{**hit.record.brief(), "score": hit.score, "terms": hit.terms} for hit in hits]
    return Answer({"query": asked, "records": records})


def text(answer: Answer) -> Iterator[Line]:
    """Best first, each with its terms."""
    for record in answer.data["records"]:
        terms = " + ".join(f"{name} {value:.1f}" for name, value in record["terms"].items())
        yield render.record(record, terms)
    if not answer.data["records"]:
        yield f"no record here holds any word of {answer.data['query'][:200]!r}"
