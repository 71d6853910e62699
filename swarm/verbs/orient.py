"""swarm orient: what the board knows about what you are about to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from swarm import brief, layout
from swarm.layout import Entry, Section, clipped
from swarm.records import Answer, Line

if TYPE_CHECKING:
    from swarm.board import Board

READS = True
TELLS_PROBLEMS = True

LANES = ("words", "title", "phrases", "cited", "citing", "domain")


@click.command()
@click.option("--for", "asked", metavar="TEXT", help="What you are about to do, in any words.")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 1_000),
              help="At most so many records.")  # fmt: skip
@click.option("--budget", default=1200, show_default=True, type=click.IntRange(100, 1_000_000),
              help="Tokens to spend on the text.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Show how each score adds up.")
def command(board: Board, asked: str | None, limit: int, budget: int, explain: bool) -> Answer:
    """What the board knows about what you are about to do. Run it first.

    Without --for, the branch, the changed files or the newest handoff say what that is.
    """
    told = brief.prepare(board, asked, limit)
    told |= {"budget": budget, "explain": explain, "now": board.around.now_ns // 1_000_000_000}
    return Answer(told)


def text(answer: Answer) -> Iterator[Line]:
    """The brief, in as many tokens as it may cost."""
    told = answer.data
    first = _about(told)
    yield from first
    yield from layout.fit(_sections(told), told["budget"] - sum(map(layout.tokens, first)))


def _about(told: Mapping[str, Any]) -> list[Line]:
    """What it is about, and whether there is anything to say."""
    asked = clipped(told["for"])
    if not told["from"]:
        return ["nothing at hand says what this run is about: swarm orient --for TEXT"]
    source = "" if told["from"] == ["--for"] else f"  (from {', '.join(told['from'])})"
    lines: list[Line] = [[("about ", "dim"), (f"“{asked}”", "bold"), (source, "dim")]]
    if not told["records"]:
        lines.append('no records yet: swarm new lesson "What you just learned"')
    elif not told["relevant"]:
        least = f"covered {told['coverage']:.2f}; this board speaks from {told['floor']:.2f} on"
        why = least if told["coverage"] else "none of these words stands in a record"
        lines.append([("nothing relevant is known", ""), (f"  ({why})", "dim")])
    return lines


def _sections(told: Mapping[str, Any]) -> list[Section]:
    now = told["now"]
    relevant = [_relevant(each, now, told["explain"]) for each in told["relevant"]]
    return [
        _section("needs you now", [_problem(each) for each in told["due"]], (0, 0, 0, 6)),
        _section("relevant", relevant, (1, 1, 1, 3, 3, 3, 5)),
        _section("challenged", [_challenge(each, now) for each in told["challenges"]], (2,)),
        _section("to combine", [_pair(each) for each in told["recombine"]], (4, 6)),
        _section("next work", [_work(each) for each in told["next"]], (2, 3, 3, 6)),
        _section("handed over", [_quoted(each, now) for each in told["handoffs"]], (3, 6)),
    ]


def _section(name: str, entries: Sequence[Sequence[Line]], urgencies: Sequence[int]) -> Section:
    last = len(urgencies) - 1
    urgent = (Entry(urgencies[min(at, last)], tuple(lines)) for at, lines in enumerate(entries))
    return Section(name, [(name, "bold")], tuple(urgent))


def _problem(each: Mapping[str, Any]) -> list[Line]:
    where = f"{each['path']}:{each['line']}"
    what = f" {where}: {clipped(each['what'], 160)}"
    return [[(each["level"], each["level"]), (what, ""), (f" → {each['remedy']}", "dim")]]


def _relevant(each: Mapping[str, Any], now: int, explain: bool) -> list[Line]:
    marks = f"  [{', '.join(each['marks'])}]" if each["marks"] else ""
    title = f"  {clipped(each['title'])}"
    lines: list[Line] = [
        [(each["id"], "id"), (title, ""), (marks, "warning"), (f"  {each['score']:.2f}", "dim")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]
    if each["doubt"]:
        lines.append([(f"  stale? {each['doubt']}", "warning")])
    if explain:
        lines.append([(f"  {_explained(each)}", "dim")])
    return lines


def _explained(each: Mapping[str, Any]) -> str:
    terms = each["terms"]
    lanes = " + ".join(f"{name} {terms[name]:.4f}" for name in LANES)
    factors = " × ".join(f"{name} {terms[name]:.4f}" for name in terms if name not in LANES)
    return f"({lanes}) × {factors} = {each['score']:.4f}"


def _challenge(each: Mapping[str, Any], now: int) -> list[Line]:
    against = f"  against {', '.join(each['against'])}"
    return [
        [(each["id"], "id"), (f"  {clipped(each['title'])}", ""), (against, "warning")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]


def _pair(each: Mapping[str, Any]) -> list[Line]:
    left, right = each["records"]
    shared = f"  both by {', '.join(each['shared'][:3])}"
    return [
        [(left["id"], "id"), (" + ", ""), (right["id"], "id"), (shared, "dim")],
        f"  {clipped(each['question'], 240)}",
    ]


def _work(each: Mapping[str, Any]) -> list[Line]:
    why = [*(["bears on it"] if each["relevant"] else []),
           *(f"waits for {other}" for other in each["blocked_by"])]  # fmt: skip
    note = f"  ({', '.join(why)})" if why else ""
    return [[(each["id"], "id"), (f"  {clipped(each['title'])}", ""), (note, "dim")]]


def _quoted(each: Mapping[str, Any], now: int) -> list[Line]:
    return [
        [(each["id"], "id"), (f"  {clipped(each['title'])}", "")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]
