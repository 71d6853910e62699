"""A principle in the words of a program that was hired for it: an agent, or a local model.

The program is typed by whoever runs the command, and told a ripe group as JSON on its input. What
it prints is text, whoever wrote it: of a head that it brings along nothing is believed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from swarm import distil, trust
from swarm.errors import SwarmError
from swarm.records import split_heading

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.distil import Distilled, Draft
    from swarm.harvest import Harvest

LIMIT = 300.0  # seconds for one group

_HEAD = "---"
_FENCED = re.compile(r"(`{3,}|~{3,})[^\n]*\n(.*?)\n\1[ \t]*", re.DOTALL)


class Hired(SwarmError):
    """The program gave no principle."""


def distilled(board: Board, top: int, command: str) -> tuple[Harvest, list[Distilled]]:
    """What is ripe, and the first groups with their drafts: a program's, if one is named."""
    if command:
        trust.words(command)  # what cannot be run is said before the work, not after
    found, groups = distil.distilled(board, top)
    if command:
        board.problems()  # they are asked for at the end, and by then the view is closed:
        board.close()  # a program may think for minutes
        groups = [each._replace(draft=_worded(board, each, command)) for each in groups]
    return found, groups


def _worded(board: Board, group: Distilled, command: str) -> Draft:
    told = {**group.as_json(), "texts": {each.id: each.body for each in group.members}}
    raw = json.dumps({"schema": "swarm/1", "group": told}, ensure_ascii=True).encode()
    ended = trust.hear(command, board.root, raw, board.around.environ, LIMIT)
    if ended.said != "passed":
        last = " ".join(ended.tail.split())[-300:]
        what = f"{command!r} {ended.why}" + (f": {last}" if last else "")
        raise Hired(
            what, remedy="swarm harvest --top 1 --with 'tee told.json' keeps what it is told"
        )
    title, body = _read(ended.tail)
    if not title:
        remedy = "let it print a line that says it, and then its text"
        raise Hired(f"{command!r} printed no principle", remedy=remedy)
    short = distil.clipped(title)
    return group.draft._replace(title=short, body=body if short == title else f"{title}\n\n{body}")


def _read(text: str) -> tuple[str, str]:
    """Its first heading as the title, else its first line, and the rest.

    What comes before the heading, such as a head, is left out, and so is a fence around it all.
    """
    text = text.replace("\r\n", "\n").lstrip("\ufeff").strip()
    fenced = _FENCED.fullmatch(text)
    lines = (fenced[2].strip() if fenced else text).split("\n")
    if lines[0].strip() == _HEAD and _HEAD in (each.strip() for each in lines[1:]):
        end = next(at for at, each in enumerate(lines) if at and each.strip() == _HEAD)
        lines = "\n".join(lines[end + 1 :]).strip().split("\n")
    first = next((at for at, each in enumerate(lines) if re.match(r"#{1,6}\s+\S", each)), 0)
    title = " ".join(lines[first].lstrip("#").split())
    return split_heading(title)[1], "\n".join(lines[first + 1 :]).strip()
