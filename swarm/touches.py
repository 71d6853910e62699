"""What came of the tasks that somebody touched, as the ledger has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import forecasts, ledger
from swarm.records import Problem, fold

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.ledger import Forecast


class Row(NamedTuple):
    """A verb, or a run: its commits, the tasks that they touched, and what came of those."""

    name: str
    commits: int
    tasks: int
    outcomes: Mapping[str, int]
    undecided: int  # open, abandoned, closed without a prediction, or no more there
    sharpe: Mapping[str, Any]  # a figure: its value is none where n is too small

    def as_json(self) -> dict[str, Any]:
        return self._asdict()


class Ledger(NamedTuple):
    """Predictions with their outcomes, by the ids of their tasks."""

    known: Mapping[str, Forecast]
    problems: tuple[Problem, ...]

    def row(self, name: str, commits: int, tasks: AbstractSet[str]) -> Row:
        """One line of the matrix. A task counts once, however often it was touched."""
        found: Sequence[Forecast] = [self.known[each] for each in sorted(tasks & set(self.known))]
        account = ledger.account(found)
        undecided = len(tasks) - account.tasks
        return Row(name, commits, len(tasks), account.outcomes, undecided, account.sharpe._asdict())


def opened(board: Board) -> Ledger:
    """The ledger of a board."""
    read = forecasts.read(board)
    return Ledger({fold(each.id): each for each in read.forecasts}, read.problems)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """What was done most comes first."""
    return sorted(rows, key=lambda each: (-each.commits, each.name))
