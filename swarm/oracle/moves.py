"""A record moves from one status to another as its kind allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swarm import kinds
from swarm.oracle.rule import rule
from swarm.records import Problem, first_word

if TYPE_CHECKING:
    from swarm.oracle.case import Case, File


@rule("legal-move", "what was settled is settled: a new record says what is known now")
def judge(case: Case) -> Iterator[Problem]:
    for _, before, after in case.changes:
        if not before or not after or before.kind not in kinds.TABLE:
            continue
        if before.kind != after.kind:
            what = f"a {before.kind} would become a {after.kind}"
            yield Problem(after.path, after.line("kind"), what, "write a new record that cites it")
            continue
        legal = kinds.TABLE[before.kind].statuses
        was, would = _status(before), _status(after)
        if was in legal and would in legal and not kinds.may_move(before.kind, was, would):
            may = ", ".join(legal[was]) or "nothing else"
            what = f"a {before.kind} that is {was} cannot become {would}"
            remedy = f"it may become {may}; else write a new record that supersedes {before.id}"
            yield Problem(after.path, after.line("status"), what, remedy)


def _status(file: File) -> str:
    return first_word(file.keys.get("status") or "")
