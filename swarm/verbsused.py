"""Which verbs were used, by whom, and what came of the tasks they touched: read off commits.

A commit touches the task that its `Swarm-Task` names, and those whose files it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import footnotes, touches
from swarm.records import Problem, fold, id_in_name, is_record_path

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.footnotes import Note
    from swarm.touches import Row


class Use(NamedTuple):
    """The matrix: a row for each verb, and one for each run."""

    verbs: Sequence[Row]
    agents: Sequence[Row]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "verbs": [each.as_json() for each in self.verbs],
            "agents": [each.as_json() for each in self.agents],
        }


def use(board: Board) -> Use:
    """What the history behind a board says of the verbs."""
    repo = board.place.repo
    notes = footnotes.read(repo, board.place.head, footnotes.VERB)
    changed = footnotes.touched(repo, (each.commit for each in notes))
    tasks = {each.commit: _tasks(each, changed.get(each.commit, ())) for each in notes}
    known = touches.opened(board)

    def rows(name: Callable[[Note], str]) -> list[Row]:
        by: dict[str, list[Note]] = {}
        for each in notes:
            by.setdefault(name(each), []).append(each)
        return touches.ranked(
            known.row(one, len(some), frozenset().union(*(tasks[each.commit] for each in some)))
            for one, some in by.items()
        )

    verbs, agents = rows(lambda each: each.last(footnotes.VERB)), rows(lambda each: each.who)
    return Use(verbs, agents, known.problems)


def _tasks(note: Note, paths: Iterable[str]) -> frozenset[str]:
    """The ids of the tasks that a commit touched."""
    stated = [each for told in note.said.get(footnotes.TASK, ()) for each in told.split()]
    named = (
        id_in_name(path.rsplit("/", 1)[-1])
        for path in paths
        if path.startswith("tasks/") and is_record_path(path)
    )
    return frozenset(map(fold, filter(None, (*stated, *named))))
