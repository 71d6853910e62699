"""What several test files ask of a board. Views are closed: an open one keeps writers out."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from conftest import Repository

from swarm import audit, cli, render
from swarm.board import Board
from swarm.store import Snapshot
from swarm.verbs import find


def everything(view: Snapshot) -> list[str]:
    """All that a view shows, in an order that does not depend on how it came about."""
    return list(audit.dump(view))


def dump(repo: Repository, at: str | None = None) -> list[str]:
    """Everything the board shows, by way of the cache."""
    board = repo.board(at)
    try:
        return everything(board.view)
    finally:
        board.close()


def rebuilt(repo: Repository, at: str | None = None) -> list[str]:
    """Everything the board shows, read from nothing."""
    board = repo.board(at)
    view = board.cache.rebuilt(board.place)
    try:
        return everything(view)
    finally:
        view.close()


def found(board: Board, query: str) -> str:
    """The JSON that `swarm find` prints."""
    answer = find.command.callback(board, (query,), 20)  # type: ignore[misc]
    return render.to_json("find", answer)


def run(repo: Repository, *arguments: str, **environ: str) -> tuple[int, str, str]:
    """One command as the command line runs it, but in this process: its code, its output.

    A process of its own costs ten times as much; the tests of processes start them.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        patch.dict(os.environ, repo.environ | environ, clear=True),
        contextlib.chdir(repo.root),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = cli.run(list(arguments))
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
    return code, out.read(), err.read()


def told(repo: Repository, *arguments: str, code: int = 0, **environ: str) -> dict[str, Any]:
    """The JSON envelope a command prints; nothing else may be on its standard output."""
    ended, out, err = run(repo, *arguments, "--json", **environ)
    assert ended == code, err
    answer = json.loads(out)
    assert list(answer) == ["schema", "command", "data", "problems"]
    return dict(answer)


def ids(answer: dict[str, Any]) -> list[str]:
    """The ids of an answer's records, in order."""
    return [record["id"] for record in answer["data"]["records"]]


def created(repo: Repository, at: str | None = None) -> dict[str, str]:
    """When each record was first seen, by id."""
    board = repo.board(at)
    try:
        return {record.id: record.created for record in board.view.records()}
    finally:
        board.close()


def cache_files(folder: Path) -> list[Path]:
    """The generations of a repository's cache, by its common directory."""
    return sorted((folder / "swarm" / "cache").glob("board-*.sqlite"))


def lesson(record_id: str, title: str, body: str = "") -> str:
    """The text of a lesson that lacks nothing."""
    return f"---\nid: {record_id}\nconfidence: observed\n---\n# {title}\n\n{body}\n"
