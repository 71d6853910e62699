"""swarm hook: what git's hooks call."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from swarm import hookcall, report
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.records import Place

OPENS_NO_BOARD = True
TELLS_PROBLEMS = True

_NAMES = ("pre-commit", "pre-merge-commit", "commit-msg", "pre-push")
_REFUSED = 8


@click.command()
@click.argument("name", type=click.Choice(_NAMES))
@click.argument("given", nargs=-1, metavar="[WHAT GIT GIVES IT]...")
def command(place: Place, name: str, given: tuple[str, ...]) -> Answer:
    """Judge what git is about to commit, or to push.

    `swarm hooks install` has git call it; a hook of your own may, too, with its
    arguments and its input. Silent when nothing is wrong. Exit code 8: refused.
    """
    if name == "pre-push":
        heard = hookcall.before_push(place, _input)
    elif name == "commit-msg":
        if not given:
            what = "git tells commit-msg where the message is"
            raise UsageError(what, remedy="swarm hook commit-msg FILE")
        heard = hookcall.before_commit(place, Path(given[0]))
    else:
        heard = hookcall.before_commit(place, None, merges=name == "pre-merge-commit")
    done = heard.review
    found = [each.as_json() for each in done.findings]
    refused = any(each["level"] == "error" for each in found)
    data = {"checked": done.checked, "commits": done.commits, "findings": found}
    return Answer(
        data, exit_code=_REFUSED if refused else 0, notes=heard.notes, telling={"notes": False}
    )


def _input() -> str:
    """What git says on standard input; nobody is waited for to type it."""
    stream = sys.stdin
    return "" if stream.isatty() else stream.buffer.read().decode("utf-8", "replace")


def text(answer: Answer) -> Iterator[Line]:
    """What is wrong; nothing at all when nothing is."""
    if any(each["level"] != "note" for each in answer.data["findings"]):
        yield from report.lines(answer, "text")
