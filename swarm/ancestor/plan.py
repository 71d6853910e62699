"""What an import is going to write, and how its rows are reconciled. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from swarm.ancestor import drafts, read
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.ancestor.source import Row

Refused = tuple[str, Problem]  # a kind, and why a row of it is no record


@dataclass(frozen=True, slots=True)
class Planned:
    """A record that is going to be written, and the row it was read from."""

    kind: str
    id: str
    path: str
    raw: bytes
    source: str
    line: int

    def refused(self, what: str, remedy: str) -> Refused:
        return self.kind, Problem(self.source, self.line, what, remedy, "warning")


@dataclass(frozen=True, slots=True)
class Count:
    """found = imported + reported, for one kind."""

    kind: str
    found: int
    imported: int
    reported: int


@dataclass(frozen=True, slots=True)
class Plan:
    records: tuple[Planned, ...]
    reported: tuple[Refused, ...]

    def counts(self, refused: Iterable[Refused] = ()) -> tuple[Count, ...]:
        """The closing table, when some of the planned records were refused."""
        planned = Counter(each.kind for each in self.records)
        reported = Counter(kind for kind, _ in self.reported)
        left = Counter(kind for kind, _ in refused)
        return tuple(
            Count(kind, planned[kind] + reported[kind],
                  planned[kind] - left[kind], reported[kind] + left[kind])
            for kind in read.kinds()
        )  # fmt: skip


def plan(
    files: Iterable[tuple[str, bytes | str]], first: Callable[[str, str, str], str], commit: str
) -> Plan:
    """Every record that a source's files become."""
    rows, reported = read.rows(files)
    made = (
        (row, drafts.draft(row, partial(first, row.kind, _own_id(row)), commit)) for row in rows
    )
    records = (
        Planned(row.kind, row.id, path, raw, row.path, row.line)
        for row, path, raw in drafts.placed(made)
    )
    return Plan(tuple(records), tuple(sorted(reported, key=lambda each: (each[1], each[0]))))


def _own_id(row: Row) -> str:
    """The id by which the source knows a row."""
    return str(row.keys.get("source_id", row.id))
