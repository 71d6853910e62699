"""swarm graph: how the records hang together; and all of it, for other tools."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from swarm import graph, write
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

_ARROW = {"out": "→", "in": "←"}
_SHOWN_RECORDS = 8
_SHOWN_CYCLES = 3
_SHOWN_NAMES = 6

# How many names each takes, and how it is spelled.
_TAKES = {
    "stats": (0, "swarm graph stats"),
    "path": (2, "swarm graph path L-7k3qfa B-4tq0aa"),
    "neighbours": (1, "swarm graph neighbours L-7k3qfa --depth 2"),
    "export": (0, "swarm graph export --format dot -o graph.dot"),
}


@click.command()
@click.argument("action", type=click.Choice(tuple(_TAKES)))
@click.argument("names", nargs=-1)
@click.option("--depth", type=click.IntRange(1, 1000),
              help="neighbours: so many steps.  [default: 1]")  # fmt: skip
@click.option("--format", "form", type=click.Choice(tuple(graph.FORMATS)),
              help="export: as what.  [default: graphml]")  # fmt: skip
@click.option("-o", "file", metavar="FILE", help="export: into a new file.")
def command(
    board: Board,
    action: str,
    names: tuple[str, ...] = (),
    depth: int | None = None,
    form: str | None = None,
    file: str | None = None,
) -> Answer:
    """Show how records are linked.

    \b
    stats              its size, its parts, what is cited most, cycles of depends_on
    path A B           a shortest way from one record to another, along links or against
    neighbours ID      what is linked to a record, both ways
    export             the whole graph, for Gephi, yEd, networkx or Graphviz
    """
    _check(action, names, depth, form or file)
    if action == "stats":
        data = graph.stats(graph.load(board.view))
    elif action == "path":
        data = _path(board, *names)
    elif action == "neighbours":
        data = _neighbours(board, names[0], depth or 1)
    else:
        data = _export(board, form or "graphml", file)
    return Answer({"action": action, **data})


def text(answer: Answer) -> Iterator[Line]:
    """One screen; an export whole."""
    return _TEXTS[answer.data["action"]](answer.data)


def _check(action: str, names: Sequence[str], depth: int | None, exports: str | None) -> None:
    takes, example = _TAKES[action]
    if len(names) != takes:
        what = f"{action} takes {_counted(takes, 'name')}, and there {_are(len(names))}"
        raise UsageError(what, remedy=example)
    if depth is not None and action != "neighbours":
        raise UsageError(f"{action} has no --depth", remedy=_TAKES["neighbours"][1])
    if exports is not None and action != "export":
        raise UsageError(f"{action} has no --format and no -o", remedy=_TAKES["export"][1])


def _path(board: Board, first: str, last: str) -> dict[str, Any]:
    ends = [board.get(name) for name in (first, last)]
    whole = graph.load(board.view)
    steps = graph.path(whole, *(whole.at(each.path) for each in ends))
    return {"from": ends[0].brief(), "to": ends[1].brief(), "steps": steps}


def _neighbours(board: Board, name: str, depth: int) -> dict[str, Any]:
    record = board.get(name)
    whole = graph.load(board.view)
    found = graph.neighbours(whole, whole.at(record.path), depth)
    return {"record": record.brief(), "depth": depth, "neighbours": found}


def _export(board: Board, form: str, file: str | None) -> dict[str, Any]:
    if file is not None:
        _refuse(file)
    told = graph.node_link(graph.load(board.view))
    if file is None:
        return {"format": form, "graph": told}
    raw = "".join(f"{line}\n" for line in graph.FORMATS[form](told)).encode()
    write.create(Path(file).parent, Path(file).name, raw)
    counts = {"records": len(told["nodes"]), "links": len(told["edges"])}
    return {"format": form, "file": file, **counts}


def _refuse(file: str) -> None:
    """A graph is never put in the place of anything, nor where it would be read as a record."""
    if os.path.lexists(file or "."):
        what = "there is something of that name already, and it is not overwritten"
        raise UsageError(what, where=file, remedy=f"ls -ld {quote(file)}; choose another name")
    if Path(file).name.lower().endswith(".md"):
        what = "an export is no markdown: it would be read as a record"
        other = str(Path(file).with_suffix(".graphml"))
        raise UsageError(what, where=file, remedy=f"-o {quote(other)}")
    folder = Path(file).parent
    if not folder.is_dir():
        remedy = f"mkdir -p {quote(str(folder))}"
        raise UsageError("there is no such folder", where=file, remedy=remedy)


def _stats_text(data: dict[str, Any]) -> Iterator[Line]:
    records, links, parts = data["records"], data["links"], data["components"]
    yield _sum("record", records)
    yield _sum("link", links)
    if not records:
        return
    lone = data["isolated"]
    largest = f"; the largest has {_counted(len(parts[0]), 'record')}" if parts else ""
    yield f"{_counted(len(parts), 'connected component')}{largest}"
    yield f"{_counted(len(lone), 'isolated record')}" + (f": {_some(lone, ', ')}" if lone else "")
    yield f"density {data['density']:.2g}: {_counted(data['pairs'], 'pair')} of records linked"
    if data["most_cited"]:
        yield [("most cited", "bold")]
    for each in data["most_cited"][:_SHOWN_RECORDS]:
        yield [(f"{each['cited_by']:>5}  ", "dim"), *_record(each)]
    yield from _dependencies_text(data)


def _dependencies_text(data: dict[str, Any]) -> Iterator[Line]:
    cycles, chain = data["cycles"], data["longest_chain"]
    for cycle in cycles[:_SHOWN_CYCLES]:
        yield [("cycle of depends_on: ", "warning"), (_some([*cycle, cycle[0]], " → "), "")]
    if len(cycles) > _SHOWN_CYCLES:
        least = "" if data["all_cycles"] else "at least "
        yield f"… and {least}{len(cycles) - _SHOWN_CYCLES} more such cycles: --json lists them"
    if chain:
        yield f"longest chain of depends_on, {_counted(len(chain), 'record')}: " + _some(
            chain, " → "
        )


def _path_text(data: dict[str, Any]) -> Iterator[Line]:
    start, steps = data["from"], data["steps"]
    if steps is None:
        yield f"no path: no links lead from {start['id']} to {data['to']['id']}, either way"
        return
    yield _record(start)
    for step in steps:
        yield [(f"{_links(step['links'])}  ", "dim"), *_record(step)]


def _neighbours_text(data: dict[str, Any]) -> Iterator[Line]:
    yield _record(data["record"])
    if not data["neighbours"]:
        yield "nothing is linked to it, and it links to nothing that is here"
    for depth, group in groupby(data["neighbours"], key=lambda each: each["depth"]):
        if data["depth"] > 1:
            yield [(f"at {_counted(depth, 'step')}", "bold")]
        for each in group:
            through = _some(list(dict.fromkeys(link["through"] for link in each["links"])), ", ")
            note = f"  through {through}" if depth > 1 else ""
            yield [(f"{_links(each['links'])}  ", "dim"), *_record(each), (note, "dim")]


def _export_text(data: dict[str, Any]) -> Iterator[Line]:
    if "graph" in data:
        yield from graph.FORMATS[data["format"]](data["graph"])
        return
    counts = f"{_counted(data['records'], 'record')} and {_counted(data['links'], 'link')}"
    yield f"{data['file']}: {counts}"


_TEXTS: dict[str, Callable[[Any], Iterator[Line]]] = {
    "stats": _stats_text,
    "path": _path_text,
    "neighbours": _neighbours_text,
    "export": _export_text,
}


def _record(brief: dict[str, Any]) -> list[tuple[str, str]]:
    return [(brief["id"], "id"), (f"  {brief['title']}", "")]


def _links(links: Sequence[dict[str, Any]]) -> str:
    """How two records are linked: each type once a direction."""
    return ", ".join(dict.fromkeys(f"{_ARROW[link['direction']]} {link['type']}" for link in links))


def _sum(thing: str, counts: dict[str, int]) -> str:
    parts = ", ".join(f"{count} {name}" for name, count in counts.items())
    return _counted(sum(counts.values()), thing) + (f": {parts}" if parts else "")


def _some(names: Sequence[str], between: str) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - _SHOWN_NAMES
    shown = between.join(names[:_SHOWN_NAMES])
    return f"{shown} … and {more} more" if more > 0 else shown


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"
