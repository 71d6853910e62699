"""What a run is about when nobody says: the branch, the files in change, the last handoff."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from swarm.records import FOLDERS

if TYPE_CHECKING:
    from swarm.board import Board

_TRUNKS = frozenset({"main", "master", "trunk", "develop", "dev", "default", "head"})
_PREFIX = re.compile(
    r"^(?:feature|feat|fix|bugfix|hotfix|chore|docs|refactor|test|agents?|users?/[^/]+)/"
)
_HEX = re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{6,}\b")  # the name of a run, not of its work
MOST_PATHS = 12


class Clue(NamedTuple):
    """Something at hand that tells what the run is about."""

    source: str
    text: str


def clues(board: Board) -> list[Clue]:
    """What is at hand. Where the work tree says something, an old handoff is not asked."""
    found = [each for each in (_branch(board), _changes(board)) if each]
    if not found:
        handoff = _handoff(board)
        found += [handoff] if handoff else []
    return found


def _branch(board: Board) -> Clue | None:
    """The name of a branch, unless it is the one that everything ends up on."""
    if board.place.key == "commit":
        return None
    name = board.place.repo.branch.removeprefix("refs/heads/")
    if not name or name.lower() in _TRUNKS:
        return None
    text = _HEX.sub(" ", _PREFIX.sub("", name).replace("/", " ")).strip()
    return Clue(f"branch {name}", text) if text else None


def _changes(board: Board) -> Clue | None:
    """The names of changed files, those of the board itself aside."""
    if board.place.key == "commit":
        return None
    own = (*(f"{folder}/" for folder in FOLDERS), "SWARM.md", "swarm.toml")
    paths = [path for path in board.place.repo.changed_paths() if not path.startswith(own)]
    if not paths:
        return None
    words = [re.sub(r"\.\w+$", "", path).replace("/", " ") for path in paths[:MOST_PATHS]]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return Clue(f"changed {paths[0]}{more}", " ".join(words))


def _handoff(board: Board) -> Clue | None:
    for _, record in board.view.at(board.view.newest("handoff", 1)):
        return Clue(f"handoff {record.id}", f"{record.title} {record.gist()}".strip())
    return None
