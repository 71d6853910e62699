"""One board, put through every kind of read, beside the floors of this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from tools.bench.boards import Board, swarm_command
from tools.bench.measure import Contender, Summary, in_turns, run

CLICK = "import click"
STATUS = "git status"
COLD = "cold index"
WARM = "warm read"
EDITED = "read after one edit"
COMMITTED = "read after one commit"
ORIENT = "orient, warm"
DISPATCH = "dispatch, warm"
ORIENT_EDITED = "orient after one edit"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, and the floors taken in the same turns."""

    what: str
    cost: Summary
    click: Summary
    status: Summary


@dataclass(frozen=True, slots=True)
class Trial:
    """All that was measured of one board."""

    board: str
    records: int
    commits: int
    rows: tuple[Row, ...]
    changed: tuple[str, ...]  # what reading and indexing changed: nothing, one hopes

    def __getitem__(self, what: str) -> Row:
        return next(row for row in self.rows if row.what == what)


def trial(board: Board, cold_rounds: int, rounds: int, say: Say) -> Trial:
    """Index it, read it, edit it, and see that reading left it alone."""
    say(f"{board.name}: reading must change nothing")
    changed = _changed_by_reading(board)
    say(f"{board.name}: cold index, {cold_rounds} times")
    cold = _rows(_cold(board, cold_rounds))
    say(f"{board.name}: warm reads, edits and commits, {rounds} times")
    warm = _rows(_warm(board, rounds))
    rows = (*warm[:2], cold[2], *warm[2:])
    return Trial(board.name, board.records(), board.commits(), rows, tuple(changed))


def _floors() -> list[Contender]:
    return [
        Contender(CLICK, lambda _: [sys.executable, "-c", "import click"]),
        Contender(STATUS, lambda _: ["git", "status", "--short"]),
    ]


def _cold(board: Board, rounds: int) -> dict[str, Summary]:
    queries = board.queries(rounds)
    cold = Contender(COLD, lambda at: _find(queries[at]), lambda _: board.forget())
    return in_turns([*_floors(), cold], rounds, board.root, board.environ)


def _warm(board: Board, rounds: int) -> dict[str, Summary]:
    """The same query in one round's reads, so that only the board's state differs."""
    queries = board.queries(rounds)

    def find(at: int) -> list[str]:
        return _find(queries[at])

    def orient(at: int) -> list[str]:
        return [*swarm_command(), "orient", "--for", queries[at]]

    def dispatch(_: int) -> list[str]:
        return [*swarm_command(), "dispatch"]

    click, status = _floors()
    turns = [
        Contender(CLICK, click.command, lambda at: board.settle(find(at))),
        status,
        Contender(WARM, find),
        Contender(ORIENT, orient, lambda at: board.settle(orient(at))),
        Contender(DISPATCH, dispatch),
        Contender(EDITED, find, board.edit),
        Contender(COMMITTED, find, lambda _: board.commit()),
        Contender(ORIENT_EDITED, orient, board.edit),
    ]
    return in_turns(turns, rounds, board.root, board.environ)


def _find(query: str) -> list[str]:
    return [*swarm_command(), "find", query]


def _rows(costs: dict[str, Summary]) -> list[Row]:
    return [Row(what, cost, costs[CLICK], costs[STATUS]) for what, cost in costs.items()]


def _changed_by_reading(board: Board) -> list[str]:
    """The files, refs and index entries that differ after every read verb, cold and warm."""
    board.git("status")  # git itself may freshen its index: let it do so before the look
    before = board.fingerprint()
    path = str(board.lessons()[0].relative_to(board.root))
    board.forget()
    for _ in ("cold", "warm"):
        for verb in (
            ["list"],
            ["find", "rule"],
            ["show", path],
            ["orient"],
            ["dispatch"],
            ["doctor"],
        ):
            run([*swarm_command(), *verb], board.root, board.environ, may_fail=verb == ["doctor"])
    after = board.fingerprint()
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))
