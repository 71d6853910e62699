"""Closed tasks of a board → forecasts, each with when it was made: one walk over history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import hindsight, ledger
from swarm.errors import GitError
from swarm.hindsight import Step, Timing
from swarm.ledger import Forecast
from swarm.records import FOLDERS, Listed, Problem, Record, domains, first_word, lasting_name

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.figures import Bin


class Read(NamedTuple):
    """What a board's tasks predicted, and what kept us from telling when."""

    forecasts: tuple[Forecast, ...]
    others: Mapping[str, int]  # tasks that are in no account
    problems: tuple[Problem, ...] = ()


class Reckoned(NamedTuple):
    """The ledger, and what a picture of it would show, or why there is none."""

    data: dict[str, Any]
    problems: tuple[Problem, ...]
    table: tuple[Bin, ...]
    no_picture: str


def reckon(board: Board, by: str | None) -> Reckoned:
    """The ledger of a board, with an account for each name in one dimension, or in all."""
    found = read(board)
    dimensions = (by,) if by else ledger.DIMENSIONS
    data = {**ledger.tell(found.forecasts, dimensions), "others": found.others}
    first = ledger.headline(found.forecasts)
    return Reckoned(data, found.problems, first.table, ledger.no_picture(first))


def read(board: Board) -> Read:
    """The prediction and the outcome of every closed task that made one."""
    closed = []
    others = dict.fromkeys(("without a prediction", "still open", "abandoned"), 0)
    for task in board.view.listed("task"):
        status = first_word(task.keys.get("status"))
        if status == hindsight.CLOSED:
            closed.append(task)
        elif hindsight.version(task.keys).predicts:
            others["abandoned" if status == "abandoned" else "still open"] += 1
    timings, problems = _timings(board, closed)
    made = [(task, timings[task.path]) for task in closed if timings[task.path].predicted]
    others["without a prediction"] = len(closed) - len(made)
    return Read(tuple(_forecast(*each) for each in made), others, problems)


def _timings(
    board: Board, closed: Sequence[Listed]
) -> tuple[dict[str, Timing], tuple[Problem, ...]]:
    """When each task's prediction was made, by its path."""
    if not closed:
        return {}, ()
    try:
        return _from_history(board, closed), ()
    except GitError as error:
        what = f"history cannot be read, so nobody knows which prediction was in time: {error.what}"
        unknown = Timing("unknown", "history cannot be read")
        told = {
            task.path: unknown._replace(predicted=hindsight.version(task.keys).predicts)
            for task in closed
        }
        return told, (Problem(".git", 1, what, "git fsck; git fetch --refetch"),)


def _from_history(board: Board, closed: Sequence[Listed]) -> dict[str, Timing]:
    """As far as the commits behind the board show; a work tree counts as one commit more."""
    blobs = _blobs(board)
    steps = _steps(board, {lasting_name(task.path.encode()) for task in closed})
    versions = {blobs[task.path]: hindsight.version(task.keys) for task in closed}
    lines = {}
    for task in closed:
        line = steps.get(lasting_name(task.path.encode()), ())
        if all(step.after != blobs[task.path] for step in line):
            line = (*line, Step((), blobs[task.path]))
        lines[task.path] = line
    touched = {blob for line in lines.values() for step in line for blob in step.blobs}
    wanted = sorted(touched - set(versions))
    versions |= zip(wanted, map(hindsight.parse, board.place.repo.blobs(wanted)), strict=True)
    return {task.path: hindsight.judge(task.keys, lines[task.path], versions) for task in closed}


def _blobs(board: Board) -> dict[str, str]:
    """The blob that each task's file is, or would be."""
    rows = board.view.rows(
        "SELECT d.path, d.oid FROM file f JOIN doc d ON d.doc = f.doc "
        "WHERE f.view = ? AND d.kind = 'task'",
        board.view.number,
    )
    return {path: oid.split()[0] for path, oid in rows}


def _steps(board: Board, names: AbstractSet[str]) -> dict[str, tuple[Step, ...]]:
    """What history did to the files of some names, by name."""
    place = board.place
    found: dict[str, list[Step]] = {}
    for each in place.repo.changes(place.head, FOLDERS) if place.head else ():
        name = lasting_name(each.path)
        if name in names:
            cut = not each.before and each.commit in place.shallow
            found.setdefault(name, []).append(Step(each.before, each.after, cut))
    return {name: tuple(line) for name, line in found.items()}


def _forecast(task: Listed, timing: Timing) -> Forecast:
    keys = task.keys
    p, unusable = ledger.probability(keys.get("p"))
    outcome, unclassified = ledger.outcome(keys)
    return Forecast(
        id=task.id,
        title=task.title,
        path=task.path,
        domains=tuple(domains(keys)),
        agent=_forecaster(task),
        kind=_kind(keys, timing),
        p=p,
        unusable=unusable,
        outcome=outcome,
        unclassified=unclassified,
        outcomes=tuple(_parts(keys.get("outcomes"))),
        found_by=str(keys.get("found_by") or ""),
        timing=timing.word,
        why=timing.why,
        n=_count(keys.get("n")),
        debt=str(keys.get("debt") or ""),
    )


def _forecaster(task: Listed) -> str:
    """Who predicted: whoever said so, else who wrote the task."""
    stated = task.keys.get("predicted_by")
    if stated:
        return str(stated)
    return Record(task.id, task.kind, task.title, task.path, task.keys, "").author


def _kind(keys: Mapping[str, Any], timing: Timing) -> str:
    """Who says what came of it. Of what arrived closed, nothing here shows that a check did."""
    said = str(keys.get("found_by") or "").strip()
    if timing.arrived:
        return "imported"
    return said if said in ledger.FOUND_BY else "unsigned"


def _parts(stated: Any) -> Iterator[str]:
    """The outcomes of single claims."""
    for each in stated if isinstance(stated, list) else str(stated or "").split(","):
        word = "null" if each is None else first_word(each)
        if word in ledger.OUTCOMES:
            yield word


def _count(stated: Any) -> int | None:
    return int(stated) if re.fullmatch(r"[0-9]{1,15}", str(stated)) else None
