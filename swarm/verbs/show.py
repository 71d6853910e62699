"""swarm show: one record, whole, with what it is linked to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm.records import Answer, Line, Record

if TYPE_CHECKING:
    from swarm.board import Board

READS = True


@click.command()
@click.argument("name")
def command(board: Board, name: str) -> Answer:
    """Show one record: by its id or a unique beginning of it, its path or its title."""
    record = board.get(name)
    return Answer({"record": _facts(board, record)}, record.problems)


def text(answer: Answer) -> Iterator[Line]:
    """Its head, its links, its body."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['title']}", "bold")]
    yield [(f"{record['kind']} · {record['path']} · {record['created'] or 'not dated'}", "dim")]
    for key, value in record["keys"].items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield [(f"{key}: ", "dim"), (f"{shown}", "")]
    for edge in record["edges"]:
        known = edge["title"] if edge["id"] else "(not here yet)"
        yield [
            (f"→ {edge['type']} ", "dim"),
            (edge["id"] or edge["target"], "id"),
            (f"  {known}", ""),
        ]
    for edge in record["linked_from"]:
        yield [(f"← {edge['type']} ", "dim"), (edge["id"], "id"), (f"  {edge['title']}", "")]
    body = record["body"].strip("\r\n")
    for line in ["", *body.split("\n")] if body else []:
        yield line.removesuffix("\r")


def _facts(board: Board, record: Record) -> dict[str, Any]:
    targets = [(edge, board.view.target(edge)) for edge in record.edges]
    return {
        **record.brief(),
        "created": record.created,
        "keys": record.keys,
        "edges": [
            {
                "type": edge.type,
                "target": edge.target,
                "line": edge.line,
                "id": target.id if target else None,
                "title": target.title if target else None,
            }
            for edge, target in targets
            if target or edge.form != "bare"
        ],
        "linked_from": [
            {"type": kind, "id": other.id, "title": other.title}
            for kind, other in board.view.links_to(record)
        ],
        "rule": record.rule,
        "body": record.body,
    }
