"""A lane that expected something → what became of it, and when to look for. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from swarm.ancestor import source, verdicts

if TYPE_CHECKING:
    from swarm.ancestor.source import Row


def concluded(row: Row) -> Row:
    """A lane with its outcome, or with the reason why it has none; any other row as it is.

    `predicted` is when the wording that stands was first seen: whoever rewords an
    expectation predicts anew. `concluded` is when the lane first had a result, in
    whatever words.
    """
    said = row.keys
    if row.kind != "task" or not said.get("expect"):
        return row
    moments = {"predicted": source.expecting(said["expect"]), "concluded": source.RESULT}
    return replace(row, keys={**said, **_outcome(row)}, moments=moments)


def _outcome(row: Row) -> dict[str, Any]:
    said = {key: str(row.keys.get(key, "")) for key in ("status", "observed", "diff")}
    verdict = verdicts.judge(said["status"], said["observed"], said["diff"])
    if not verdict.outcomes:
        return {"unclassified": verdict.reason}
    several = {"outcomes": list(verdict.outcomes)} if len(verdict.outcomes) > 1 else {}
    return {"outcome": verdict.outcome, **several}
