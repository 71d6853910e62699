"""swarm mission: what the board is for, and whether that is said so that it can be checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from swarm import charter, signals
from swarm.errors import UsageError
from swarm.records import MISSION, SIGNAL_CLASSES, Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True  # but for init, which writes a file and refuses --at
TELLS_PROBLEMS = True


@click.command()
@click.argument("action", type=click.Choice(("init", "check", "show")), default="show")
def command(board: Board, action: str) -> Answer:
    """Begin the mission manifest, check it, or show it.

    init writes beliefs/MISSION.md to be filled in. check ends with 1 while a section is
    missing or empty, an invariant has no verifier that is there, or a checklist's entry
    is tied to neither; it lists open signals by their class.
    """
    if action == "init":
        return _init(board)
    if action == "show":
        return Answer({"mission": charter.read(board).as_json()})
    done = charter.check(board)
    found = signals.standing(board.view)
    told = {
        sort or "unclassed": [each.as_json() for each in found if each.sort == sort]
        for sort in (*SIGNAL_CLASSES, "")
    }
    data = {"mission": done.manifest.as_json(), "signals": told}
    wrong = len(done.problems)
    return Answer(data, done.problems, exit_code=int(wrong > 0), telling={"wrong": wrong})


def _init(board: Board) -> Answer:
    if board.place.key == "commit":
        what = "a mission is begun now, and --at asks about another time"
        raise UsageError(what, remedy="swarm mission init")
    written = charter.begin(board)
    return Answer({"written": [MISSION] if written else [], "kept": [] if written else [MISSION]})


def text(answer: Answer) -> Iterator[Line]:
    """What was written; or the mission in a few lines, and the signals that wait for somebody."""
    data = answer.data
    for told in answer.problems:
        where = f" {told.path}:{told.line}: " if told.line else f" {told.path}: "
        yield [(told.level, told.level), (f"{where}{told.what}", ""), (f" → {told.remedy}", "dim")]
    if "written" in data:
        yield from _begun(data)
        return
    mission = data["mission"]
    yield [("value  ", "dim"), (mission["value"] or "nobody has said what counts", "bold")]
    for each in mission["invariants"]:
        by = ", ".join(each["verifiers"]) or "nothing"
        where = f"  line {each['line']}"
        yield [(each["id"] or "?", "id"), (f"  verified by {by}", ""), (where, "dim")]
    if "signals" not in data:
        for each in mission["sections"]:
            yield [(f"{each['name']}  ", "dim"), (" ".join(each["text"].split())[:300], "")]
        return
    for sort, found in data["signals"].items():
        for each in found:
            yield [(each["id"], "id"), (f"  {each['title']}", ""), (f"  open, {sort}", "dim")]
    wrong = answer.telling["wrong"]
    yield f"{MISSION}: {wrong} to mend" if wrong else f"{MISSION} says all that it must"


def _begun(data: Mapping[str, Any]) -> Iterator[Line]:
    if data["kept"]:
        yield [(f"kept {MISSION} as it is", "dim")]
        return
    yield f"wrote {MISSION}"
    yield f"next: fill it in; swarm mission check; git add {MISSION} && git commit"
