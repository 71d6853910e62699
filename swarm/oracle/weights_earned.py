"""The numbers in swarm.toml move inside their bounds, and by what an evaluation showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from swarm import weights
from swarm.oracle.rule import rule
from swarm.records import MISSION, SETTINGS, Problem

if TYPE_CHECKING:
    from swarm.oracle.case import Case


@rule("weights-earned", "a weight that was tuned to one's own case ranks everybody's", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    if not any(each.path == SETTINGS for each in case.touched):
        return
    was, would = (_numbers(side.place.raw(SETTINGS)) for side in (case.base, case.tree))
    moved = {name: would[name] for name in would if would[name] != was.get(name)}
    moved |= {name: None for name in was if name not in would}
    bounds = _bounds(case)
    for name, value in sorted(moved.items()):
        what = _beyond(name, value, bounds)
        if what:
            remedy = "keep it inside; or have a person move the bounds"
            yield Problem(SETTINGS, _line(case, name), what, remedy)
    if moved and case.message is not None and not _is_earned(case):
        what = f"`{min(moved)}` moves, and nothing says which evaluation showed that it should"
        remedy = 'git commit --trailer "Evaluation: ID" (a record here, or the path of a report)'
        yield Problem(SETTINGS, _line(case, min(moved)), what, remedy)


def _numbers(raw: bytes | None) -> dict[str, float | None]:
    """Every number that something is weighed by; where nothing is said, what is assumed."""
    import tomllib  # only a change of settings pays for the parser

    try:
        told = tomllib.loads((raw or b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        told = {}
    stated = weights.Weights()._asdict().items()
    assumed = {f"{weights.TABLE}.{key}": number for key, number in stated}
    return assumed | dict(_flat(told, ""))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float | None]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield f"{prefix}{key}", float(value)


def _bounds(case: Case) -> Mapping[str, Any]:
    """What the mission that stood before allows: `bounds: {trail: [0.5, 2]}` in its head."""
    mission = case.base.file(MISSION)
    told = mission.keys.get("bounds") if mission else None
    return told if isinstance(told, dict) else {}


def _beyond(name: str, value: float | None, bounds: Mapping[str, Any]) -> str:
    """Why a number may not become that."""
    table, _, key = name.rpartition(".")
    if value is None:
        return ""
    if table == weights.TABLE:
        _, wrong = weights.read({key: value})
        if wrong:
            return wrong[0]
    pair = bounds.get(name, bounds.get(key))
    if not isinstance(pair, list) or len(pair) != 2:
        return ""
    low, high = pair
    inside = all(isinstance(each, (int, float)) for each in pair) and low <= value <= high
    return "" if inside else f"`{name}` would be {value:g}, and the mission bounds it by {pair}"


def _is_earned(case: Case) -> bool:
    """Whether the message names a record or a file, that is there, in `Evaluation:`."""
    named = [word.strip(".,;") for each in case.trailers("Evaluation") for word in each.split()]
    return any(case.tree.place.mode(word) or case.tree.named(word) for word in named)


def _line(case: Case, name: str) -> int:
    text = (case.tree.place.raw(SETTINGS) or b"").decode("utf-8", "replace")
    key = name.rpartition(".")[2]
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if line.lstrip().startswith(key)), 1)
