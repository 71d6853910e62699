"""Rows → one row an id. Nothing a source says twice is lost, and nothing becomes two records."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from swarm.ancestor.source import Row
from swarm.records import Problem, fold, is_id

_UNFIT = re.compile(r"[^A-Za-z0-9_]+")


def settle(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[str, Problem]]]:
    """The rows that become records, and by kind a Problem for each that does not."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.kind, fold(row.id)), []).append(row)
    records: list[Row] = []
    reported: list[tuple[str, Problem]] = []
    taken: set[str] = set()
    for group in groups.values():
        best, *others = sorted(group, key=lambda row: row.rank, reverse=True)
        record = _with_id(_with_others(best, others), taken)
        taken.add(fold(record.id))
        records.append(record)
        reported += [(row.kind, _report(row, best, record.id)) for row in others]
    return records, reported


def _with_others(best: Row, others: list[Row]) -> Row:
    """A row with the verdicts on it, and with what the other rows of its id say."""
    keys: dict[str, Any] = dict(best.keys)
    for row in others:
        keys = {**keys, **{key: row.lends[key] for key in row.lends if key not in keys}}
    verdicts = (row.settles for row in others if row.scope == best.scope and row.settles)
    keys |= next(verdicts, {})
    return replace(
        best, keys=keys, body="\n\n".join(filter(None, [best.body, *_also(best, others)]))
    )


def _also(best: Row, others: list[Row]) -> Iterator[str]:
    seen = {best.text.strip()}
    for row in others:
        if row.text.strip() not in seen:
            seen.add(row.text.strip())
            yield f"## Also at {row.path}:{row.line}\n\n{row.text.strip()}"


def _report(row: Row, best: Row, record_id: str) -> Problem:
    place = f"{best.path}:{best.line}"
    if row.text.strip() == best.text.strip():
        what, remedy = f"the same row stands at {place}", f"delete line {row.line} of {row.path}"
    elif row.kind == "task":
        what = f"superseded by the row at {place}, whose record keeps its text"
        remedy = f"nothing to do: swarm show {record_id}"
    else:
        what = f"{row.id} stands at {place} too, and that record keeps this text"
        remedy = f"if it is another {row.kind}: give it an id of its own, then import again"
    return Problem(row.path, row.line, what, remedy, "note")


def _with_id(row: Row, taken: set[str]) -> Row:
    """A row whose id is one, and nobody else's; the source's own is kept beside it."""
    fit = row.id
    if not is_id(fit):
        fit = _UNFIT.sub("-", fit).strip("-_")[:100]
        fit = fit if is_id(fit) else f"{row.kind[0].upper()}-{_digest(row.id)}"
    if fold(fit) in taken:
        fit = f"{fit[:90]}-{row.kind}"
    if fold(fit) in taken:
        fit = f"{fit[:110]}-{_digest(row.id)}"
    return row if fit == row.id else replace(row, id=fit, keys={**row.keys, "source_id": row.id})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
