"""A blackboard, opened at a place and a time: what every verb is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from swarm import tree
from swarm.errors import NotFound, UsageError
from swarm.records import LEVELS, Problem, Record, Surroundings, is_id

if TYPE_CHECKING:
    from swarm import store

AnyTree = tree.AnyTree
WorkTree = tree.WorkTree
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Board:
    """The records of one tree. Reading begins when the first question is asked."""

    place: AnyTree
    around: Surroundings = field(repr=False)
    progress: Progress | None = field(default=None, repr=False)
    in_memory: bool = False  # when the cache is damaged and cannot be replaced
    replaced: bool = False  # when it was damaged, and this is read from a new one

    @cached_property
    def cache(self) -> store.Store:
        from swarm import store  # what writes without a question to ask pays for none of it

        folder = self.place.repo.common_dir / "swarm" / "cache"
        return store.Store(folder, self.around.now_ns, self.progress)

    @cached_property
    def view(self) -> store.Snapshot:
        return self.cache.rebuilt(self.place) if self.in_memory else self.cache.open(self.place)

    @cached_property
    def root(self) -> Path:
        """The folder that records are written to."""
        if not isinstance(self.place, WorkTree):
            raise UsageError(
                "there is no work tree to write to",
                where=self.where,
                remedy="git worktree add ../work, and run it there without --at",
            )
        return self.place.root

    def get(self, name: str) -> Record:
        """The record that a person means by an id, a unique beginning of one, a path or a title."""
        named = self.view.named(name)
        if len(named) == 1:
            return named[0]
        begun = [] if named else self.view.begins(name)
        if len(begun) == 1:
            return begun[0]
        if not named and not begun:
            raise NotFound(
                f"nothing is called {name!r}", where=self.where, remedy=f"swarm find {quote(name)}"
            )
        same_id = len({each.id for each in named}) == 1
        listed = ", ".join(each.path if same_id else each.id for each in named or begun)
        what = f"{name!r} may mean any of {listed}"
        raise NotFound(
            what, where=self.where, remedy=f"swarm show {quote((named or begun)[0].path)}"
        )

    def reference(self, name: str) -> str:
        """The id to link to: a whole id may stand for a record that is yet to come."""
        if is_id(name) and not self.view.named(name) and not self.view.begins(name):
            return name
        return self.get(name).id

    def problems(self) -> tuple[Problem, ...]:
        """What every reader must hear, whatever was asked, the worst first."""
        return self._heard

    @cached_property
    def _heard(
        self,
    ) -> tuple[Problem, ...]:  # a verb may tell them, and the command line asks again
        worst = self.view.problems(worst=True)
        found = (*self.place.problems, *self.view.trouble_with_history(), *worst)
        return tuple(sorted(found, key=lambda each: LEVELS.index(each.level)))

    @property
    def where(self) -> str:
        """Where this board is, in a word for people."""
        if isinstance(self.place, WorkTree):
            return str(self.place.root)
        return f"{self.place.repo.git_dir} at {self.place.head[:12]}"

    def close(self) -> None:
        """Let go of the snapshot: before printing, so that a slow reader holds up nobody."""
        if view := self.__dict__.pop("view", None):
            view.close()

    def afresh(self) -> Board:
        """The same board with its cache thrown away."""
        self.close()
        return replace(self, in_memory=not self.cache.discard(), replaced=True)

    def again(self) -> Board:
        """The same work tree as it is by now, after something that took its time."""
        self.close()
        return replace(self, place=tree.open_tree(self.root, None, self.around.environ))


def open_board(
    start: Path, at: str | None, around: Surroundings, progress: Progress | None = None
) -> Board:
    """The blackboard that `start` lies in, as it is now or as it was `at` a revision."""
    return Board(tree.open_tree(start, at, around.environ), around, progress)
