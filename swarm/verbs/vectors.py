"""swarm vectors: numbers for what records say, by which like is found for like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import vectors, wording
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

_SHOWN = 5


@click.command()
@click.argument("action", type=click.Choice(("build", "status")))
@click.option("--model", metavar="lsa|NAME|DIR",
              help="Of which model; else what [vectors] in swarm.toml says, else lsa.")  # fmt: skip
@click.option("--allow-download", "fetch", is_flag=True,
              help="A model that is not on this machine may be downloaded.")  # fmt: skip
def command(board: Board, action: str, model: str | None, fetch: bool) -> Answer:
    """Make the vectors of what is known here, or show what there is of them.

    \b
    build     make those that are missing; when it is stopped, the next one goes on from there
    status    how many there are, and what no vector can be made of

    `lsa` is learned from the board's own words and needs nothing. Any other name is a
    sentence-transformers model: a folder, or its name on huggingface.co. Nothing is
    downloaded without --allow-download.
    """
    told = wording.of(board.view)
    board.problems()  # they are asked for at the end, and by then the view is closed:
    board.close()  # whoever holds one open for minutes keeps writers waiting
    root = board.place.repo.root
    choice = vectors.chosen(board.place.settings.model, root, model, fetch)
    folder = board.cache.folder / "vectors"
    texts = [each.text for each in told]
    data: dict[str, Any] = {"action": action, "model": choice.name, "texts": len(texts)}
    if action == "build":
        built = vectors.bring(folder, choice, texts, board.progress)
        silent = built.silent
        data |= {"made": built.made, "dimensions": built.rows.shape[1], "kept": built.lasting}
    else:
        there = vectors.look(folder, choice, texts)
        silent = list(there.silent)
        data |= {"there": there.there, "missing": len(texts) - there.there}
    ids = [{"id": told[at].id, "path": told[at].path} for at in silent]
    return Answer({**data, "silent": ids})


def text(answer: Answer) -> Iterator[Line]:
    """How many there are, and of what there is none."""
    data = answer.data
    of = f"{_counted(data['texts'], 'text')} by {data['model']}"
    if data["action"] == "build":
        yield f"{of}: {_counted(data['made'], 'vector')} made"
        if not data["kept"]:
            yield "they cannot be kept here, and are made anew each time"
    else:
        yield f"{of}: {_counted(data['there'], 'vector')} there"
        if data["missing"]:
            yield "next: swarm vectors build"
    silent = [each["id"] for each in data["silent"]]
    if silent:
        more = f" … and {len(silent) - _SHOWN:,} more" if len(silent) > _SHOWN else ""
        yield f"without a known word: {', '.join(silent[:_SHOWN])}{more}"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
