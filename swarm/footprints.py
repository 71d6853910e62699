"""What made a trail: every deposit on a record, by whom, and what is left of it now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from swarm import trails as trail

if TYPE_CHECKING:
    from swarm.view import View


def trails(view: View, half_life: float, limit: int, *, coldest: bool) -> list[dict[str, Any]]:
    """The records with the warmest trails, or with the coldest, each with its deposits."""
    now, _ = view.present()
    order = "trail" if coldest else "trail DESC"
    rows = view.rows(
        "SELECT n.doc, n.place, n.trail, n.warning, d.id, d.kind, d.title, d.path FROM node n "
        "JOIN doc d ON d.doc = n.doc WHERE n.view = ? "
        "AND coalesce(n.trail, n.warning) IS NOT NULL "  # what was only warned of comes last
        f"ORDER BY n.trail IS NULL, n.{order}, n.warning DESC, n.place LIMIT ?",
        view.number, limit,
    )  # fmt: skip
    return [
        {
            "id": record_id, "kind": kind, "title": title, "path": path,
            "trail": trail.heat(level, now, half_life),
            "warning": trail.heat(warned, now, half_life),
            "deposits": list(_deposits(view, doc, place, now, half_life)),
        }
        for doc, place, level, warned, record_id, kind, title, path in rows
    ]  # fmt: skip


def _deposits(
    view: View, doc: int, place: int, now: int, half_life: float
) -> Iterable[dict[str, Any]]:
    """The newest first: what it weighed, and what of it has not faded."""
    rows = view.rows(
        "SELECT n.place, l.type, d.kind, d.keys, d.id FROM link l "
        "JOIN node n ON n.view = l.view AND n.doc = l.source JOIN doc d ON d.doc = l.source "
        "WHERE l.view = ? AND l.target = ?",
        view.number, doc,
    )  # fmt: skip
    by = {at: record_id for at, *_, record_id in rows}
    citations = [trail.Citation(at, how, kind, json.loads(keys)) for at, how, kind, keys, _ in rows]
    for each in reversed(trail.deposits(place, citations)):
        yield {
            "by": by[each.place],
            "warning": each.warning,
            "weight": each.weight,
            "age": now - each.place,
            "now": each.weight * 2 ** (-(now - each.place) / half_life),
        }
