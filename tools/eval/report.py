"""Figures → tables for people, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tools.eval import lane
from tools.eval.concordance import RATE
from tools.eval.harvested import Result as Harvested
from tools.eval.harvested import Sorts, shown
from tools.eval.metrics import Mean
from tools.eval.policies import Comparison
from tools.eval.policies import Result as Replayed
from tools.eval.recombination import TOP, Cut, Result
from tools.eval.retrieval import Row, Silence

_FIGURE = 22  # 0.520 (0.498–0.545)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one corpus."""

    corpus: str
    note: str
    queries: int
    proved: int  # ranked once more in a repository without a later commit
    rows: Sequence[Row]


def retrieval_json(sections: Sequence[Section], silences: Sequence[Silence]) -> str:
    return _json(
        "retrieval",
        corpora=[asdict(each) for each in sections],
        silence=[asdict(each) for each in silences],
    )


def retrieval_text(sections: Sequence[Section], silences: Sequence[Silence]) -> Iterator[str]:
    """A table a corpus, then what was met with silence."""
    for section in sections:
        yield f"{section.corpus}: {section.note}"
        if section.rows:
            yield from _retrieval_rows(section.rows)
            yield f"  {section.proved} of them were ranked the same where history ends before them."
        yield ""
    yield _line(("silence", "queries", "silent", "share"), (44, 9, 9, 9))
    for each in silences:
        own = "its own" if each.asked == each.board else f"those of {each.asked}"
        share = f"{each.silent / each.queries:.1%}" if each.queries else "–"
        cells = (
            f"{each.board}: {own}, {each.when}",
            f"{each.queries:,}",
            f"{each.silent:,}",
            share,
        )
        yield _line(cells, (44, 9, 9, 9))


def recombination_json(note: str, result: Result) -> str:
    cuts = [{**asdict(cut), "chance": cut.chance} for cut in result.cuts]
    return _json("recombination", note=note, **{**asdict(result), "cuts": cuts})


def recombination_text(note: str, result: Result) -> Iterator[str]:
    """A row a moment, and what they come to."""
    widths = (24, 12, 12, 22, 22, 20)
    yield f"ancestor: {note}"
    headings = ("lessons so far", "eligible", "came about", "product", "shared citations", "ratio")
    yield _line(headings, widths)
    for cut in result.cuts:
        cells = (f"{cut.lessons:,}", f"{cut.eligible:,}", f"{cut.came:,}")
        yield _line((*cells, f"{cut.product:.1f}", f"{cut.baseline:.1f}", _ratio(cut)), widths)
    hits, base = _figure(result.product, 1), _figure(result.baseline, 1)
    ratio = _figure(result.ratio, 2) if result.ratio else "–"
    yield _line(("all", "", "", hits, base, ratio), widths)
    chance = sum(cut.chance for cut in result.cuts)
    yield f"  Hits among the best {TOP}, ties by their share; by chance {chance:.1f} in all."


def lane_json(rows: Sequence[lane.Row]) -> str:
    return _json("lane", rows=[asdict(each) for each in rows])


def lane_text(rows: Sequence[lane.Row]) -> Iterator[str]:
    """A table, and what follows from it."""
    widths = (24, 9, 24, 28, 28)
    yield _line(("", "queries", "recall@10", "± recall, paired", "± MRR, paired"), widths)
    for each in rows:
        how = f"lane × {each.weight:g}" if each.weight else "without"
        changes = [_figure(one, sign="+") for one in (each.change, each.better)]
        cells = (f"{each.queries:,}", _figure(each.recall), *(changes if each.weight else ("", "")))
        yield _line((f"{each.corpus}, {how}", *cells), widths)
    helps = [weight for weight in lane.WEIGHTS if lane.helps(rows, weight)]
    told = f"helps on every board with a weight of {helps}" if helps else "is left out"
    yield f"  The lane {told}: what counts is that recall grows on every board."


def dispatch_json(result: Replayed) -> str:
    whole = asdict(result)
    whole["primary"]["verdict"] = result.primary.difference.verdict
    return _json("dispatch", **whole)


