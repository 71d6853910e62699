"""swarm new: write a record, one file."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from swarm import draft, write
from swarm.errors import UsageError
from swarm.records import EDGE_TYPES, KINDS, Answer, Line, is_id

if TYPE_CHECKING:
    from swarm.board import Board

_LISTS = (*EDGE_TYPES, "domain", "tags", "aliases")


@click.command()
@click.argument("kind", type=click.Choice(KINDS, case_sensitive=False))
@click.argument("title")
@click.option("--set", "keys", multiple=True, metavar="K=V", help="A key of its head.")
@click.option("--cite", "cites", multiple=True, metavar="ID", help="A record it builds on.")
@click.option("--body", help="Its text; - reads standard input.")
def command(
    board: Board, kind: str, title: str, keys: tuple[str, ...], cites: tuple[str, ...], body: str
) -> Answer:
    """Write a new record of a KIND. Its id needs no coordination; it is in no commit yet."""
    counts = board.view.counts()
    given = dict(_pair(each) for each in keys)
    cited = [*given.pop("cites", []), *(_cited(board, name) for name in cites)]
    fresh = draft.new_id(kind, secrets.token_bytes(8), sum(counts.values()))
    made = draft.Draft(
        id=str(given.pop("id", fresh)),
        kind=kind,
        title=title.strip(),
        keys=draft.complete(kind, given, cited, _author(board), _now(board)),
        body=_standard_input() if body == "-" else body or "",
    )
    draft.check(made)
    path = made.path(counts.get(kind, 0))
    write.create(board.root, path, made.to_bytes())
    told = {"id": made.id, "kind": kind, "title": made.title, "path": path, "keys": made.keys}
    return Answer({"record": told})


def text(answer: Answer) -> Iterator[Line]:
    """Its id, for the next command, and its file, for the editor."""
    record = answer.data["record"]
    yield [(record["id"], "id"), (f"  {record['path']}", "")]


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key.isidentifier():
        raise UsageError(f"{text!r} sets nothing", remedy="--set domain=concurrency")
    if key in _LISTS:
        return key, [part.strip() for part in value.split(",") if part.strip()]
    return key, draft.scalar(value)


def _cited(board: Board, name: str) -> str:
    """A whole id may stand for a record that is yet to come; anything else must be there."""
    if is_id(name) and not board.view.named(name) and not board.view.begins(name):
        return name
    return board.get(name).id


def _standard_input() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


def _author(board: Board) -> str:
    return board.around.environ.get("SWARM_AGENT", "")


def _now(board: Board) -> str:
    moment = datetime.fromtimestamp(board.around.now_ns // 10**9, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
