"""swarm import: bring an older blackboard over, and account for every row of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swarm import bringing, render
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board

_SHOWN_ALIKE = 3


@click.command()
@click.argument("source", metavar="DIR_OR_REPO", type=click.Path(path_type=Path))
@click.option("--no-commit", is_flag=True, help="Leave the records in the work tree.")
def command(board: Board, source: Path, no_commit: bool) -> Answer:
    """Import an older blackboard: every row of it becomes one record, or is reported.

    Ids, dates and provenance are kept. No file that exists is changed, so that
    running it again adds what is new and nothing else. Exit code 1: it is in no commit.
    """
    target = board.root
    progress = board.progress or (lambda done, total: None)
    done, made = bringing.bring(
        source, board.place.repo, target, board.around, progress, keep=no_commit
    )
    data = {
        "kinds": [asdict(count) for count in done.kinds],
        "written": len(done.written),
        "unchanged": done.unchanged,
        "commit": done.commit,  # of the source
        "committed": made.commit,
        "reported": [{"kind": kind, **problem.as_json()} for kind, problem in done.reported],
    }
    told = bringing.notes(f"{len(done.written)} records", made)
    if made.commit or no_commit:
        return Answer(data, notes=(*done.notes, *told))
    folders = sorted({path.partition("/")[0] for path in done.written})
    remedy = f"git add {' '.join(folders)} && git commit"
    problems = tuple(Problem(" ".join(folders), 0, each, remedy, "warning") for each in told)
    return Answer(data, problems, int(bool(problems)), done.notes)


def text(answer: Answer) -> Iterator[Line]:
    """Why some rows are no record; then the table in which found = imported + reported."""
    reported = sorted(answer.data["reported"], key=_sort_of)
    for _, group in groupby(reported, key=_sort_of):
        alike = list(group)
        for row in alike[:_SHOWN_ALIKE]:
            told = {key: value for key, value in row.items() if key != "kind"}
            yield render.problem(Problem(**told))
        if len(alike) > _SHOWN_ALIKE:
            yield [(f"  … {len(alike) - _SHOWN_ALIKE} more of that sort: --json lists them", "dim")]
    columns = ("kind", "found", "imported", "reported")
    rows = [[str(count[column]) for column in columns] for count in answer.data["kinds"]]
    total = ["all", *(str(sum(int(row[at]) for row in rows)) for at in (1, 2, 3))]
    yield from render.table([columns, *rows, total])
    yield f"{answer.data['written']} files written, {answer.data['unchanged']} already there"


def _sort_of(row: dict[str, Any]) -> str:
    """The words of a reason without the names and places in it."""
    return " ".join(word for word in row["what"].split() if word.isalpha())
