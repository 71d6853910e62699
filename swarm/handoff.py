"""What one run leaves for the next: the text of a record, and its claims given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from swarm import desk
from swarm.errors import SwarmError
from swarm.records import Listed, Problem, first_word

if TYPE_CHECKING:
    from swarm.board import Board

SECTIONS = ("Done", "Open", "Next", "Blocked")
_TITLE = 90  # letters


def compose(body: str, said: Mapping[str, Sequence[str]], awaited: Iterable[Listed]) -> str:
    """What was said at length, then a section for each list that is not empty."""
    parts = [body.strip("\n")]
    parts += [_section(name, said.get(name, ())) for name in SECTIONS]
    expected = [f"[[{each.id}]]: {_one_line(str(each.keys['expect']))}" for each in awaited]
    parts.append(_section("Expectations still open", expected))
    return "\n\n".join(part for part in parts if part.strip())


def title(said: Mapping[str, Sequence[str]], body: str) -> str:
    """What the next run should see first: what it is to do, else why it cannot, else what is."""
    for name in ("Next", "Blocked", "Open", "Done"):
        for item in said.get(name, ()):
            if item.strip():
                return _cut(f"{name}: {_one_line(item)}")
    lines = (line.lstrip("#>*-+ \t").strip() for line in body.splitlines())
    return _cut(next(filter(None, lines), "Handoff"))


def awaited(tasks: Iterable[Listed], agent: str) -> Iterator[Listed]:
    """The open tasks of one agent that say what it expects of them."""
    for task in tasks:
        is_open = first_word(task.keys.get("status")) == "open"
        if is_open and task.keys.get("expect") and str(task.keys.get("by") or "") == agent:
            yield task


def give_back(board: Board) -> tuple[list[str], list[Problem]]:
    """Release every lease of this run. Their tasks, and what could not be given back."""
    released: list[str] = []
    kept: list[Problem] = []
    try:
        opened = desk.open_desk(board)
        leases = [lease for lease, _ in desk.listed(opened) if lease and not lease.released]
    except SwarmError as error:  # the record is written by now, and must be told of
        return [], [Problem(error.where, 0, error.what, error.remedy)]
    for lease in leases:
        if desk.is_mine(opened, lease):
            try:
                desk.release(opened, desk.Want(lease.task))
                released.append(lease.task)
            except SwarmError as error:
                kept.append(Problem(lease.task, 0, error.what, error.remedy))
    return released, kept


def _section(name: str, items: Iterable[str]) -> str:
    lines = [f"- {_indented(item)}" for item in items if item.strip()]
    return "\n".join([f"## {name}", *lines]) if lines else ""


def _indented(item: str) -> str:
    """An item of more than one line stays one item."""
    return "\n  ".join(item.strip().splitlines()).replace("\n  \n", "\n\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    if len(text) <= _TITLE:
        return text
    words = text[:_TITLE].rpartition(" ")[0]
    return (words if len(words) > _TITLE // 2 else text[:_TITLE]).rstrip(" ,;:") + " …"
