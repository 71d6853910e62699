"""swarm harvest: principles where evidence clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from swarm import reap, stow
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True  # but for what its flags say

_NAMED = 8  # members that are named; the rest is counted


@click.command()
@click.option("--top", default=5, show_default=True, type=click.IntRange(1, 1_000),
              help="At most so many groups.")  # fmt: skip
@click.option("--write", is_flag=True, help="Write their drafts as principles.")
@click.option("--with", "program", metavar="CMD",
              help="Have a program say it: JSON of the group in, its text out.")  # fmt: skip
@click.option("--archive", is_flag=True, help="Move what principles carry to memory/archive/.")
def command(board: Board, top: int, write: bool, program: str | None, archive: bool) -> Answer:
    """Groups of lessons that hang together by more than chance, and that no principle carries.

    Groups are formed by what lessons say, and tested by what they cite: against citations
    swapped among lessons close in time. Each comes with the draft of a principle. A draft is
    to be rewritten by whoever understands it.
    """
    if archive and (write or program is not None):
        what = "--archive moves what principles carry already"
        raise UsageError(what, remedy="swarm harvest --write, and then: swarm harvest --archive")
    if program is not None and not program.strip():
        raise UsageError("--with names no program", remedy="swarm harvest --with 'my-agent say'")
    if archive or write or program:
        _ = board.root  # of another moment nothing can be written, and that is said at once
    return _archive(board) if archive else _look(board, top, write, program or "")


def _look(board: Board, top: int, write: bool, program: str) -> Answer:
    found, groups = reap.distilled(board, top, program)
    crop = found.crop
    told: list[dict[str, Any]] = [each.as_json() for each in groups]
    written = list(reap.write(board, groups)) if write else []
    for each, reaped in zip(told, written, strict=False):
        if reaped.done:
            each["record"] = reaped.done.record
        if reaped.problem:
            each["refused"] = reaped.problem.what
    data = {
        "groups": told, "ripe": len(crop.ripe), "tested": crop.tested, "covered": crop.covered,
        "records": len(found.material.told),
    }  # fmt: skip
    done = [each.done for each in written if each.done]
    refused = [each.problem for each in written if each.problem]
    problems = (*refused, *(problem for each in done for problem in each.problems))
    code = 8 if any(each.level == "error" for each in refused) else 0
    code = max([code, *(each.exit_code for each in done)])
    return Answer(data, problems, code, tuple(note for each in done for note in each.notes))


def _archive(board: Board) -> Answer:
    before = stow.readable(board)
    heard = board.problems()  # of what lies there now: what is moved is no problem
    done = stow.stow(board)
    fresh = board.again() if done.moved else board
    after = stow.readable(fresh)
    fresh.close()  # whoever holds a view open keeps writers waiting
    moved = [{"from": old, "to": new} for old, new in done.moved]
    data = {
        "moved": moved, "left": [each._asdict() for each in done.left], "commit": done.commit,
        "readable": {"before": before._asdict(), "after": after._asdict()},
    }  # fmt: skip
    return Answer(data, (*done.problems, *heard), 1 if done.problems else 0, done.notes)


def text(answer: Answer) -> Iterator[Line]:
    """Each group: what holds it together, who is in it, what is central to it, its draft."""
    data = answer.data
    if "moved" in data:
        yield from _archived(data)
        return
    for each in data["groups"]:
        yield from _group(each)
        yield ""
    more = data["ripe"] - len(data["groups"])
    if more:
        yield [(f"and {more} more: --top {data['ripe']}", "dim")]
    many = "one group" if data["tested"] == 1 else f"{data['tested']} groups"
    tested = f"{many} among {data['records']:,} records"
    carried = f", {data['covered']} carried by principles already" if data["covered"] else ""
    if not data["ripe"]:
        yield f"nothing is ripe: {tested} could be tested{carried}"
    else:
        yield [(f"{data['ripe']} of {tested} are ripe{carried}", "dim")]
    if data["groups"] and not any("record" in each for each in data["groups"]):
        yield "next: swarm harvest --write, and make each draft your own"


def _group(each: dict[str, Any]) -> Iterator[Line]:
    members, density = each["members"], each["density"]
    chance = f"{density['counted']:.1f} against {density['by_chance']:.1f} by chance"
    yield [(each["draft"]["title"], "bold")]
    yield [(f"  {len(members)} records, by {density['witness']} {chance}, "
            f"odds {density['odds']:.0e}", "dim")]  # fmt: skip
    names = ", ".join(member["id"] for member in members[:_NAMED])
    rest = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
    yield [("  ", ""), (names + rest, "id")]
    for said in each["sentences"][1:]:
        yield [(f"  {said['id']}  ", "id"), (f"“{said['text']}”", "")]
    for one, other in each["contradictions"]:
        yield f"  at odds: {one} contradicts {other}"
    if each["outgrown"]:
        fresh = sum(not member["carried"] for member in members)
        yield f"  grown past {', '.join(each['outgrown'])}: {fresh} members are in no principle"
    if "refused" in each:
        yield f"  {each['refused']}"
    if "record" in each:
        yield [("  wrote ", ""), (each["record"]["id"], "id"), (f"  {each['record']['path']}", "")]


def _archived(data: Any) -> Iterator[Line]:
    for each in data["moved"]:
        yield f"{each['from']} → {each['to']}"
    for each in data["left"]:
        yield [(f"stays: {each['path']}: {each['why']}", "dim")]
    before, after = data["readable"]["before"], data["readable"]["after"]
    if not data["moved"] and not data["left"]:
        yield "no lesson is carried by a principle and free to go"
    yield (
        f"to be read: {before['records']:,} records of {before['characters']:,} characters before, "
        f"{after['records']:,} of {after['characters']:,} now"
    )
