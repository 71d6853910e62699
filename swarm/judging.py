"""What a task comes to: its command is run when it may be, and decides; else a word does."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any, NamedTuple

from swarm import trust
from swarm.closure import OUTCOMES, Finding, Unproven, Verdict, Word, command_of, complete, decide
from swarm.errors import UsageError

__all__ = ["LIMIT", "OUTCOMES", "Asked", "Judged", "Unproven", "Word", "command_of", "judge"]

Asked = trust.Asked

LIMIT = 600.0  # seconds that a command may take


class Judged(NamedTuple):
    """What is to be written down, and what was seen."""

    finding: Finding
    verdict: Verdict | None


def judge(
    asked: trust.Asked, keys: Mapping[str, Any], word: Word, environ: Mapping[str, str],
    limit: float = LIMIT,
) -> Judged:  # fmt: skip
    """Unproven when nothing shows it; what was seen is then told with it."""
    complete(keys, word)
    verdict = _seen(asked, environ, limit) if asked.command else None
    try:
        return Judged(decide(keys, word, verdict), verdict)
    except Unproven as error:
        error.verdict = verdict
        raise


def _seen(asked: trust.Asked, environ: Mapping[str, str], limit: float) -> Verdict:
    try:
        return trust.prove(asked, environ, limit)
    except UsageError as error:  # of whoever wrote it into the file
        remedy = f'swarm expect {quote(asked.task)} "…" --p 0.8 --verify CMD'
        raise Unproven(error.what, where=asked.path, remedy=remedy) from error
