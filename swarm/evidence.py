"""What outcomes say: of each record they were about, of each domain, and of its work.

Read off closed tasks each time. A posterior counts what a command decided, and open
challenges; it fades with activity, as trails do, and counts a check once on the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import trails
from swarm.posterior import Beta

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.view import View

ENOUGH = 0.5  # of one verified outcome: a belief of which less is left is due for another look
STANDING = ("aspirational", "enforced")

_SHARES = {"confirmed": (1.0, 0.0), "falsified": (0.0, 1.0), "partial": (0.5, 0.5)}

_ENDED = (
    "SELECT doc, place, domain, outcome, proof, used FROM node INDEXED BY node_ended "
    "WHERE view = ? AND outcome <> '' ORDER BY place"
)
_TESTED = (
    "SELECT DISTINCT l.source, l.target FROM node n INDEXED BY node_ended CROSS JOIN link l "
    "ON l.view = n.view AND l.source = n.doc AND l.type = 'tests' "
    "WHERE n.view = ? AND n.outcome <> '' AND n.proof <> ''"
)
_CHALLENGED = (
    "SELECT l.target, count(DISTINCT l.source) FROM node n INDEXED BY node_of CROSS JOIN link l "
    "ON l.view = n.view AND l.source = n.doc AND l.type = 'contradicts' "
    "WHERE n.view = ? AND n.kind = 'challenge' AND n.status IN ('open', '') GROUP BY l.target"
)
_TO_BE_TESTED = (
    "SELECT DISTINCT l.target FROM node n INDEXED BY node_of CROSS JOIN link l "
    "ON l.view = n.view AND l.source = n.doc AND l.type = 'tests' "
    "WHERE n.view = ? AND n.kind = 'task' AND n.status IN ('open', '')"
)
_BELIEFS = (
    "SELECT n.doc, d.id, d.title, d.path, n.status, n.near + n.far / 2.0, n.place FROM node n "
    "INDEXED BY node_of JOIN doc d ON d.doc = n.doc WHERE n.view = ? AND n.kind = 'belief'"
)


class Known(NamedTuple):
    """What is known of a record, or of a domain."""

    beta: Beta = Beta()
    outcomes: int = 0  # verified ones, however old
    left: float = 0.0  # what has not faded of them
    challenges: int = 0  # open ones


NOTHING = Known()


class Evidence(NamedTuple):
    """All that outcomes say, up to now. Rows are asked by their numbers."""

    now: int
    half_life: float
    known: Mapping[int, Known]
    domains: Mapping[str, Known]
    arms: Mapping[str, tuple[int, int]]  # domain → outcomes of any kind, those used later

    def of(self, doc: int) -> Known:
        return self.known.get(doc, NOTHING)

    def heat(self, level: float | None) -> float:
        """What is left of a trail."""
        return trails.heat(level, self.now, self.half_life)


class Belief(NamedTuple):
    """A belief with its odds, and what one more verified outcome would tell about it."""

    id: str
    title: str
    a: float
    b: float
    bits: float
    outcomes: int
    path: str
    due: bool  # for another look: it stands, nobody is about to test it, little is known
    doc: int


def gather(view: View, half_life: float) -> Evidence:
    """Read every outcome once."""
    now = view.present()[0]
    ended = view.rows(_ENDED, view.number)
    proven = [row for row in ended if row[4]]
    tested: dict[int, list[int]] = {}
    for source, target in view.rows(_TESTED, view.number):
        tested.setdefault(source, []).append(target)
    counts = _Counts(now, half_life)
    known = counts.of((doc, row) for row in proven for doc in tested.get(row[0], ()))
    for doc, many in view.rows(_CHALLENGED, view.number):
        held = known.get(doc, NOTHING)
        known[doc] = held._replace(beta=held.beta.plus(0, many), challenges=many)
    domains = counts.of((main_domain(row[2]), row) for row in proven)
    return Evidence(now, half_life, known, domains, _arms(ended))


def main_domain(listed: str) -> str:
    """The domain that a record names first: its outcome counts for that one alone."""
    return listed.split(", ", 1)[0]


def beliefs(board: Board) -> tuple[Belief, ...]:
    """Every belief, the one that a test would tell most about first."""
    return judged(board.view, gather(board.view, board.place.half_life))


def judged(view: View, evidence: Evidence) -> tuple[Belief, ...]:
    """The same by evidence at hand. Of equals what more leans on comes first, then the oldest."""
    covered = {doc for (doc,) in view.rows(_TO_BE_TESTED, view.number)}
    found = []
    for doc, record_id, title, path, status, leaning, place in view.rows(_BELIEFS, view.number):
        known = evidence.of(doc)
        doubtful = known.left < ENOUGH or known.challenges
        due = bool(doubtful and status in STANDING and doc not in covered)
        told = Belief(
            record_id, title, *known.beta, known.beta.bits, known.outcomes, path, due, doc
        )
        found.append(((-told.bits, -leaning, place), told))
    return tuple(told for _, told in sorted(found))


def _arms(ended: Iterable[Any]) -> dict[str, tuple[int, int]]:
    arms: dict[str, tuple[int, int]] = {}
    for _, _, domain, _, _, used in ended:
        many, later = arms.get(main_domain(domain), (0, 0))
        arms[main_domain(domain)] = many + 1, later + used
    return arms


class _Counts(NamedTuple):
    """How outcomes add up, seen from a place."""

    now: int
    half_life: float

    def of(self, outcomes: Iterable[tuple[Any, Any]]) -> dict[Any, Known]:
        """What is known of each thing that verified outcomes, the oldest first, are about.

        The same check on the same files says nothing new: the last time counts.
        """
        last = {
            (about, row[4]): (row[1], *_SHARES[row[3]])
            for about, row in outcomes
            if row[3] in _SHARES
        }
        sums: dict[Any, list[float]] = {}
        for (about, _), (place, held, failed) in last.items():
            left = 2.0 ** (-(self.now - place) / self.half_life)
            total = sums.setdefault(about, [0.0, 0.0, 0.0, 0])
            for at, each in enumerate((held * left, failed * left, left, 1)):
                total[at] += each
        return {
            about: Known(Beta().plus(held, failed), int(many), left)
            for about, (held, failed, left, many) in sums.items()
        }
