"""What retrieval weighs by, and what swarm.toml may say about it."""

from __future__ import annotations

from typing import Any, NamedTuple

TABLE = "retrieval"


class Weights(NamedTuple):
    """How much each lane and each factor counts. 0 leaves it out.

    Chosen on the first halves of two real histories: `python -m tools.eval retrieval`.
    Half-lives and ages count records, not days.
    """

    name: float = 10.0  # what is called exactly that comes first
    words: float = 1.0  # of the text anywhere in a record
    title: float = 0.5
    phrases: float = 0.3  # neighbouring words side by side
    cited: float = 1.0  # by what the words found
    citing: float = 0.2  # what the words found
    domain: float = 0.3  # shared with what the words found
    trail: float = 1.0
    recency: float = 1.0
    touch: float = 0.5
    certainty: float = 1.0
    half_life: float = 30.0  # of trails, recency and touch


def read(told: Any) -> tuple[Weights, list[str]]:
    """The weights in a table of settings, and what in it cannot be one."""
    if not isinstance(told, dict):
        return Weights(), [f"`{TABLE}` is no table of numbers"]
    known = set(Weights._fields)
    good: dict[str, float] = {}
    wrong = []
    for name, value in told.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name not in known:
            wrong.append(f"`{TABLE}.{name}` is no weight; there are {', '.join(sorted(known))}")
        elif not number or not 0 <= value <= 1000 or (name == "half_life" and value < 1):
            wrong.append(f"`{TABLE}.{name}` is not between {int(name == 'half_life')} and 1000")
        else:
            good[name] = float(value)
    return Weights(**good), wrong