def dispatch_text(result: Replayed) -> Iterator[str]:
    """What was compared, each policy, then the primary comparison and the others."""
    yield (
        f"ancestor: {result.executed:,} lanes were executed, {result.usable:,} are usable, of "
        f"{result.runs:,} runs; {result.worth_it:,} of these were worth it"
    )
    for why, many in sorted(result.dropped.items(), key=lambda each: -each[1]):
        yield f"  {many:,} left out: {why}"
    for name, (least, most, several) in result.factors.items():
        spread = f"{least:.3f} to {most:.3f}" if several > 1 else f"always {least:.3f}"
        yield f"  {name} {spread}"
    yield f"  {result.proved} of them were weighed the same where history ends before them."
    yield ""
    widths = (44, 9, 9, 28, 9, 9)
    yield _line(("worth, concordance", "lanes", "pairs", "", "", ""), widths)
    primary = result.primary
    counts = (f"{primary.lanes:,}", f"{primary.pairs:,}")
    for name, concordance in result.concordances.items():
        yield _line((f"  {name}", *counts, _figure(concordance), "", ""), widths)
    yield ""
    yield _line(("difference", "lanes", "pairs", "", "p", "adjusted"), widths)
    for each in (primary, *result.secondary):
        yield _line(tuple(_compared(each)), widths)
    yield ""
    yield f"{primary.left} rather than {primary.right}: {primary.difference.verdict}."
    others = len(result.secondary)
    held = sum(each.rate is not None and each.rate <= RATE for each in result.secondary)
    yield f"Of {others} other differences {held} hold at a false discovery rate of {RATE}."


def harvest_json(note: str, result: Harvested) -> str:
    bars = [asdict(each) for each in result.bars]
    return _json("harvest", note=note, **asdict(result), bars=bars)


def harvest_text(note: str, result: Harvested) -> Iterator[str]:
    """A row a sort of groups at each moment, the planted groups, then the bars."""
    widths = (40, 9, 9, 11, 26, 20)
    yield f"ancestor: {note}"
    yield _line(("groups", "", "pairs", "came about", "rate", "lift"), widths)
    for moment in result.moments:
        told = f"{moment.lessons:,} lessons, {moment.records:,} of them looked at"
        yield from _harvested(f"{told}, by {moment.witness}", moment.sorts, widths)
    yield from _harvested("all", result.pooled, widths)
    yield ""
    widths = (40, 9, 9, 9, 9)
    yield _line(("boards without structure", "", "fired", "even", "lively"), widths)
    for board in result.alarms:
        told = (board.boards, board.fired, board.even, board.lively)
        yield _line((f"  by {board.witness}", *map(str, told)), widths)
    yield _line(("planted groups", "", "found", "recall", "fired"), widths)
    for each in result.recalls:
        counts = (f"{each.planted:,}", f"{each.found:,}", f"{each.value:.2f}", f"{each.fired:,}")
        yield _line((f"  that share {each.share:.0%}, by {each.witness}", *counts), widths)
    yield ""
    widths = (50, 46, 16, 9)
    yield _line(("", "", "bar", ""), widths)
    for bar in result.bars:
        met = "met" if bar.met else "missed"
        yield _line((bar.what, bar.figure, bar.wanted, met), widths)


def _harvested(title: str, sorts: Sorts, widths: Sequence[int]) -> Iterator[str]:
    yield f"  {title}"
    named = ("fired", sorts.fired), ("not fired", sorts.others), ("k-means", sorts.means)
    for name, row in named:
        counts = (f"{row.groups:,}", f"{row.pairs:,}", f"{row.came:,}")
        yield _line((f"  {name}", *counts, shown(row.rate, 4), shown(row.lift)), widths)


def _compared(each: Comparison) -> Iterator[str]:
    yield f"{each.left} − {each.right}, {each.worth}"
    yield f"{each.lanes:,}"
    yield f"{each.pairs:,}"
    yield _figure(each.difference.mean, sign="+")
    yield f"{each.difference.p:.3f}" if each.rate is not None else ""
    yield f"{each.rate:.3f}" if each.rate is not None else "primary"


def _retrieval_rows(rows: Sequence[Row]) -> Iterator[str]:
    widths = (26, 9, _FIGURE, _FIGURE, _FIGURE, 26)
    yield _line(("", "queries", "recall@10", "MRR", "nDCG@10", "± recall, paired"), widths)
    for row in rows:
        name = f"  {row.window}" if row.window else row.method
        figures = map(_figure, (row.recall, row.mrr, row.ndcg))
        change = _figure(row.change, sign="+") if row.change else ""
        yield _line((name, f"{row.queries:,}", *figures, change), widths)


def _ratio(cut: Cut) -> str:
    return f"{cut.product / cut.baseline:.2f}" if cut.baseline else "–"


def _figure(mean: Mean, digits: int = 3, sign: str = "") -> str:
    told = [f"{value:{sign}.{digits}f}" for value in (mean.value, mean.low, mean.high)]
    return f"{told[0]} ({told[1]}–{told[2]})" if not sign else f"{told[0]} ({told[1]} – {told[2]})"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = cells
    padded = [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
    return f"  {first:<{widths[0]}}{''.join(padded)}".rstrip()


def _json(what: str, **told: Mapping[str, Any] | Sequence[Any] | str) -> str:
    """Everything, at full precision."""
    whole = {"schema": "swarm-eval/1", "what": what, **told}
    return json.dumps(whole, ensure_ascii=False, indent=2)
