"""What to do next, in seven tiers: what is lying about before what is new.

COMMIT what only this work tree has. DUE: what ran out or cannot be read. CLOSE what
you hold. STRATEGY: what was shown wrong or is in dispute. DISPATCH: the work most
worth doing. PERIODIC: what clustered evidence calls for, whatever the date.
META: what was taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import chores, unsettled

if TYPE_CHECKING:
    from swarm.board import Board

TIERS = ("COMMIT", "DUE", "CLOSE", "STRATEGY", "DISPATCH", "PERIODIC", "META")
EACH = 3  # of a tier; the rest is counted


class Item(NamedTuple):
    """One thing to do: in which tier, about which record, why, and the command that does it."""

    tier: str
    id: str
    why: str
    command: str

    def as_json(self) -> dict[str, Any]:
        return self._asdict()


def standing(board: Board) -> list[Item]:
    """Every tier but those that are ranked elsewhere."""
    held = chores.claims(board)
    owed = unsettled.look(board.view)
    tiers: Sequence[tuple[str, Iterable[chores.Chore]]] = (
        ("COMMIT", chores.uncommitted(board)),
        ("DUE", chores.due(board, held)),
        ("CLOSE", chores.claimed(board, held)),
        ("STRATEGY", _strategy(owed)),
        ("META", _debts(owed.debts)),
    )
    return [Item(tier, *each) for tier, found in tiers for each in found]


def ranked(candidates: Iterable[Mapping[str, Any]]) -> Iterator[Item]:
    """The work most worth doing, as dispatch tells it."""
    for each in candidates:
        yield Item("DISPATCH", each["id"], f"{each['title']} ({each['why']})", _begin(each))


def _begin(candidate: Mapping[str, Any]) -> str:
    """How one sets about a candidate."""
    name = quote(candidate["id"])
    if candidate["kind"] == "belief":
        return f'swarm new task "How is it tested?" --set tests={name}'
    if candidate["kind"] == "pair":
        left, _, right = candidate["id"].partition("+")
        return f"swarm show {quote(left)}; swarm show {quote(right)}"
    return f"swarm claim {name}"


def _strategy(owed: unsettled.Unsettled) -> Iterator[chores.Chore]:
    for each in owed.falsified:
        against = f"--set contradicts={quote(each.id)} --cite {quote(each.about)}"
        command = f'swarm new challenge "Why it is wrong" {against}'
        yield chores.Chore(each.id, f"{each.title}: {each.why}", command)
    for each in owed.challenges:
        tests = f"--set tests={quote(each.about)} --cite {quote(each.id)}"
        command = f'swarm new task "What would show who is right?" {tests}'
        yield chores.Chore(each.id, f"{each.title}: {each.why}", command)


def _debts(owed: Iterable[unsettled.Owed]) -> Iterator[chores.Chore]:
    for each in owed:
        why = f"{each.title} was closed on a debt: {each.why}"
        command = f'swarm new task "Check it after all" --set tests={quote(each.id)}'
        yield chores.Chore(each.id, why, command)


def in_order(items: Iterable[Item]) -> list[Item]:
    """By tier; within one as they were found."""
    return sorted(items, key=lambda each: TIERS.index(each.tier))
