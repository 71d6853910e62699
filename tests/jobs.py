"""Boards with one task on them, and what became of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from ask import Told, ask
from conftest import Repository

from swarm import document, trust
from swarm.git import locate

T = "T-aaaaaa"
PATH = f"tasks/{T}-work.md"
ADA = {"SWARM_AGENT": "ada"}


def task(repo: Repository, verify: str = "", *, path: str = PATH, **keys: Any) -> Repository:
    """An open task in a commit; with a command, one that somebody typed into the file."""
    told = {"id": T, "status": "open", **({"verify": verify} if verify else {}), **keys}
    repo.write(path, document.compose(told, "Work", "To be done."))
    repo.commit()
    return repo


def claimed(repo: Repository, verify: str = "", **keys: Any) -> Repository:
    """An open task that ada holds, whose command may run."""
    task(repo, verify, **keys)
    assert ask(repo, "claim", T, **ADA).code == 0
    if verify:
        place = locate(repo.root, repo.environ)
        trust.note_typed(trust.Asked(place, repo.root, T, PATH, verify))
    return repo


def close(repo: Repository, *arguments: str, **environ: str) -> Told:
    return ask(repo, "close", T, *arguments, "--json", **(ADA | environ))


def head(repo: Repository, path: str = PATH) -> dict[str, Any]:
    """What the last commit says of a task."""
    return document.read(repo.git("show", f"HEAD:{path}").encode()).keys()


def holders(repo: Repository) -> list[str]:
    """Who has a live lease."""
    told = ask(repo, "claims", "--json").data["claims"]
    return [each["holder"] for each in told if each["id"] == T]


def closed_on(repo: Repository) -> list[str]:
    """The closed tasks that a reader of this board sees."""
    board = repo.board()
    try:
        return [
            each.id for each in board.view.records()
            if each.kind == "task" and str(each.keys.get("status")).lower().startswith("closed")
        ]  # fmt: skip
    finally:
        board.close()


def script(repo: Repository, name: str, text: str) -> str:
    """A program outside the repository, as one word of a command."""
    path = Path(repo.root.parent, name)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o700)
    return shlex.quote(str(path))
