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

FACTORS = ("trail", "recency", "touch", "certainty")  # the terms that multiply; the others add up


@click.command()
@click.option("--for", "asked", metavar="TEXT", help="What you are about to do, in any words.")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 1_000),
              help="At most so many records.")  # fmt: skip
@click.option("--budget", default=1200, show_default=True, type=click.IntRange(100, 1_000_000),
              help="Tokens to spend, at four ASCII characters or one other each.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Show how each score adds up.")
def command(board: Board, asked: str | None, limit: int, budget: int, explain: bool) -> Answer:
    """What the board knows about what you are about to do. Run it first.

    Without --for, the branch, the changed files or the newest handoff say what that is.
    """
    told = brief.prepare(board, asked, limit)
    now = board.around.now_ns // 1_000_000_000
    told["factors"] = list(FACTORS)
    return Answer(told, telling={"budget": budget, "explain": explain, "now": now})


def text(answer: Answer) -> Iterator[Line]:
    """The brief, in as many tokens as it may cost."""
    told = {**answer.data, **answer.telling}
    first = _about(told)
    yield from first
    yield from layout.fit(_sections(told), told["budget"], sum(map(layout.tokens, first)))


def _about(told: Mapping[str, Any]) -> list[Line]:
    """What it is about, and whether there is anything to say."""
    share = told["budget"] // 5
    asked = layout.within(told["for"], share)
    if not told["from"]:
        return ["nothing at hand says what this run is about: swarm orient --for TEXT"]
    sources = layout.within(", ".join(told["from"]), share)
    source = "" if told["from"] == ["--for"] else f"  (from {sources})"
    lines: list[Line] = [[("about ", "dim"), (f"“{asked}”", "bold"), (source, "dim")]]
    if not told["records"]:
        lines.append('no records yet: swarm new lesson "What you just learned"')
    elif not told["relevant"]:
        lines.append(_silence(told))
    return lines


def _silence(told: Mapping[str, Any]) -> Line:
    """That nothing is known; and when asked, how that was judged."""
    why = "too little of it stands in any record" if told["coverage"] else "none of it stands here"
    if told["explain"] and told["coverage"]:
        why += f": {told['coverage']:.2f}, where this board speaks from {told['floor']:.2f} on"
    return [("nothing relevant is known", ""), (f"  ({why})", "dim")]


def _sections(told: Mapping[str, Any]) -> list[Section]:
    now = told["now"]
    relevant = [_relevant(each, now, told["explain"]) for each in told["relevant"]]
    return [
        *([_mission(told["mission"]["value"])] if "mission" in told else ()),
        _section("needs you now", _problems(told["due"]), (0,)),
        _section("relevant", relevant, (1, 1, 1, 3, 3, 3, 5)),
        _section("challenged", [_challenge(each, now) for each in told["challenges"]], (2,)),
        _section("claimed", [_claim(each) for each in told["claims"]], (3, 3, 6)),
        _section("to combine", [_pair(each) for each in told["recombine"]], (4, 6)),
        _section("next work", [_work(each, now) for each in told["next"]], (2, 3, 3, 6)),
        _section("handed over", [_quoted(each, now) for each in told["handoffs"]], (3, 6)),
    ]


def _mission(value: str) -> Section:
    """What counts, on one line: its heading is all of it."""
    line: Line = [("mission", "bold"), (f"  “{clipped(value, layout.QUOTE)}”", "")]
    return Section("mission", line, (Entry(1, ()),))


def _section(name: str, entries: Sequence[Sequence[Line]], urgencies: Sequence[int]) -> Section:
    last = len(urgencies) - 1
    urgent = (Entry(urgencies[min(at, last)], tuple(lines)) for at, lines in enumerate(entries))
    return Section(name, [(name, "bold")], tuple(urgent))


def _problems(due: Sequence[Mapping[str, Any]]) -> list[list[Line]]:
    """The worst three: more of them would push what is known out of sight."""
    more = len(due) - 3
    last: list[list[Line]] = [[[(f"and {more} more: swarm doctor", "dim")]]] if more > 0 else []
    return [*(_problem(each) for each in due[:3]), *last]


def _problem(each: Mapping[str, Any]) -> list[Line]:
    line = f":{each['line']}" if each["line"] else ""
    where = f"{clipped(each['path'], 80)}{line}"
    what = f" {where}: {clipped(each['what'], 160)}"
    return [[(each["level"], each["level"]), (what, ""), (f" → {clipped(each['remedy'])}", "dim")]]


def _relevant(each: Mapping[str, Any], now: int, explain: bool) -> list[Line]:
    marks = f"  [{', '.join(each['marks'])}]" if each["marks"] else ""
    why = f"  {each['score']:.2f} {', '.join(_because(each['terms']))}"
    lines: list[Line] = [
        [_id(each), _title(each), (marks, "warning"), (why, "dim")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]
    if each["doubt"]:
        lines.append([(f"  stale? {each['doubt']}", "warning")])
    if explain:
        lines.append([(f"  {_explained(each)}", "dim")])
    return lines


def _id(each: Mapping[str, Any]) -> tuple[str, str]:
    return clipped(each["id"], 60), "id"


def _title(each: Mapping[str, Any]) -> tuple[str, str]:
    return f"  “{clipped(each['title'])}”", ""


def _because(terms: Mapping[str, float]) -> list[str]:
    """The lanes that a record came by, the strongest first: what makes a quarter of it or more."""
    lanes = {name: value for name, value in terms.items() if name not in FACTORS}
    whole = sum(lanes.values())
    return [
        name for name in sorted(lanes, key=lambda each: -lanes[each]) if 4 * lanes[name] >= whole
    ]


def _explained(each: Mapping[str, Any]) -> str:
    told = {name: f"{name} {value:.4f}" for name, value in each["terms"].items()}
    lanes = " + ".join(told[name] for name in told if name not in FACTORS)
    factors = " × ".join(told[name] for name in told if name in FACTORS)
    return f"({lanes}) × {factors} = {each['score']:.4f}"


def _challenge(each: Mapping[str, Any], now: int) -> list[Line]:
    against = f"  against {clipped(', '.join(each['against']))}"
    return [
        [_id(each), _title(each), (against, "warning")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]


def _pair(each: Mapping[str, Any]) -> list[Line]:
    left, right = each["records"]
    shared = f"  both linked with {', '.join(each['shared'][:3])}"
    return [
        [_id(left), (" + ", ""), _id(right), (shared, "dim")],
        f"  {layout.question(each)}",
    ]


def _work(each: Mapping[str, Any], now: int) -> list[Line]:
    waits = clipped(", ".join(each["blocked_by"]), 60)
    why = [*(["bears on it"] if each["relevant"] else []),
           *([f"waits for {waits}"] if waits else [])]  # fmt: skip
    note = f"  ({', '.join(why)})" if why else ""
    return [
        [_id(each), _title(each), (note, "dim")],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]


def _claim(each: Mapping[str, Any]) -> list[Line]:
    who = "you" if each["mine"] else f"“{clipped(each['holder'], 40)}”"
    paths = f"  {clipped(' '.join(each['paths']))}" if each["paths"] else ""
    return [[_id(each), (f"  by {who} until {each['expires']}", ""), (paths, "dim")]]


def _quoted(each: Mapping[str, Any], now: int) -> list[Line]:
    return [
        [_id(each), _title(each)],
        layout.said(each["by"], each["created"], each["gist"], now),
    ]
