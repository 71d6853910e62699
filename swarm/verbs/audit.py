"""swarm audit: how a package hangs together, and what came of what was done with swarm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from swarm import coupling, verbsused
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

_SHOWN = 10
_OUTCOMES = ("confirmed", "falsified", "partial", "null")


@click.command()
@click.argument("subject", type=click.Choice(("coupling", "verbs")))
@click.argument("folder", required=False, metavar="[PACKAGE-DIR]", type=click.Path(path_type=Path))
@click.option("--most", type=click.IntRange(min=0), metavar="K",
              help="Of coupling: exit 1 when a module reads more siblings than that.")  # fmt: skip
@click.option("--free", multiple=True, metavar="MODULE",
              help="Of coupling: what everybody may read; as often as you like.")  # fmt: skip
def command(
    board: Board, subject: str, folder: Path | None, most: int | None, free: tuple[str, ...]
) -> Answer:
    """Measure a Python package, or what was done with swarm.

    \b
    coupling  how many siblings each module of a package reads when it runs; of PACKAGE-DIR,
              else of the one package of this repository. A type checker's imports do not count.
    verbs     each verb and each run: its commits, what came of the tasks they touched, and
              the Sharpe ratio of that. Read off commit trailers and the ledger.
    """
    if subject == "coupling":
        return _coupling(_named(folder) if folder else _here(board), most, free)
    if folder is not None or most is not None or free:
        what = "a folder, --most and --free are of coupling"
        raise UsageError(what, remedy="swarm audit verbs")
    found = verbsused.use(board)
    return Answer({"subject": "verbs", **found.as_json()}, found.problems)


def _named(folder: Path) -> Path:
    """A folder as it was named: from the one to work in, where -C says which."""
    told = click.get_current_context()
    return Path(told.obj or ".", str(told.params.get("chdir", ".")), folder)


def _here(board: Board) -> Path:
    root = board.place.repo.root
    if root is None or board.place.key == "commit":
        what = "coupling is read off files, and not off a commit"
        raise UsageError(what, where=board.where, remedy="swarm audit coupling PACKAGE-DIR")
    return coupling.only_one(root)


def _coupling(folder: Path, most: int | None, free: tuple[str, ...]) -> Answer:
    found = coupling.measure(folder, free)
    over = [] if most is None else found.over(most)
    data = {
        "subject": "coupling",
        "package": found.package,
        "most": most,
        "free": list(free),
        "modules": [each.as_json() for each in found.modules],
        "over": [each.name for each in over],
    }
    return Answer(data, found.problems, exit_code=int(bool(over or found.problems)))


def text(answer: Answer) -> Iterator[Line]:
    """A table of what was measured; of many modules the most coupled."""
    if answer.data["subject"] == "coupling":
        return _of_modules(answer.data)
    return _of_verbs(answer.data)


def _of_modules(data: Mapping[str, Any]) -> Iterator[Line]:
    modules = data["modules"]
    over = set(data["over"])
    shown = [each for each in modules if each["name"] in over] or modules[:_SHOWN]
    for each in shown if modules and modules[0]["k"] else ():
        style = "error" if each["name"] in over else ""
        yield [(f"{each['k']:>3}  {each['name']}", style), (f"  {', '.join(each['reads'])}", "dim")]
    if len(shown) < len(modules):
        yield [(f"  … {len(modules) - len(shown)} more: --json lists them", "dim")]
    counts = [each["k"] for each in modules]
    mean = sum(counts) / len(counts) if counts else 0.0
    told = f"{len(modules)} modules of {data['package']}: K is {mean:.2f} on average"
    yield f"{told}, {max(counts, default=0)} at most"
    if data["most"] is not None:
        yield f"{len(over) or 'none'} of them {_reads(len(over))} more than {data['most']}"


def _reads(count: int) -> str:
    return "reads" if count < 2 else "read"


def _of_verbs(data: Mapping[str, Any]) -> Iterator[Line]:
    if not data["verbs"]:
        yield "no commit behind this one was made by a verb"
        return
    for heading in ("verbs", "agents"):
        yield from _table(heading.removesuffix("s"), data[heading])


def _table(heading: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    cells = [[heading, "commits", "tasks", *_OUTCOMES, "undecided", "Sharpe", "n"]]
    for each in rows:
        figure = each["sharpe"]
        sharpe = "–" if figure["value"] is None else f"{figure['value']:.2f}"
        counts = (str(each["outcomes"][name]) for name in _OUTCOMES)
        cells.append([each["name"], str(each["commits"]), str(each["tasks"]), *counts,
                      str(each["undecided"]), sharpe, str(figure["n"])])  # fmt: skip
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    for number, row in enumerate(cells):
        first, *rest = zip(row, widths, strict=True)
        told = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        yield [("  ".join(told), "" if number else "bold")]
