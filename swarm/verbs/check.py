"""swarm check: what is about to be written, or was, by the rules of what stood before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from swarm import checking, report
from swarm.errors import UsageError
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.records import Place

OPENS_NO_BOARD = True  # a hook that finds nothing to judge must not have cost anything
TELLS_PROBLEMS = True

_REFUSED = 8


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--staged", is_flag=True, help="What the next commit would change.")
@click.option("--range", "span", metavar="A..B", help="Each commit of a range.")
@click.option("--prescriptions", is_flag=True, help="What must be, and what enforces it.")
@click.option("--message", type=click.Path(path_type=Path), help="The file with its message.")
@click.option("--format", "form", type=click.Choice(report.FORMATS), default="text")
def command(
    place: Place, paths: tuple[str, ...], staged: bool, span: str | None, prescriptions: bool,
    message: Path | None, form: str,
) -> Answer:  # fmt: skip
    """Judge what is staged, the commits of a range, or files of the work tree.

    Without any of these: all that differs from the last commit. Exit code 8: a rule
    refuses it. The rules' levels are those of the commit before.

    --prescriptions judges nothing: it lists the sentences of SWARM.md and of the beliefs
    that say what must be or must never be, and what enforces each: its belief, or what
    is named behind it, as (rule: NAME), (exit 6), (guard: NAME), (test: PATH), or a link.
    """
    if prescriptions:
        return _prescribed(place, bool(paths) or staged or span is not None or form != "text")
    if bool(paths) + staged + (span is not None) > 1:
        what = "--staged, --range and paths are three different questions"
        raise UsageError(what, remedy="swarm check --staged")
    if message and not staged:
        raise UsageError("--message goes with --staged", remedy="swarm check --staged --message F")
    if staged:
        done = checking.staged(place, message)
    elif span is not None:
        done = checking.spanned(place, span)
    else:
        done = checking.files(place, paths)
    by_hand = not staged and span is None  # then old faults are asked for, too
    found = [each.as_json() for each in done.findings]
    refused = any(each["level"] == "error" for each in found)
    data = {"checked": done.checked, "commits": done.commits, "findings": found}
    return Answer(
        data, exit_code=_REFUSED if refused else 0, telling={"form": form, "notes": by_hand}
    )


def _prescribed(place: Place, more: bool) -> Answer:
    if more:
        what = "--prescriptions is a question of its own"
        raise UsageError(what, remedy="swarm check --prescriptions --json")
    return checking.prescribed(place)


def text(answer: Answer) -> Iterator[Line]:
    """Each finding with its rule, or the form that another program reads."""
    if "prescriptions" in answer.data:
        return _sentences(answer)
    return report.lines(answer, answer.telling["form"])


def _sentences(answer: Answer) -> Iterator[Line]:
    """Each sentence that prescribes, with what enforces it or why nothing does; then how many."""
    for each in answer.data["prescriptions"]:
        word, style = ("enforced", "bold") if each["enforced"] else ("aspirational", "warning")
        told = f"by {', '.join(each['by'])}" if each["enforced"] else each["why"]
        where = f"{each['path']}:{each['line']}"
        yield [(word, style), (f" {where}: “{each['text']}”", ""), (f"  {told}", "dim")]
    for problem in answer.problems:
        where = f"{problem.path}:{problem.line}"
        yield [(problem.level, problem.level), (f" {where}: {problem.what}", "")]
    yield f"{answer.data['enforced']} enforced, {answer.data['aspirational']} aspirational"
