"""What a task comes to: its command is run when it may be, and decides; else a word does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from swarm import trust
from swarm.closure import OUTCOMES, Finding, Unproven, Verdict, Word, command_of, complete, decide

__all__ = ["LIMIT", "OUTCOMES", "Asked", "Judged", "Unproven", "Word", "judge"]

Asked = trust.Asked

LIMIT = 600  # seconds that a command may take


class Judged(NamedTuple):
    """What is to be written down, and what was seen."""

    finding: Finding
    verdict: Verdict | None


def judge(
    asked: trust.Asked, keys: Mapping[str, Any], word: Word, environ: Mapping[str, str]
) -> Judged:
    """Unproven when nothing shows it; what was seen is then told with it."""
    complete(keys, word)
    verdict = trust.prove(asked, environ, LIMIT) if command_of(keys) else None
    try:
        return Judged(decide(keys, word, verdict), verdict)
    except Unproven as error:
        error.verdict = verdict
        raise
