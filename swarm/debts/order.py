"""Debts: what was let through on somebody's word, read off commits and records each time.

Four kinds: a commit that went past the rules (`Swarm-Bypass: why`), a task that was
closed unchecked or uncounted, a prediction that came late, a rule that nothing enforces.
A bypass is paid by any other commit behind HEAD that says `Swarm-Bypass-Paid: COMMIT`
and is no bypass itself: whoever mended what was let through, or looked and found
nothing, says so where everybody reads it.

What a debt costs is how many records lean on what it is about, at first or second
hand. The first to be paid is the one whose age times its cost is greatest, where a
debt on which nothing leans costs one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import footnotes
from swarm.debts import records
from swarm.errors import GitError
from swarm.records import is_record_path

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.footnotes import Note

UNREAD = "unread"  # the kind of what nobody can tell

_COMMIT = re.compile(r"[0-9a-f]{7,64}")  # fewer letters name none
_DAY = 86_400


class Debt(NamedTuple):
    """What is owed: of which kind, by whom, why, since when, and how many lean on it."""

    kind: str  # bypass | unchecked | late | unenforced | unread
    id: str  # of the record, or of the commit
    who: str
    why: str
    since: int  # seconds since 1970; 0 when nobody knows
    cost: int

    def days(self, now: int) -> int:
        """For how many days it has stood; of what is not dated, none."""
        return max(now - self.since, 0) // _DAY if self.since > 0 else 0

    def told(self, now: int) -> str:
        """Why, by whom, for how long, and what leans on it; and how a bypass is paid."""
        if self.kind == UNREAD:
            return self.why
        days, cost = self.days(now), self.cost
        aged = f"for {days} day{'s' if days > 1 else ''}" if days else "since today"
        pays = f"a commit that says `Swarm-Bypass-Paid: {self.id[:12]}` pays it"
        parts = [
            f"by {self.who}" if self.who else "",
            aged if self.since > 0 else "since nobody knows when",
            f"{cost} record{'s lean' if cost > 1 else ' leans'} on it" if cost else "",
            pays if self.kind == "bypass" else "",
        ]
        return f"{self.why} ({', '.join(filter(None, parts))})"


def owed(board: Board) -> list[Debt]:
    """Every debt of a board, the one to be paid first at the top."""
    now = board.around.now_ns // 10**9
    notes: list[Note] = []
    found: list[Debt] = []
    try:
        names = (footnotes.BYPASS, footnotes.PAID, footnotes.TASK)
        notes = footnotes.read(board.place.repo, board.place.head, *names)
        found += _bypasses(board, notes)
    except GitError as error:
        why = f"history cannot be read, so nobody knows what went past the rules: {error.what}"
        found.append(Debt(UNREAD, "", "", why, 0, 0))
    closers = _closers(notes)
    for each in records.found(board):
        who = closers.get(each.id, "") if each.kind == "unchecked" else ""
        found.append(Debt(*each)._replace(who=who or each.who))

    def order(debt: Debt) -> tuple[bool, int, int, str, str]:
        weight = (1 + debt.cost) * max(debt.days(now), 1)
        return debt.kind != UNREAD, -weight, debt.since, debt.id, debt.kind

    return sorted(found, key=order)


def _closers(notes: Sequence[Note]) -> dict[str, str]:
    """Which run closed each task; the last one that did."""
    closing = [each for each in reversed(notes) if each.last(footnotes.VERB) == "close"]
    return {each.last(footnotes.TASK): each.who for each in closing}


def _bypasses(board: Board, notes: Sequence[Note]) -> Iterator[Debt]:
    """Commits that went past the rules, and that nobody has paid for."""
    left = unpaid(notes)
    touched = footnotes.touched(board.place.repo, (each.commit for each in left))
    for each in left:
        paths = filter(is_record_path, touched.get(each.commit, ()))
        cost = records.leaning(board.view, records.rows_at(board.view, paths))
        why = f"a commit went past the rules: {each.last(footnotes.BYPASS)}"
        yield Debt("bypass", each.commit, each.who, why, each.when, cost)


def unpaid(notes: Sequence[Note]) -> list[Note]:
    """The bypasses among some commits for which no other commit has paid."""
    bypasses = [each for each in notes if each.last(footnotes.BYPASS)]
    paid = {
        commit.lower()
        for each in notes
        if not each.last(footnotes.BYPASS)
        for told in each.said.get(footnotes.PAID, ())
        for commit in _COMMIT.findall(told.lower())
    }
    lengths = {len(each) for each in paid}
    return [each for each in bypasses if not any(each.commit[:many] in paid for many in lengths)]
