"""Rows → the records they become: their dates, where they came from, where they go. Pure."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from swarm.ancestor.source import Row
from swarm.draft import Draft
from swarm.records import kind_of_id

ARCHIVE = "memory/archive"

_SURROGATES = re.compile("[\ud800-\udfff]")


def draft(row: Row, first: Callable[[str], str], commit: str) -> Draft:
    """The record a row becomes. `first` tells when a moment of it was first seen, "" it itself.

    It answers with nothing, and `commit` is empty, when there is no history.
    """
    keys: dict[str, Any] = {key: _clean(value) for key, value in row.keys.items()}
    title = " ".join(_clean(row.title).split()) or row.id
    if row.id.startswith(row.kind[0].upper()) and kind_of_id(row.id) != row.kind:
        keys["kind"] = row.kind
    seen = {key: first(moment) for key, moment in row.moments.items()}
    keys |= {key: when for key, when in seen.items() if when}
    dated = str(keys.get("date", ""))
    created = first("") or (f"{dated}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", dated) else "")
    if created:
        keys["created"] = created
    keys["source"] = _clean(f"{row.path}:{row.line}" + (f"@{commit[:12]}" if commit else ""))
    return Draft(row.id, row.kind, title, keys, row.body)


def placed(pairs: Iterable[tuple[Row, Draft]]) -> Iterator[tuple[Row, str, bytes]]:
    """Each row with the path and the bytes of its record."""
    listed = list(pairs)
    counts = Counter(row.kind for row, _ in listed)
    for row, made in listed:
        path = made.path(counts[row.kind])
        if row.archived:
            path = f"{ARCHIVE}/{posixpath.basename(path)}"
        yield row, path, made.to_bytes()


def _clean(value: Any) -> Any:
    """Values that YAML can hold: an undecodable byte stays one in the body alone."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
