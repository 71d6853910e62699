"""What a record is linked to by its keys is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree


@standing("edges-exist", "a claim that rests on what nobody can read rests on nothing")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    for edge in file.record.edges if file.record else ():
        is_page = edge.form == "path" and tree.place.mode(edge.target)
        if not is_page and not tree.named(edge.target):
            what = f"`{edge.type}` names {edge.target}, which is not here"
            remedy = f"write {edge.target} first, or mend line {edge.line}"
            yield Problem(file.path, edge.line, what, remedy)
