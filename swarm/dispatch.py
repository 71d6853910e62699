"""What to do next: everything that could be done, by what it is worth, and what must wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import agenda, candidates
from swarm.records import KNOWLEDGE, fold

if TYPE_CHECKING:
    from swarm.board import Board

Candidate = candidates.Candidate
PAIR = candidates.PAIR

NAMED = 20  # at most so many in a list of what something waits for
SIDES = 3  # the warmest records, to look for partners of


class Waiting(NamedTuple):
    """Work that nobody should begin now, and why."""

    candidate: Candidate
    state: str  # held | cyclic | blocked
    why: str
    held: Mapping[str, Any] | None = None
    blocked_by: tuple[str, ...] = ()  # signals; open work that comes before it, the nearest first
    circle: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        one = self.candidate
        return {
            "id": one.id, "kind": one.kind, "title": one.title, "path": one.path,
            "score": one.score, "state": self.state, "why": self.why, "held": self.held,
            "blocked_by": list(self.blocked_by), "circle": list(self.circle),
        }  # fmt: skip


class Ranking(NamedTuple):
    """What can be begun, the best first, and what cannot."""

    candidates: tuple[Candidate, ...]
    waiting: tuple[Waiting, ...]
    due: int  # beliefs due for another look; the candidates hold the first few of them


def rank(board: Board) -> Ranking:
    """Weigh all that there is to do. The same board gives the same order."""
    view = board.view
    scales = candidates.Scales(view, board.place.half_life)
    found = scales.found()
    pairs = [scales.of_pair(each) for each in agenda.pairs(board, view.warm(KNOWLEDGE, SIDES))]
    listed = sorted([*found.candidates, *filter(None, pairs)], key=lambda each: each.order)
    waiting = tuple(_waiting(listed, found.needs, _held(board), agenda.stopped_by(board)))
    stopped = {each.candidate.docs for each in waiting}
    free = tuple(each for each in listed if each.docs not in stopped)
    return Ranking(free, waiting, found.due)


def _held(board: Board) -> dict[str, dict[str, Any]]:
    """Whose each claim is, as far as this clone knows; of a commit's time nobody knows."""
    claims = () if board.place.key == "commit" else agenda.claims(board)
    return {
        fold(each.told["id"]): {
            "holder": each.told["holder"], "expires": each.told["expires"], "mine": each.mine,
        }
        for each in claims
        if not each.expired
    }  # fmt: skip


def _waiting(
    listed: Sequence[Candidate],
    needs: Mapping[int, Sequence[int]],
    held: Mapping[str, Mapping[str, Any]],
    doubts: Mapping[int, Sequence[str]],
) -> Iterator[Waiting]:
    """What of all that could be done must wait, in the same order."""
    names = {doc: each.id for each in listed for doc in each.docs}
    round_about = circles(needs)
    for each in listed:
        doc, *others = each.docs
        lease = None if others else held.get(fold(each.id))
        circle = round_about.get(doc, ()) if not others else ()
        before = () if others or circle else before_it(doc, needs)
        signals = tuple(dict.fromkeys(name for one in each.docs for name in doubts.get(one, ())))
        if not (lease or circle or before or signals):
            continue
        state = "held" if lease else "cyclic" if circle else "blocked"
        direct, further = (
            [names[one] for one in before if (one in needs[doc]) == near] for near in (True, False)
        )
        why = [
            *_lease(lease),
            *_doubt(signals),
            *_circle([names[one] for one in circle]),
            *_before(direct, further, [names[one] for one in before if one in round_about]),
        ]
        yield Waiting(
            each, state, "; ".join(why), lease, (*signals, *direct, *further),
            tuple(names[one] for one in circle),
        )  # fmt: skip


def _lease(lease: Mapping[str, Any] | None) -> Iterator[str]:
    if lease:
        who = "you hold" if lease["mine"] else f"{lease['holder']} holds"
        yield f"{who} it until {lease['expires']}"


def _doubt(signals: Sequence[str]) -> Iterator[str]:
    if signals:
        puts = "puts" if len(signals) == 1 else "put"
        yield f"{', '.join(signals)} {puts} an invariant in doubt, until a person answers"


def _circle(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = " → …" if len(names) == NAMED else ""
        yield f"it waits for itself: {' → '.join(names)}{more} → {names[0]}"


def _before(direct: Sequence[str], further: Sequence[str], knots: Sequence[str]) -> Iterator[str]:
    if direct:
        yield f"it waits for {', '.join(direct)}"
    if further:
        more = ", …" if len(direct) + len(further) == NAMED else ""
        yield f"through that for {', '.join(further)}{more}"
    if knots:
        yield f"{', '.join(knots)} cannot begin: what each waits for goes round in a circle"


def before_it(doc: int, needs: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
    """What must be done before something, the nearest first; no more than can be read."""
    found: dict[int, None] = {}
    asked = [doc]
    while asked and len(found) < NAMED:
        nearest = [one for each in asked for one in needs.get(each, ()) if one != doc]
        asked = [one for one in dict.fromkeys(nearest) if one not in found]
        found |= dict.fromkeys(asked)
    return tuple(found)[:NAMED]


def circles(needs: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """Everything that waits for itself, with the beginning of a way round that proves it."""
    stuck = _stuck(needs)
    found: dict[int, tuple[int, ...]] = {}
    for doc in needs:
        if doc in stuck and doc not in found:
            way = _way_round(doc, needs, stuck)
            for at, each in enumerate(way):
                turned = (way[(at + step) % len(way)] for step in range(min(len(way), NAMED)))
                found.setdefault(each, tuple(turned))
    return found


def _stuck(needs: Mapping[int, Sequence[int]]) -> set[int]:
    """What never has its turn, however work is done: circles, and what waits for one."""
    waits = {doc: len(before) for doc, before in needs.items()}
    users: dict[int, list[int]] = {}
    for doc, before in needs.items():
        for each in before:
            users.setdefault(each, []).append(doc)
    free = [doc for doc in users if not waits.get(doc)]
    while free:
        for each in users.get(free.pop(), ()):
            waits[each] -= 1
            if not waits[each]:
                free.append(each)
    return {doc for doc, many in waits.items() if many}


def _way_round(doc: int, needs: Mapping[int, Sequence[int]], stuck: set[int]) -> list[int]:
    """The shortest way from something back to itself; nothing when there is none."""
    came: dict[int, int] = {}
    asked = deque([doc])
    while asked and doc not in came:
        each = asked.popleft()
        for one in needs.get(each, ()):
            if one in stuck and one not in came:
                came[one] = each
                asked.append(one)
    if doc not in came:
        return []
    back = [doc]
    while came[back[-1]] != doc:
        back.append(came[back[-1]])
    return [doc, *reversed(back[1:])]
