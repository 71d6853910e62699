"""What a run is about when nobody says: the branch, the files in change, the last handoff."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm.records import FOLDERS, MISSION

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


class Claim(NamedTuple):
    """A lease as orient tells it."""

    told: dict[str, Any]
    mine: bool
    expired: bool


def clues(board: Board, held: Sequence[Claim]) -> list[Clue]:
    """What is at hand. Where the work tree says something, an old handoff is not asked."""
    mine = [_claimed(board, each.told["id"]) for each in held if each.mine and not each.expired]
    found = [each for each in (*mine, _branch(board), _changes(board)) if each]
    if not found:
        handoff = _handoff(board)
        found += [handoff] if handoff else []
    return found


def mission(board: Board) -> dict[str, str]:
    """What counts here, in one line; nothing where no mission says so."""
    for record in board.view.named(MISSION)[:1]:
        return {"path": MISSION, "value": record.rule} if record.rule else {}
    return {}


def claims(board: Board) -> list[Claim]:
    """Who has what. Most boards have no claims, and do not pay for the modules that read them."""
    common = board.place.repo.common_dir
    packed = common / "packed-refs"
    loose = (common / "refs" / "swarm" / "claims").is_dir()
    if not loose and not (packed.is_file() and b" refs/swarm/claims/" in packed.read_bytes()):
        return []
    from swarm import desk

    opened = desk.open_desk(board, asks=False)
    now = board.around.now_ns // 1_000_000_000
    return [
        Claim(lease.as_json(), desk.is_mine(opened, lease), not lease.live(now))
        for lease, _ in desk.listed(opened)
        if lease and not lease.released
    ]


def stopped_by(board: Board) -> dict[int, list[str]]:
    """What open signals of an invariant stop, each with their ids."""
    from swarm import doubts  # who only looks around asks for none

    return doubts.stopped_by(board)


def _claimed(board: Board, task: str) -> Clue | None:
    for record in board.view.named(task)[:1]:
        return Clue(f"claim {record.id}", f"{record.title} {record.gist()}".strip())
    return None


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
