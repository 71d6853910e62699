"""What puts an invariant in doubt stands in the way until a person has answered it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING

from swarm.oracle.rule import rule
from swarm.records import Problem, first_word, fold

if TYPE_CHECKING:
    from swarm.oracle.case import Case, File


@rule("signal-answered", "who is stopped by a signal is not the one to lift it", hard=True)
def judge(case: Case) -> Iterator[Problem]:
    for path, before, after in case.changes:
        if not before or not _stops(before) or case.is_escalated:
            continue
        what = _lifted(before, after)
        if what:
            line = after.line("status") if after else 1
            remedy = 'a person says so: git commit --trailer "Escalation: NAME <ADDRESS>"'
            shown = f"{remedy} -- {quote(path)}"
            yield Problem(path, line, f"{before.id} puts an invariant in doubt, and {what}", shown)


def _stops(file: File) -> bool:
    """Whether it is an open signal that keeps others from work."""
    status, sort = (first_word(file.keys.get(key) or "") for key in ("status", "class"))
    return file.kind == "signal" and sort == "invariant" and status in ("open", "")


def _lifted(before: File, after: File | None) -> str:
    """How a signal would no longer stop what it stopped; nothing when it goes on."""
    if after is None:
        return "would be gone"
    if not _stops(after):
        return "would no longer stop anything"
    lost = [name for name in _touched(before) if name not in _touched(after)]
    return f"would no longer touch {lost[0]}" if lost else ""


def _touched(file: File) -> dict[str, None]:
    """The names of what it touches."""
    links = [name for key in ("cites", "contradicts") for name in file.targets(key)]
    return dict.fromkeys(map(fold, [*links, *file.stated("invariant")]))
