"""All that the harness asks of the product: the code that `swarm orient` runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import lanes, retrieve, silence
from swarm.board import Board, open_board
from swarm.records import Surroundings, domains
from swarm.retrieve import Evidence
from swarm.weights import Weights
from tools.eval.guard import Seen

if TYPE_CHECKING:
    from swarm import voi

DEFAULT = "product"
WORDS = "words alone"
RATE = 0.05  # of false ones among the groups that fire

_SCALES = frozenset({"half_life"})  # fields that are no lane and no factor: 0 means nothing there


class Proposed(NamedTuple):
    """Pairs of candidates' names with their scores, best first."""

    best: tuple[tuple[str, str, float], ...]
    is_all: bool  # whether there are no more


class Ground(NamedTuple):
    """What `swarm harvest` looks at, in the order of time; links go by number."""

    paths: list[str]
    domains: list[tuple[str, ...]]  # that each is about
    texts: list[str]
    links: list[tuple[int, int]]
    rest: list[str]  # other records that its vectors are learned from


class Dense(NamedTuple):
    """The groups that it finds, by number, and what bore witness."""

    fired: list[tuple[int, ...]]
    others: list[tuple[int, ...]]
    witness: str


class Weighed(NamedTuple):
    """What `swarm dispatch` says of a candidate, and of the luck that it goes by."""

    terms: voi.Terms
    use: float  # what is left of the trail to what it is about
    arm: voi.Arm
    bandit: voi.Bandit


@contextmanager
def opened(root: Path, commit: str) -> Iterator[Board]:
    """The board as it was at a commit. One view is moved along: go forwards in time."""
    board = open_board(root, commit, Surroundings(os.environ, time.time_ns()))
    try:
        yield board
    finally:
        board.close()


def variants() -> dict[str, Weights]:
    """The weights as they come, those of the words alone, and with each switched off.

    They rank the same evidence: what a lane leaves out of the score, it may still have seeded.
    """
    usual = Weights()
    switches = [name for name in Weights._fields if name not in _SCALES]
    others = {name: 0.0 for name in switches if name != "words"}
    without = {f"without {name}": usual._replace(**{name: 0.0}) for name in switches}
    return {DEFAULT: usual, WORDS: usual._replace(**others), **without}


def gather(board: Board, text: str) -> Evidence:
    return lanes.gather(board.view, text, Weights())


def ranked(evidence: Evidence, weights: Weights) -> list[str]:
    """The paths of all that was ranked, best first."""
    return [each.path for each in retrieve.rank(evidence, weights)]


def is_silent(board: Board, text: str) -> bool:
    """Whether the board would say that it holds nothing about it."""
    return silence.judge(board.view, text).silent


def pairs(board: Board, top: int, name_of: Callable[[str], str | None]) -> Proposed:
    """The best pairs to combine; those that are no two candidates are left out."""
    from swarm import recombine  # retrieval is measured without it

    names = {each.id: name_of(each.path) for each in board.view.listed()}
    told = recombine.pairs(board.view, Weights().half_life, top)
    best = []
    for pair in told:
        left, right = names.get(pair.left), names.get(pair.right)
        if left and right:
            best.append((left, right, pair.score))
    return Proposed(tuple(best), len(told) < top)


def weighed(board: Board, name: str) -> Weighed:
    """A candidate as the board weighs it."""
    from swarm import candidates  # this alone asks for it

    scales = candidates.Scales(board.view, board.place.half_life)
    (told,) = (each for each in scales.found().candidates if each.id == name)
    return Weighed(told.terms, told.subject.use, told.arm, scales.bandit)


def ground(board: Board) -> Ground:
    """All that decides which groups a board has."""
    from swarm import material, wording  # harvest alone asks for them

    held = material.of(board)
    own = {each.doc for each in held.told}
    rest = [each.text for each in wording.of(board.view) if each.doc not in own]
    about = {each.path: tuple(sorted(domains(each.keys))) for each in board.view.listed()}
    paths = [each.path for each in held.told]
    return Ground(paths, [about[path] for path in paths], held.texts, held.links, rest)


def rows(texts: Sequence[str], rest: Sequence[str] = ()) -> Any:
    """Vectors as the product learns them from these texts and nothing else."""
    from swarm import lsa

    return lsa.embed(lsa.fit([*texts, *rest]), texts)


def alike(rows: Any) -> list[tuple[int, ...]]:
    """The groups of some rows by what they say, tested by nothing."""
    from swarm import clusters

    return clusters.groups(rows)


def dense(rows: Any, texts: Sequence[str], links: Sequence[tuple[int, int]]) -> Dense:
    """The groups of some rows that could be tested: those that fire, and the others."""
    from swarm import density

    found = density.find(rows, texts, links)
    fired = [each.members for each in density.fired(found, RATE)]
    others = [each.members for each in found if not each.fires(RATE)]
    return Dense(fired, others, " and ".join(sorted({each.witness for each in found})))


def imported(source: Path) -> list[bytes]:
    """What `swarm import` would write, each file as it would read."""
    from swarm.ancestor.load import load  # this alone asks for it

    return [each.raw for each in load(source, os.environ).plan.records]


def seen(board: Board) -> Seen:
    """What the board shows, with the blob that each file was parsed from."""
    view = board.view
    rows = view.rows(
        "SELECT d.path, d.oid FROM file f JOIN doc d ON d.doc = f.doc WHERE f.view = ?",
        view.number,
    )
    records = {each.path: each.id for each in view.listed()}
    return Seen(records, dict(rows), tuple(view.links()))
