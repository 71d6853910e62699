"""The lanes that were executed, what they produced, and what came of that.

`dispatch` says what each of these words means.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swarm.ancestor import lanes, settle, source
from swarm.ancestor import lessons as told_lessons
from swarm.ancestor.outcomes import concluded
from swarm.records import fold
from tools.eval import ancestor
from tools.eval.repository import Commit, Repository

NEXT = 100  # lessons that may cite one
OFTEN = 3  # of them, and it was worth it

STOOD = "stood there when the log began"
SILENT = "its conclusion names no lesson"
OLD = "all lessons it names stood before"
FOREIGN = "no new lesson it names is of its own runs"
LATE = f"fewer than {NEXT} lessons came after"

_NAMED = re.compile(r"\bL-\d+[a-z]?")
_RUN = re.compile(r"S?(\d+)")
_SUBJECT = re.compile(r"\[S(\d+)")

Row = source.Row


@dataclass(frozen=True, slots=True)
class Work:
    """An executed lane that can be judged: the moment before it, and what it was worth."""

    name: str
    place: int  # among all executed lanes
    commit: str  # which holds its first row
    row: Row  # the first
    run: str
    produced: frozenset[str]
    worth: bool
    cited: int
    falsified: bool | None  # none: nobody can tell


@dataclass(frozen=True, slots=True)
class Told:
    """All that were executed, those of them that can be judged, and why the others cannot."""

    executed: int
    works: tuple[Work, ...]
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Lesson:
    at: int  # in the order of lessons
    since: int  # the place of its commit
    run: str  # empty: nobody knows


@dataclass(slots=True)
class _Lane:
    """The rows of a lane up to the one that concludes it, each with its commit's place."""

    rows: list[tuple[int, Row]]

    @property
    def is_closed(self) -> bool:
        return bool(self.rows[-1][1].keys["status"] == "closed")


def told(repository: Repository) -> Told:
    """Every executed lane of a history."""
    commits = list(repository.commits())
    lessons, citing = _lessons(repository, commits)
    logged = _logged(repository, commits)
    began = min((lane.rows[0][0] for lane in logged), default=0)
    executed = [lane for lane in logged if lane.is_closed]
    works, dropped = [], Counter[str]()
    for place, lane in enumerate(executed):
        produced = STOOD if lane.rows[0][0] == began else _produced(lane, lessons)
        if isinstance(produced, str):
            dropped[produced] += 1
        else:
            works.append(_work(place, lane, commits, produced, lessons, citing))
    return Told(len(executed), tuple(works), dict(dropped))


def _logged(repository: Repository, commits: Sequence[Commit]) -> list[_Lane]:
    """Every lane in the order of the first rows; the rows of one end with the first that is closed.

    A row that only moved to another log, or came back, is read once more: that changes nothing.
    """
    texts = repository.blobs(
        change.blob
        for each in commits
        for change in each.changes
        if change.blob and lanes.covers(change.path)
    )
    stood: dict[str, frozenset[str]] = {}
    found: dict[str, _Lane] = {}
    for place, commit in enumerate(commits):
        for change in (each for each in commit.changes if lanes.covers(each.path)):
            lines = texts.get(change.blob, b"").decode("utf-8", "surrogateescape").split("\n")
            new = [line for line in lines if line not in stood.get(change.path, ())]
            stood[change.path] = frozenset(lines)
            for row in lanes.read(change.path, "\n".join(new)):
                if isinstance(row, Row):
                    lane = found.setdefault(fold(row.id), _Lane([]))
                    if not lane.rows or not lane.is_closed:
                        lane.rows.append((place, row))
    return list(found.values())


def _produced(lane: _Lane, lessons: Mapping[str, _Lesson]) -> frozenset[str] | str:
    """The lessons that came of a lane, or why nobody can say what came of those."""
    since, runs = lane.rows[0][0], _runs(lane)
    named = set(_NAMED.findall(lane.rows[-1][1].text)) - {lane.rows[0][1].id}
    if not named:
        return SILENT
    new = {name for name in named & lessons.keys() if lessons[name].since >= since}
    if not new:
        return OLD
    own = frozenset(name for name in new if lessons[name].run in runs)
    if not own:
        return FOREIGN
    if any(lessons[name].at + NEXT >= len(lessons) for name in own):
        return LATE
    return own


def _work(
    place: int,
    lane: _Lane,
    commits: Sequence[Commit],
    produced: frozenset[str],
    lessons: Mapping[str, _Lesson],
    citing: Sequence[frozenset[str]],
) -> Work:
    runs, listed = _runs(lane), list(lessons.values())
    worth, cited = False, 0
    for name in produced:
        start = lessons[name].at + 1
        citers = [at for at in range(start, start + NEXT) if name in citing[at]]
        others = [at for at in citers if listed[at].run and listed[at].run not in runs]
        worth = worth or len(others) >= OFTEN
        cited = max(cited, len(citers))
    since, first = lane.rows[0]
    (row,), _ = settle.settle([first])  # under the id that the import gives it
    return Work(
        row.id, place, commits[since].id, row, _run(str(row.keys.get("session", ""))),
        produced, worth, cited, _falsified(lane),
    )  # fmt: skip


def _falsified(lane: _Lane) -> bool | None:
    """What the import makes of the lane as its log told it when it was concluded."""
    records, _ = settle.settle(row for _, row in lane.rows)
    said = concluded(records[0]).keys
    outcomes = said.get("outcomes", [said.get("outcome")])
    return None if outcomes in ([None], ["null"]) else "falsified" in outcomes


def _runs(lane: _Lane) -> frozenset[str]:
    return frozenset(_run(str(row.keys.get("session", ""))) for _, row in lane.rows) - {""}


def _run(said: str) -> str:
    found = _RUN.match(said)
    return f"S{int(found[1])}" if found else ""


def _lessons(
    repository: Repository, commits: Sequence[Commit]
) -> tuple[dict[str, _Lesson], list[frozenset[str]]]:
    """Every lesson in order, and what the first version of each names."""
    places = {commit.id: place for place, commit in enumerate(commits)}
    subjects = dict(_subjects(repository))
    found = ancestor.lessons(repository)
    texts = repository.blobs(each.blob for each in found)
    known = {
        each.name: _Lesson(
            at, places[each.commit],
            _run(_session(each.name, texts[each.blob])) or subjects.get(each.commit, ""),
        )
        for at, each in enumerate(found)
    }  # fmt: skip
    return known, [ancestor.names_in(texts[each.blob]) - {each.name} for each in found]


def _session(name: str, raw: bytes) -> str:
    """Which run a lesson says it is of."""
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    items: Iterable[object] = told_lessons.read(
        f"memory/lessons/{name}.md", text.replace("\r\n", "\n")
    )
    return next((str(each.keys.get("session", "")) for each in items if isinstance(each, Row)), "")


def _subjects(repository: Repository) -> Iterator[tuple[str, str]]:
    """The run that the subject of a commit begins with, where it does."""
    told = repository.run("log", "--first-parent", "--format=%H %s", "HEAD")
    for line in told.decode("utf-8", "replace").splitlines():
        commit, _, subject = line.partition(" ")
        found = _SUBJECT.match(subject)
        if found:
            yield commit, f"S{int(found[1])}"
