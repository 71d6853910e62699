"""A record can be read."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree


@standing("readable", "what cannot be read can be neither believed nor corrected")
def look(file: File, tree: Tree) -> Iterator[Problem]:
    if not file.is_plain:
        what = "another repository" if file.mode == "160000" else "a symbolic link"
        remedy = f"put the file itself in its place: git rm --cached {quote(file.path)}"
        yield Problem(file.path, 1, f"{what}, where a record should be", remedy)
    yield from (each for each in file.problems if each.level == "error")
