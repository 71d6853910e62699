"""Nothing depends on itself, by however many steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem, fold

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree

_MOST = 2000  # records; whatever is farther down depends on nothing that was written just now


@standing("depends-acyclic", "two claims that rest on each other rest on nothing")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    path = _back(file, tree) if file.stated("depends_on") else []
    if path:
        what = f"`depends_on` leads back to itself: {' → '.join(path)}"
        remedy = f"take {path[1]} out of it, or say what both rest on"
        yield Problem(file.path, file.line("depends_on"), what, remedy)


def _back(file: File, tree: Tree) -> list[str]:
    """The ids on the shortest way from a record back to it; none when there is no such way."""
    if fold(file.id) in map(fold, file.stated("depends_on")):
        return [file.id, file.id]
    came: dict[str, list[str]] = {file.path: [file.id]}
    waiting = [file]
    while waiting and len(came) < _MOST:
        here = waiting.pop(0)
        for target in here.targets("depends_on"):
            for other in tree.named(target):
                if other.path == file.path:
                    return [*came[here.path], file.id]
                if other.path not in came:
                    came[other.path] = [*came[here.path], other.id]
                    waiting.append(other)
    return []
