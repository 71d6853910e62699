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
    owed = unsettled.look(board)
    tiers: Sequence[tuple[str, Iterable[chores.Chore]]] = (
        ("COMMIT", chores.uncommitted(board)),
        ("DUE", chores.due(board, held)),
        ("CLOSE", chores.claimed(board, held)),
        ("STRATEGY", _strategy(owed)),
        ("META", _debts(owed.debts, board.around.now_ns // 10**9)),
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
    doubts = {"invariant": "an invariant is in doubt, and what it touches waits for a person",
              "target": "the target itself is in doubt"}  # fmt: skip
    for sort, why in doubts.items():
        for signal in (each for each in owed.signals if each.sort == sort):
            path, person = quote(signal.path), '--trailer "Escalation: NAME <ADDRESS>" '
            says = person if sort == "invariant" else ""
            command = f'git commit -m "Answer {signal.id}" {says}-- {path}'
            edit = "${EDITOR:-vi} " + path
            told = f"{signal.title}: {why}; to answer: `status: answered`, and why"
            yield chores.Chore(signal.id, told, f"{edit} && {command}")
    for each in owed.falsified:
        against = f"--set contradicts={quote(each.id)} --cite {quote(each.about)}"
        command = f'swarm new challenge "Why it is wrong" {against}'
        yield chores.Chore(each.id, f"{each.title}: {each.why}", command)
    for each in owed.challenges:
        tests = f"--set tests={quote(each.about)} --cite {quote(each.id)}"
        command = f'swarm new task "What would show who is right?" {tests}'
        yield chores.Chore(each.id, f"{each.title}: {each.why}", command)


def _debts(owed: Iterable[unsettled.Debt], now: int) -> Iterator[chores.Chore]:
    for each in owed:
        yield chores.Chore(each.id, each.told(now), _to_pay(each))


def _to_pay(debt: unsettled.Debt) -> str:
    """The command by which paying a debt begins."""
    name = quote(debt.id)
    if debt.kind == "bypass":
        return f"swarm check --range {quote(f'{debt.id}^!')}"
    if debt.kind == "unread":
        return "git fsck; git fetch --refetch"
    what = {
        "late": "Predict it first this time",
        "unenforced": "Enforce it, or say that nothing does",
    }
    title = what.get(debt.kind, "Check it after all")
    return f'swarm new task "{title}" --set tests={name}'


def in_order(items: Iterable[Item]) -> list[Item]:
    """By tier; within one as they were found."""
    return sorted(items, key=lambda each: TIERS.index(each.tier))
