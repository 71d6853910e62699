"""swarm calibration: how far what was predicted came true, and how good the stated odds were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from swarm import picture, reckoning
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True

Spell = Callable[[float], str]

_SHOWN_NAMES = 12
_SHOWN_REASONS = 5
_SHOWN_TASKS = 5
_LONGEST_NAME = 24
_TITLE = 72  # characters of one

_GROUPS = {
    "headline": "predicted before the outcome, and decided by a check",
    "unverified": "apart: predicted before the outcome, which is somebody's word",
    "late": "apart: predicted late",
    "unknown": "apart: history does not tell when they were predicted",
}


@click.command()
@click.option("--by", type=click.Choice(("domain", "agent", "kind")),
              help="An account for each domain, agent or kind of evidence.")  # fmt: skip
@click.option("--plot", "file", metavar="FILE.svg", help="Draw the reliability diagram.")
def command(board: Board, by: str | None, file: str | None) -> Answer:
    """How the predictions of closed tasks came out, and how good their probabilities were.

    What counts first was predicted before its outcome, as git's history shows, and
    decided by a check. Late, unverified and undatable predictions are told apart.
    """
    repo = board.place.repo
    where = None
    if file is not None:
        where = picture.place(file, repo.root, (repo.git_dir, repo.common_dir))
    found = reckoning.reckon(board, by)
    drawn = where is not None and not found.no_picture
    if where and drawn:
        picture.draw(where, found.table)
    told = {"file": file if drawn else None, "why": found.no_picture}
    # a picture that was asked for and is not there is no success
    code = 1 if where and not drawn else 0
    return Answer(
        {**found.data, "picture": told}, found.problems, code, telling={"by": by, "asked": file}
    )


def text(answer: Answer) -> Iterator[Line]:
    """The headline first, then what is told apart, then what is in no account."""
    data = answer.data
    if not data["forecasts"]:
        yield "no closed task predicted anything yet"
    for name, heading in _GROUPS.items():
        group = data["groups"][name]
        if group["tasks"] or (name == "headline" and data["forecasts"]):
            yield [(heading, "bold"), (f"  {_tasks(group['tasks'])}", "dim")]
            yield from _account(group, whole=name == "headline")
            yield from _reasons(data["forecasts"], name)
            yield from _names(group, answer.telling["by"])
    yield from _left_out(data)
    yield from _beliefs(data["beliefs"])
    yield from _picture(data["picture"], answer.telling["asked"])


def _account(group: Mapping[str, Any], *, whole: bool) -> Iterator[Line]:
    """Its figures; but for the headline only those that say most."""
    counted = ", ".join(f"{many} {name}" for name, many in group["outcomes"].items() if many)
    if counted:
        yield f"  {counted}"
    yield _figure("hit rate", group["hit_rate"], _percent)
    if group["parts"]["n"] != group["hit_rate"]["n"]:
        yield _figure("of single claims", group["parts"], _percent)
    if whole and group["said"] is not None:
        yield f"  {'stated p':<18}{_decimal(group['said'])} on average"
    yield _figure("Brier score", group["brier"])
    if whole:
        yield from _decomposed(group)
        yield _figure("log score", group["log_score"])
        yield _figure("calibration error", group["calibration_error"])
    yield _figure("Sharpe", group["sharpe"])
    if whole and group["table"]:
        yield from _columns(
            [("  p stated", "mean", "came true", "", "n"), *map(_bin, group["table"])]
        )


def _figure(label: str, figure: Mapping[str, Any], spell: Spell | None = None) -> Line:
    """A number with its interval and its n, or why there is none."""
    if figure["value"] is None:
        return [(f"  {label:<18}", ""), (figure["why"], "dim")]
    told = (spell or _decimal)(figure["value"])
    return [(f"  {label:<18}{told}", ""), (f"  {_span(figure, spell)}  n {figure['n']}", "dim")]


def _decomposed(group: Mapping[str, Any]) -> Iterator[Line]:
    parts = [group[name]["value"] for name in ("reliability", "resolution", "uncertainty")]
    if None not in parts:
        told = "  = reliability {:.3f} − resolution {:.3f} + uncertainty {:.3f}".format(*parts)
        yield [(f"{' ' * 20}{told}", "dim")]


def _bin(each: Mapping[str, Any]) -> tuple[str, ...]:
    span = _span({"low": each["rate_low"], "high": each["rate_high"]}, _percent)
    bounds = f"  {each['low']:.1f}–{each['high']:.1f}"
    return bounds, f"{each['p']:.2f}", _percent(each["rate"]), span, str(each["n"])


def _reasons(every: Sequence[Mapping[str, Any]], group: str) -> Iterator[Line]:
    """Why they are told apart, the commonest reasons first."""
    if group not in ("late", "unknown"):
        return
    told = (each["why"] for each in every if each["group"] == group and each["outcome"])
    whys = Counter(why.split(": ")[0] for why in told)
    for why, many in whys.most_common(_SHOWN_REASONS):
        yield [(f"  {many} because {why}", "dim")]
    if len(whys) > _SHOWN_REASONS:
        yield [(f"  … and {len(whys) - _SHOWN_REASONS} more reasons: --json", "dim")]


def _names(group: Mapping[str, Any], by: str | None) -> Iterator[Line]:
    """The accounts of one dimension, the largest first."""
    accounts = group["by"].get(by, []) if by else []
    if not accounts:
        return
    rows: list[Sequence[str]] = [(f"  {by}", "tasks", "hit rate", "Brier", "Sharpe")]
    for each in accounts[:_SHOWN_NAMES]:
        told = (each["name"][:_LONGEST_NAME] or "–", str(each["tasks"]))
        spelled = (("hit_rate", _percent), ("brier", _decimal), ("sharpe", _decimal))
        cells = (_cell(each[figure], spell) for figure, spell in spelled)
        rows.append((f"  {told[0]}", told[1], *cells))
    yield from _columns(rows)
    if len(accounts) > _SHOWN_NAMES:
        yield [(f"  … {len(accounts) - _SHOWN_NAMES} more: --json lists them", "dim")]


def _left_out(data: Mapping[str, Any]) -> Iterator[Line]:
    """What is in no account, and what is odd about what is in one."""
    yield from _listed("whose outcome cannot be read, in no account", data["unclassified"])
    yield from _listed("with an odd p", data["remarks"])
    others = ", ".join(f"{many} {what}" for what, many in data["others"].items() if many)
    if others:
        yield [("in no account: ", "bold"), (others, "")]


def _listed(heading: str, tasks: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    if tasks:
        yield [(f"{_tasks(len(tasks))} {heading}", "bold")]
    for each in tasks[:_SHOWN_TASKS]:
        yield [("  ", ""), (each["id"], "id"), (f"  {each['why']}", "")]
    if len(tasks) > _SHOWN_TASKS:
        yield [(f"  … {len(tasks) - _SHOWN_TASKS} more: --json lists them", "dim")]


def _beliefs(beliefs: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """What is due for another test, by what that would tell."""
    due = [each for each in beliefs if each["due"]]
    if beliefs:
        yield [("beliefs due for another test: ", "bold"), (f"{len(due)} of {len(beliefs)}", "")]
    for each in due[:_SHOWN_TASKS]:
        odds = f"  {each['bits']:.2f} bit, Beta({each['a']:.2f}, {each['b']:.2f})"
        title = each["title"] if len(each["title"]) <= _TITLE else each["title"][: _TITLE - 1] + "…"
        yield [("  ", ""), (each["id"], "id"), (f"  {title}", ""), (odds, "dim")]
    if len(due) > _SHOWN_TASKS:
        yield [(f"  … {len(due) - _SHOWN_TASKS} more: --json lists them", "dim")]


def _picture(picture: Mapping[str, Any], asked: str | None) -> Iterator[Line]:
    if picture["file"]:
        yield f"drawn: {picture['file']}"
    elif asked:
        yield [("no picture: ", "warning"), (picture["why"], "")]


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """The first column to the left, numbers to the right; the first row is a heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, (first, *others) in enumerate(rows):
        cells = [each.rjust(width) for each, width in zip(others, widths[1:], strict=True)]
        line = "  ".join([first.ljust(widths[0]), *cells]).rstrip()
        yield [(line, "" if number else "dim")]


def _cell(figure: Mapping[str, Any], spell: Spell) -> str:
    if figure["value"] is None:
        return "–"
    return f"{spell(figure['value'])} {_span(figure, spell)} n {figure['n']}"


def _span(ends: Mapping[str, Any], spell: Spell | None = None) -> str:
    low, high = map(spell or _decimal, (ends["low"], ends["high"]))
    return f"({low.removesuffix(' %')}–{high})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _decimal(number: float) -> str:
    return f"{number:.3f}"


def _tasks(count: int) -> str:
    return f"{count} task{'' if count == 1 else 's'}"
