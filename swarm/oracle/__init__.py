"""The oracle: what is about to be written, judged before it is.

One rule a file, found by its decorator. A rule looks at the change and at nothing
else, and says what is wrong and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from swarm import document
from swarm.oracle import rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.closure import Verdict


def judge(
    changes: Mapping[str, bytes | None],
    before: Mapping[str, bytes],
    verdicts: Mapping[str, Verdict],
) -> list[Problem]:
    """Everything that the rules have against a change, given what was there and what was shown."""
    made = tuple(
        rule.Change(path, _keys(before.get(path)), _keys(raw)) for path, raw in changes.items()
    )
    case = rule.Case(made, verdicts)
    return [found for each in rules() for found in each.judge(case)]


def rules() -> Iterator[rule.Rule]:
    """Every rule, in the order of their files' names."""
    for each in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{each}")
    yield from rule.FOUND.values()


def _keys(raw: bytes | None) -> Mapping[str, Any] | None:
    return None if raw is None else document.read(raw).keys()
