"""What there is to do: what needs somebody now, open work, pairs to combine, the last handoffs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from swarm import recombine, situation
from swarm.records import Problem, first_word

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.records import Record
    from swarm.retrieve import Ranked

WORK = 5
HANDOFFS = 2
PAIRS = 3
SIDES = 3  # of the most relevant records, to look for partners of
CHALLENGES, CHALLENGED = 3, 30  # at most so many, against the best of what was found

Claim = situation.Claim
clues, claims, mission = situation.clues, situation.claims, situation.mission
stopped_by = situation.stopped_by


def due(board: Board, held: Iterable[Claim]) -> list[dict[str, Any]]:
    """What needs somebody now, the worst first; then claims that ran out."""
    late = [
        Problem(
            each.told["id"], 0, f"the claim of {each.told['holder']} ended {each.told['expires']}",
            f"swarm release {each.told['id']}" if each.mine else f"swarm claim {each.told['id']}",
            "warning",
        )
        for each in held
        if each.expired
    ]  # fmt: skip
    return [each.as_json() for each in (*board.problems(), *late)]


def challenges(board: Board, ranked: Sequence[Ranked]) -> list[dict[str, Any]]:
    """What is open against records that bear on the matter: being challenged ranks them down."""
    docs = [each.node.doc for each in ranked[:CHALLENGED]]
    found = board.view.pointing(docs, "contradicts", "challenge", "open")[:CHALLENGES]
    return [
        {**_told(record), "against": [each.id for each in _targets(board, record, "contradicts")]}
        for _, record in board.view.at(found)
    ]  # fmt: skip


def work(board: Board, ranked: Iterable[Ranked]) -> list[dict[str, Any]]:
    """Open tasks and questions: what bears on the matter first, then what has waited longest."""
    view = board.view
    bearing = [
        each.node.doc
        for each in ranked
        if each.kind in ("task", "frontier") and each.node.status == "open"
    ][:WORK]
    waiting = [doc for kind in ("task", "frontier") for doc in view.standing(kind, "open", WORK)]
    docs = list(dict.fromkeys([*bearing, *waiting]))[:WORK]
    return [
        {**_told(record), "relevant": doc in bearing, "blocked_by": _waits_for(board, record)}
        for doc, record in view.at(docs)
    ]


def _waits_for(board: Board, record: Record) -> list[str]:
    """The open tasks that must be done before."""
    needed = _targets(board, record, "depends_on")
    return [each.id for each in needed if first_word(each.keys.get("status")) == "open"]


def _targets(board: Board, record: Record, edge_type: str) -> list[Record]:
    """What a record leads to in one way, where that is there."""
    found = (board.view.target(each) for each in record.edges if each.type == edge_type)
    return [each for each in found if each]


def pairs(board: Board, docs: Sequence[int]) -> list[dict[str, Any]]:
    """What might be combined with any of some records."""
    half_life = board.place.settings.weights.half_life
    sides = docs[:SIDES]
    found = recombine.pairs(board.view, half_life, PAIRS, sides) if sides else ()
    return [each.as_json() for each in found]


def handoffs(board: Board) -> list[dict[str, Any]]:
    """What the last runs left for the next."""
    newest = board.view.newest("handoff", HANDOFFS)
    return [_told(record) for _, record in board.view.at(newest)]


def _told(record: Record) -> dict[str, Any]:
    return {
        **record.brief(),
        "by": record.author,
        "created": record.created,
        "gist": record.gist(),
    }
