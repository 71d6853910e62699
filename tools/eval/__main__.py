"""`python -m tools.eval`: real histories replayed, and how well swarm did at each moment."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.eval import (
    ancestor,
    dispatch,
    executed,
    harvest,
    harvested,
    invented,
    lane,
    proposals,
    recombination,
    report,
    retrieval,
)
from tools.eval.corpus import Corpus
from tools.eval.guard import Leak
from tools.eval.repository import Failed, cloned


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; a leak is no figure but an error."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.work:
            asked.work.mkdir(parents=True, exist_ok=True)
            lines = asked.measure(asked, asked.work.resolve())
        else:
            with tempfile.TemporaryDirectory(prefix="swarm-eval-") as folder:
                lines = asked.measure(asked, Path(folder))
    except (Failed, Leak) as error:
        print(f"{type(error).__name__.lower()}: {error}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    return 0


def _retrieval(asked: argparse.Namespace, folder: Path) -> list[str]:
    say = _progress()
    whole = list(_corpora(asked, folder))
    if not whole:
        raise Failed("there is nothing to replay: give --ancestor, --eips, or both")
    sampled = [corpus.sample(asked.queries) for corpus in whole]
    sections = []
    for corpus, part in zip(whole, sampled, strict=True):
        rows = retrieval.table(part, corpus.most_cited(), say)
        proved = retrieval.prove(part, say)
        told = report.Section(corpus.title, corpus.note, len(part.queries), proved, rows)
        sections.append(told)
    silences = list(retrieval.silences(sampled, say))
    say("")
    if asked.json:
        return [report.retrieval_json(sections, silences)]
    return list(report.retrieval_text(sections, silences))


def _recombination(asked: argparse.Namespace, folder: Path) -> list[str]:
    say = _progress()
    corpus = _ancestor(asked.ancestor, folder)
    cuts = []
    for cut in recombination.replay(corpus):
        say(f"{corpus.title}: pairs at {cut.lessons} lessons")
        cuts.append(cut)
    say("")
    if not cuts:
        raise Failed(f"{asked.ancestor} has too few lessons: at {recombination.CUTS[0]} it begins")
    result = recombination.summary(cuts)
    if asked.json:
        return [report.recombination_json(corpus.note, result)]
    return list(report.recombination_text(corpus.note, result))


def _dispatch(asked: argparse.Namespace, folder: Path) -> list[str]:
    say = _progress()
    repository = cloned(asked.ancestor, folder / "ancestor.git")
    told = executed.told(repository)
    result = dispatch.replay(told, repository, folder / "boards.git", say)
    say("")
    return [report.dispatch_json(result)] if asked.json else list(report.dispatch_text(result))


def _lane(asked: argparse.Namespace, folder: Path) -> list[str]:
    say = _progress()
    corpora = [corpus.sample(asked.queries) for corpus in _corpora(asked, folder)]
    if not corpora:
        raise Failed("there is nothing to replay: give --ancestor, --eips, or both")
    rows = [row for corpus in corpora for row in lane.table(corpus, say)]
    say("")
    return [report.lane_json(rows)] if asked.json else list(report.lane_text(rows))


def _harvest(asked: argparse.Namespace, folder: Path) -> list[str]:
    say = _progress()
    corpus = _ancestor(asked.ancestor, folder)
    cuts = list(harvest.replay(corpus, say))
    if not cuts:
        raise Failed(f"{asked.ancestor} has too few lessons: at {harvest.CUTS[0]} it begins")
    result = harvested.summary(cuts, invented.alarms(asked.boards, say), invented.recalls(say))
    say("")
    if asked.json:
        return [report.harvest_json(corpus.note, result)]
    return list(report.harvest_text(corpus.note, result))


def _corpora(asked: argparse.Namespace, folder: Path) -> list[Corpus]:
    found = []
    if asked.ancestor:
        found.append(_ancestor(asked.ancestor, folder))
    if asked.eips:
        found.append(proposals.corpus(asked.eips, folder / "eips.git"))
    return found


def _ancestor(source: Path, folder: Path) -> Corpus:
    return ancestor.corpus(cloned(source, folder / "ancestor.git"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.eval", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="WHAT")
    find = verbs.add_parser("retrieval", help="is what a record went on to cite found beforehand?")
    find.set_defaults(measure=_retrieval)
    near = verbs.add_parser("lane", help="would neighbours by vectors find more?")
    near.set_defaults(measure=_lane)
    for verb in (find, near):
        verb.add_argument("--eips", type=Path, metavar="DIR", help="or a tarball of it")
        verb.add_argument("--queries", type=_positive, metavar="N", help="only so many of each")
    pairs = verbs.add_parser("recombination", help="do the pairs proposed come together later?")
    pairs.set_defaults(measure=_recombination)
    work = verbs.add_parser("dispatch", help="does it choose the work that others build on?")
    work.set_defaults(measure=_dispatch)
    ripe = verbs.add_parser("harvest", help="do groups that fire come together later?")
    ripe.set_defaults(measure=_harvest)
    ripe.add_argument("--boards", type=_positive, metavar="N", default=200,
        help="so many without structure")  # fmt: skip
    for verb in (find, near, pairs, work, ripe):
        free = verb in (find, near)
        verb.add_argument("--ancestor", type=Path, metavar="REPO", required=not free,
            help="or a bundle of it")  # fmt: skip
        verb.add_argument("--work", type=Path, metavar="DIR",
            help="keep the repositories here, and use those there")  # fmt: skip
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least one")
    return int(text)


def _progress() -> Callable[[str], None]:
    """One line on a terminal, rewritten; nothing elsewhere."""
    shown = sys.stderr.isatty()

    def say(text: str) -> None:
        if shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
