"""A record says what its kind must say, in words that its kind knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from swarm import kinds
from swarm.oracle.rule import standing
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.oracle.case import File, Tree


@standing("kind-schema", "a claim without its evidence, its status or its links is only a sentence")
def look(file: File, tree: Tree) -> Iterable[Problem]:
    return kinds.judge(file.record) if file.record else ()
