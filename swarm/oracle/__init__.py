"""The oracle: what is about to be written, judged before it is.

One rule a file, found by its decorator. A rule looks at the change and at nothing
else, and says what is wrong and how to mend it. It is shown what every reader of
the file will see: a word spelled otherwise is not another word here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from swarm import markdown
from swarm.oracle import rule
from swarm.records import Problem

if TYPE_CHECKING:
    from swarm.closure import Verdict


def judge(
    changes: Mapping[str, bytes | None],
    before: Mapping[str, bytes],
    verdicts: Mapping[str, Verdict],
    verb: str,
) -> list[Problem]:
    """Everything that the rules have against a change, given what was there and what was shown."""
    made = tuple(
        rule.Change(path, _head(before.get(path), path), _head(raw, path))
        for path, raw in changes.items()
    )
    case = rule.Case(made, verdicts, verb)
    return [found for each in rules() for found in each.judge(case)]


def rules() -> Iterator[rule.Rule]:
    """Every rule, in the order of their files' names."""
    for each in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{each}")
    yield from rule.FOUND.values()


def _head(raw: bytes | None, path: str) -> rule.Head | None:
    return None if raw is None else rule.Head(*markdown.head(raw, path))
