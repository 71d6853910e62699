"""What could be done next: open work, and beliefs due for another look, each with its worth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import evidence, voi
from swarm.records import fold

if TYPE_CHECKING:
    from swarm.view import View

PAIR = "pair"  # the kind of a candidate that is two records
DUE = 5  # beliefs, those first that a test would tell most about
# Of 400 pairs that were proposed on a real history, 34 were brought together later:
# `python -m tools.eval recombination`.
PAIRS = voi.Beta().plus(34, 366)

_WORK = (
    "n INDEXED BY node_of WHERE n.view = ? AND n.kind IN ('task', 'frontier') "
    "AND n.status IN ('open', '')"
)
_ROWS = (
    "SELECT n.doc, n.kind, n.domain, n.place, n.near, n.far, n.use_apart, n.warning_apart, "
    "d.id, d.title, d.path FROM node n JOIN doc d ON d.doc = n.doc "
    "WHERE n.view = ? AND n.doc IN ({})"
)
_EDGES = (
    "SELECT w.doc, e.type, e.target, l.target, "
    "EXISTS (SELECT 1 FROM name o WHERE o.doc = e.doc AND o.name = e.name) "
    f"FROM (SELECT n.doc, n.view FROM node {_WORK}) w "
    "CROSS JOIN edge e ON e.doc = w.doc AND e.type IN ('tests', 'depends_on') "
    "LEFT JOIN link l ON l.view = w.view AND l.source = e.doc AND l.edge = e.rowid "
    "ORDER BY e.line, e.rowid"
)
# The parser leaves out what names its own record; that nobody can wait for himself is worth a word.
_HEADS = "SELECT doc, id, keys FROM doc WHERE doc IN ({}) AND keys LIKE '%\"depends_on\"%'"


class Row(NamedTuple):
    """A record as choosing sees it."""

    doc: int
    kind: str
    domain: str
    place: int
    near: int
    far: int
    use: float | None
    warning: float | None
    id: str
    title: str
    path: str


class Candidate(NamedTuple):
    """Something to do, what it is worth, and why."""

    id: str
    kind: str
    title: str
    path: str
    place: int
    docs: tuple[int, ...]
    subject: voi.Subject
    terms: voi.Terms
    domain: str
    arm: voi.Arm
    about: str  # id of what an outcome would be about; empty when that is only its domain
    remark: str

    @property
    def score(self) -> float:
        return self.terms.score

    @property
    def order(self) -> tuple[float, int, str, str]:
        """The best first; of equals the oldest."""
        return -self.score, self.place, self.id, self.path

    @property
    def why(self) -> str:
        """The score in words, to be checked by hand."""
        return (
            f"{self.terms.gain:.2f} bit × reach {self.terms.reach:.2f} ({_leaning(self.subject)}) "
            f"× trail {self.terms.phi:.2f} ({_trail(self.subject)}) "
            f"× bandit {self.terms.bandit:.2f} ({_luck(self.arm, self.domain)}); {self.remark}"
        )

    def as_json(self) -> dict[str, Any]:
        beta, subject = self.subject.beta, self.subject
        return {
            "id": self.id, "kind": self.kind, "title": self.title, "path": self.path,
            "score": self.score, "terms": self.terms._asdict(), "why": self.why,
            "basis": {
                "about": self.about, "a": beta.a, "b": beta.b, "near": subject.near,
                "far": subject.far, "use": subject.use, "warning": subject.warning,
                "domain": self.domain, "outcomes": self.arm.outcomes, "used": self.arm.used,
            },
        }  # fmt: skip


class Edge(NamedTuple):
    """What open work tests or waits for; no `target` when that is not here."""

    source: int
    type: str
    name: str
    target: int | None
    itself: bool


class Found(NamedTuple):
    """The candidates of a board, and what of them waits for what."""

    candidates: list[Candidate]
    needs: Mapping[int, Sequence[int]]  # open work → the open work that must be done before
    due: int  # beliefs, whether they are among the candidates or not


class Scales:
    """Everything that candidates are weighed by, read once."""

    def __init__(self, view: View, half_life: float) -> None:
        self._view = view
        self.evidence = evidence.gather(view, half_life)
        self.work = self._rows(
            doc for (doc,) in view.rows(f"SELECT n.doc FROM node {_WORK}", view.number)
        )
        self.edges = [Edge(*row) for row in view.rows(_EDGES, view.number)]

    @cached_property
    def arms(self) -> dict[str, voi.Arm]:
        """Every domain that there is, or was, work in."""
        tried = {name: voi.Arm(*counts) for name, counts in self.evidence.arms.items()}
        return {evidence.main_domain(row.domain): voi.Arm() for row in self.work} | tried

    @cached_property
    def bandit(self) -> voi.Bandit:
        return voi.bandit(list(self.arms.values()))

    def found(self) -> Found:
        """Open work, and the beliefs that are most in need of a test."""
        known = {row.doc: row for row in self._rows(
            {edge.target for edge in self.edges if edge.type == "tests" and edge.target}
        )}  # fmt: skip
        edges: dict[int, list[Edge]] = {}
        for edge in self.edges:
            edges.setdefault(edge.source, []).append(edge)
        listed = [self._of_work(row, edges.get(row.doc, ()), known) for row in self.work]
        due = [each for each in evidence.judged(self._view, self.evidence) if each.due]
        looks = {row.doc: row for row in self._rows(each.doc for each in due[:DUE])}
        listed += [self._of_belief(looks[each.doc]) for each in due[:DUE]]
        return Found(listed, self._needs(), len(due))

    def of_pair(self, told: Mapping[str, Any]) -> Candidate | None:
        """Two records that may belong together, by the one that is worth more."""
        sides = [row for each in told["records"] for row in self._at(each["path"])]
        if len(sides) != len(told["records"]):
            return None
        subjects = [self._subject(row, PAIRS) for row in sides]
        at = voi.best(subjects)
        remark = f"34 of 400 such pairs came together; both meet {', '.join(told['shared'])}"
        last = self.evidence.now + 1  # a pair has no age: it comes after what has waited
        row = sides[at]._replace(
            id=told["id"], kind=PAIR, title=told["question"], place=last, path=sides[0].path
        )
        return self._weighed(row, subjects[at], sides[at].id, remark)._replace(
            docs=tuple(side.doc for side in sides)
        )

    def _of_work(self, row: Row, edges: Iterable[Edge], known: Mapping[int, Row]) -> Candidate:
        """A task by what it tests, or by its domain; a question by its own outcomes, if any."""
        tests = [each for each in edges if each.type == "tests" and not each.itself]
        about = [known[each.target] for each in tests if each.target]
        missing = [each.name for each in tests if not each.target]
        gone = f"it tests {', '.join(missing)}, which is not here" if missing else ""
        if not about and row.kind == "frontier" and row.doc in self.evidence.known:
            about = [row]
        if about:
            subjects = [self._subject(each, self.evidence.of(each.doc).beta) for each in about]
            at = voi.best(subjects)
            remark = _said_of(f"about {about[at].id}", self.evidence.of(about[at].doc))
            others = f"the best of {len(about)} that it tests" if len(about) > 1 else ""
            remarks = [each for each in (remark, others, gone) if each]
            return self._weighed(row, subjects[at], about[at].id, "; ".join(remarks))
        domain = evidence.main_domain(row.domain)
        usual = self.evidence.domains.get(domain, evidence.NOTHING)
        nothing = gone or ("an open question" if row.kind == "frontier" else "it tests nothing")
        remark = f"{nothing}; {_said_of(_where(domain), usual)}"
        return self._weighed(row, self._subject(row, usual.beta), "", remark)

    def _of_belief(self, row: Row) -> Candidate:
        known = self.evidence.of(row.doc)
        why = "challenged" if known.challenges else "due for a test"
        remark = f"{why}: {_said_of(f'about {row.id}', known)}"
        return self._weighed(row, self._subject(row, known.beta), row.id, remark)

    def _weighed(self, row: Row, subject: voi.Subject, about: str, remark: str) -> Candidate:
        domain = evidence.main_domain(row.domain)
        arm = self.arms.get(domain, voi.Arm())
        return Candidate(
            row.id, row.kind, row.title, row.path, row.place, (row.doc,),
            subject, voi.terms(subject, self.bandit.of(arm)), domain, arm, about, remark,
        )  # fmt: skip

    def _subject(self, row: Row, beta: voi.Beta) -> voi.Subject:
        heat = self.evidence.heat
        return voi.Subject(beta, row.near, row.far, heat(row.use), heat(row.warning))

    def _needs(self) -> dict[int, list[int]]:
        """Open work by what must be done before it. What waits for itself waits for ever."""
        undone = {row.doc for row in self.work}
        needs: dict[int, list[int]] = {}
        for each in self.edges:
            target = each.source if each.itself else each.target
            if each.type == "depends_on" and target in undone:
                needs.setdefault(each.source, []).append(target)
        for doc, record_id, keys in self._view.rows(_HEADS.format(_these(undone))):
            told = json.loads(keys).get("depends_on")
            listed = told if isinstance(told, list) else str(told).split(",")
            if fold(record_id) in (fold(str(each)) for each in listed):
                needs.setdefault(doc, []).append(doc)
        return {doc: list(dict.fromkeys(before)) for doc, before in needs.items()}

    def _rows(self, docs: Iterable[int]) -> list[Row]:
        rows = self._view.rows(_ROWS.format(_these(docs)), self._view.number)
        # asked for in this order, sqlite would walk through all nodes
        return sorted((Row(*row) for row in rows), key=lambda row: row.place)

    def _at(self, path: str) -> list[Row]:
        named = self._view.rows(
            "SELECT m.doc FROM name m JOIN doc d ON d.doc = m.doc AND d.path = ? "
            "WHERE m.rank = 1 AND m.name = ?", path, fold(path),
        )  # fmt: skip
        return self._rows(doc for (doc,) in named)


def _these(docs: Iterable[int]) -> str:
    return ", ".join(str(int(doc)) for doc in docs)


def _leaning(subject: voi.Subject) -> str:
    if not subject.near:
        return "nothing leans on it"
    first = f"{subject.near} lean{'s' if subject.near == 1 else ''} on it"
    return f"{first}, {subject.far} on those" if subject.far else first


def _trail(subject: voi.Subject) -> str:
    if not subject.use and not subject.warning:
        return "nobody walked to it"
    warned = f", {_few(subject.warning)} warning" if subject.warning else ""
    return f"{_few(subject.use)} fresh{warned}"


def _luck(arm: voi.Arm, domain: str) -> str:
    if not arm.outcomes:
        return f"no outcome {_where(domain)} yet"
    return f"{arm.used} of {arm.outcomes} {_where(domain)} were used later"


def _where(domain: str) -> str:
    return f"in {domain}" if domain else "outside of any domain"


def _said_of(what: str, known: evidence.Known) -> str:
    """What the gain is reckoned from, the half on either side aside that nobody saw."""
    if not known.outcomes and not known.challenges:
        return f"{what} no verified outcome yet"
    held, failed = (_few(each - 0.5) for each in known.beta)
    doubts = f", open challenges among these: {known.challenges}" if known.challenges else ""
    return f"{what} {held} for and {failed} against{doubts}"


def _few(amount: float) -> str:
    return f"{amount:.1f}".removesuffix(".0")
