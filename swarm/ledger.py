"""The calibration ledger: what was predicted, what came of it, and how good that was. Pure.

Four groups, each accounted for apart, since they do not say the same thing:

- `headline`: predicted before the outcome, and decided by a check;
- `unverified`: predicted before the outcome, which is somebody's word;
- `late`: the prediction came with the outcome or after it, or was changed;
- `unknown`: history does not tell when it was made.

A p is scored against confirmed (1) and falsified (0). Partial and null are
counted, not scored. Nothing of this is stored: it is read off closed tasks.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from swarm import figures
from swarm.figures import Bin, Figure, Pair
from swarm.records import first_word

Timing = Literal["in time", "late", "unknown"]

GROUPS: Final = ("headline", "unverified", "late", "unknown")
DIMENSIONS: Final = ("domain", "agent", "kind")
OUTCOMES: Final = ("confirmed", "falsified", "partial", "null")
REWARDS: Final[Mapping[str, float]] = {"confirmed": 1.0, "partial": 0.5, "falsified": 0.0}
FEWEST_FOR_A_PICTURE: Final = 10
NO_P: Final = "not applicable: no p"

FOUND_BY: Final = ("check", "person", "agent")
# Who says what came of it. `imported`: it arrived closed, so that nothing here shows a check.
KINDS: Final = (*FOUND_BY, "imported", "unsigned")


class Forecast(NamedTuple):
    """One prediction and its one outcome, read off a closed task."""

    id: str
    title: str
    path: str = ""
    domains: tuple[str, ...] = ()
    agent: str = ""
    kind: str = "check"
    p: float | None = None
    unusable: str = ""  # why it has no p, though something stands there
    outcome: str = ""
    unclassified: str = ""  # why it has no outcome
    outcomes: tuple[str, ...] = ()  # of its parts, where it has any
    found_by: str = ""
    timing: Timing = "in time"
    why: str = ""  # it is late, or that is unknown
    n: int | None = None
    debt: str = ""

    @property
    def group(self) -> str:
        """The one group it is accounted for in."""
        if self.timing != "in time":
            return self.timing
        return "headline" if self.kind == "check" else "unverified"

    @property
    def remark(self) -> str:
        """What is odd about its p. A p of 0 or 1 is scored as it stands."""
        if self.p in (0, 1):
            return f"p is {self.p:g}, which leaves no room to be wrong"
        return f"{self.unusable}: not scored" if self.unusable else ""


class Account(NamedTuple):
    """What a number of forecasts come to."""

    tasks: int
    outcomes: Mapping[str, int]
    hit_rate: Figure
    parts: Figure  # the same over single claims: an outcome's parts, where it has any
    said: float | None  # their p, on average
    brier: Figure
    reliability: Figure
    resolution: Figure
    uncertainty: Figure
    log_score: Figure
    calibration_error: Figure
    sharpe: Figure
    table: tuple[Bin, ...]


def tell(forecasts: Sequence[Forecast], dimensions: Sequence[str]) -> dict[str, Any]:
    """The whole ledger as JSON tells it: four accounts, and each forecast with its reasons."""
    return {
        "groups": {name: _group(_in_group(forecasts, name), dimensions) for name in GROUPS},
        "unclassified": [_named(each, each.unclassified) for each in forecasts if not each.outcome],
        "remarks": [_named(each, each.remark) for each in forecasts if each.remark],
        "forecasts": [_row(each) for each in forecasts],
    }


def headline(forecasts: Iterable[Forecast]) -> Account:
    """What counts first: predicted before the outcome, and decided by a check."""
    return account(_in_group(forecasts, "headline"))


def account(forecasts: Iterable[Forecast]) -> Account:
    """All figures of some forecasts; the unclassified among them are left out."""
    known = [each for each in forecasts if each.outcome]
    outcomes = Counter(each.outcome for each in known)
    claims = Counter(part for each in known for part in each.outcomes or (each.outcome,))
    pairs = [
        (each.p, each.outcome == "confirmed")
        for each in known
        if each.p is not None and each.outcome in ("confirmed", "falsified")
    ]
    stated = any(each.p is not None for each in known)

    def scored(score: Callable[[Sequence[Pair]], Figure]) -> Figure:
        return score(pairs) if stated else Figure(None, 0, why=NO_P)

    return Account(
        tasks=len(known),
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES},
        hit_rate=_rate(outcomes),
        parts=_rate(claims),
        said=figures.mean([p for p, _ in pairs]),
        brier=scored(figures.brier),
        reliability=scored(figures.reliability),
        resolution=scored(figures.resolution),
        uncertainty=scored(figures.uncertainty),
        log_score=scored(figures.log_score),
        calibration_error=scored(figures.calibration_error),
        sharpe=figures.sharpe([REWARDS[each.outcome] for each in known if each.outcome in REWARDS]),
        table=figures.reliability_table(pairs),
    )


def _rate(outcomes: Mapping[str, int]) -> Figure:
    return figures.hit_rate(outcomes["confirmed"], outcomes["confirmed"] + outcomes["falsified"])


_NAMES: Final[Mapping[str, Callable[[Forecast], Sequence[str]]]] = {
    "domain": lambda each: each.domains,
    "agent": lambda each: [each.agent] if each.agent else [],
    "kind": lambda each: [each.kind],
}


def breakdown(forecasts: Iterable[Forecast], dimension: str) -> list[tuple[str, Account]]:
    """An account for each name, the largest first; "" is of those that name none.

    What is about two domains counts in both.
    """
    by: dict[str, list[Forecast]] = {}
    for each in forecasts:
        for name in dict.fromkeys(_NAMES[dimension](each)) or ("",):
            by.setdefault(name, []).append(each)
    accounts = [(name, account(some)) for name, some in by.items()]
    return sorted(accounts, key=lambda pair: (-pair[1].tasks, pair[0]))


def _in_group(forecasts: Iterable[Forecast], name: str) -> list[Forecast]:
    return [each for each in forecasts if each.group == name and each.outcome]


def _group(forecasts: Sequence[Forecast], dimensions: Sequence[str]) -> dict[str, Any]:
    named = {
        dimension: [
            {"name": name, **_as_json(each)} for name, each in breakdown(forecasts, dimension)
        ]
        for dimension in dimensions
    }
    return {**_as_json(account(forecasts)), "by": named}


def _as_json(account: Account) -> dict[str, Any]:
    """With the names of what is in it: to JSON a named tuple is a list."""
    told: dict[str, Any] = account._asdict()
    for name, value in told.items():
        if isinstance(value, Figure):
            told[name] = value._asdict()
    return {**told, "table": [each._asdict() for each in account.table]}


def _named(forecast: Forecast, why: str) -> dict[str, str]:
    return {"id": forecast.id, "title": forecast.title, "path": forecast.path, "why": why}


def _row(each: Forecast) -> dict[str, Any]:
    """What a forecast was counted as, and by which rule."""
    told = each._asdict()
    for name in ("unusable", "unclassified"):
        del told[name]
    return {**told, "group": each.group}


def no_picture(account: Account) -> str:
    """Why its reliability table is not worth a picture, if it is not."""
    if account.brier.value is None:
        return account.brier.why
    if (n := account.brier.n) < FEWEST_FOR_A_PICTURE:
        return (
            f"{n} scored predictions, and a picture of fewer than {FEWEST_FOR_A_PICTURE} misleads"
        )
    return ""


def probability(stated: Any) -> tuple[float | None, str]:
    """What stands at `p` as a number from 0 to 1, or why it is none."""
    if stated is None or stated == "":
        return None, ""
    number = _number(stated)
    if number is None:
        return None, f"p is {str(stated)[:40]!r}, which is no number"
    if not 0 <= number <= 1:
        return None, f"p is {str(stated)[:40]}, which is no probability"
    return float(number), ""


def _number(stated: Any) -> float | int | None:
    if isinstance(stated, str):
        try:
            found = float(stated)
        except ValueError:
            return None
        return None if math.isnan(found) else found
    return stated if isinstance(stated, (int, float)) and not isinstance(stated, bool) else None


def outcome(keys: Mapping[str, Any]) -> tuple[str, str]:
    """What came of a closed task, or why that is unknown.

    In YAML, `outcome: null` without quotes is no word: it means the same.
    """
    stated = keys.get("outcome")
    if first_word(stated) in OUTCOMES and stated is not None:
        return first_word(stated), ""
    if keys.get("unclassified"):
        return "", " ".join(str(keys["unclassified"]).split())
    if "outcome" not in keys:
        return "", "it was closed without an outcome"
    return ("null", "") if stated is None else ("", f"{str(stated)[:40]!r} is no outcome")
