"""swarm doctor: every problem, with its remedy; and proof that the cache tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from swarm import checkup, render
from swarm.records import Answer, Line, Problem

if TYPE_CHECKING:
    from swarm.board import Board

READS = True
TELLS_PROBLEMS = True

_SHOWN_NAMES = 10
_SHOWN_ALIKE = 3


@click.command()
@click.option("--rebuild", is_flag=True, help="Prove that the cache equals a rebuild.")
@click.option("--mend", is_flag=True, help="Replace a cache that does not.")
def command(board: Board, rebuild: bool, mend: bool) -> Answer:
    """Tell every problem of this blackboard: where it is and how to mend it.

    Reads only, unless --mend is given. Ends with 1 when something could not be read.
    """
    findings = checkup.examine(board)
    compared = rebuild or mend or board.replaced or not board.view.lasting
    cache = _compare(board, mend) if compared else {"state": "not compared"}
    failed = cache["state"] == "differs" or any(told.level == "error" for told in findings.problems)
    names = [{"name": name, "linked_from": at} for name, at in findings.placeholders]
    data = {"records": board.view.counts(), "placeholders": names, "cache": cache}
    return Answer(data, findings.problems, exit_code=int(failed))


def text(answer: Answer) -> Iterator[Line]:
    """Problems first, the worst on top; a line at the end that says how it stands."""
    for what, group in groupby(answer.problems, key=_sort_of):
        alike = list(group)
        shown = alike if len(alike) <= _SHOWN_ALIKE else alike[:1]
        for told in shown:
            yield render.problem(told)
        if len(shown) < len(alike):
            yield [(f"  … {len(alike) - 1} more: {what[1]}", "dim")]
    names = answer.data["placeholders"]
    for each in names[:_SHOWN_NAMES]:
        places = each["linked_from"]
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield [("link to what is not here yet ", "dim"), (each["name"], "id"),
               (f"  {places[0]}{more}", "dim")]  # fmt: skip
    if len(names) > _SHOWN_NAMES:
        yield f"… and {len(names) - _SHOWN_NAMES} more such names: swarm doctor --json"
    records = ", ".join(_counted(n, kind) for kind, n in answer.data["records"].items())
    yield f"{records or 'no records'}; {_summary(answer)}"
    cache = answer.data["cache"]
    if cache["state"] != "not compared":
        yield f"the cache {cache['state']}" + (f": {cache['first']}" if cache.get("first") else "")


def _sort_of(told: Problem) -> tuple[str, str]:
    """What a problem has in common with others: all but the value it names last."""
    return told.level, told.what.split(": ", maxsplit=1)[0]


def _summary(answer: Answer) -> str:
    counts = {
        level: sum(told.level == level for told in answer.problems)
        for level in ("error", "warning", "note")
    }
    told = [_counted(count, level) for level, count in counts.items() if count]
    return ", ".join(told) or "nothing is wrong"


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _compare(board: Board, mend: bool) -> dict[str, Any]:
    """Read everything again from nothing, and hold it against what the cache says."""
    if board.replaced:
        return {"state": "was damaged, and has been replaced"}
    if not board.view.lasting:
        return {"state": "cannot be kept here: every command reads everything again"}
    again = board.cache.rebuilt(board.place)
    difference = checkup.part_ways(board.view, again)
    again.close()
    if difference is None:
        return {"state": "equals a rebuild"}
    if mend:
        board.cache.discard()
        return {"state": "differed from a rebuild and was thrown away"}
    return {"state": "differs", "first": f"{difference[0][:200]} ≠ {difference[1][:200]}",
            "remedy": "swarm doctor --rebuild --mend"}  # fmt: skip
