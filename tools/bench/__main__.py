"""`python -m tools.bench`: the figures, each beside its floor, and what was promised."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tools.bench import bars, boards, report
from tools.bench.measure import Failed
from tools.bench.trial import Trial, trial

SIZES = (10_000, 100_000)
QUICK_SIZES = (1_000,)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say whether the promises that hold on any machine were kept."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.work:
            asked.work.mkdir(parents=True, exist_ok=True)
            trials = _trials(asked, asked.work.resolve())
        else:
            with tempfile.TemporaryDirectory(prefix="swarm-bench-") as folder:
                trials = _trials(asked, Path(folder))
    except Failed as error:
        _say(f"error: {error}")
        return 1
    judged = bars.judge(trials)
    lines = [report.to_json(trials, judged)] if asked.json else report.to_text(trials, judged)
    for line in lines:
        print(line)
    return int(asked.check and any(bar.steady and not bar.met for bar in judged))


def _trials(asked: argparse.Namespace, folder: Path) -> list[Trial]:
    rounds = asked.rounds or (5 if asked.quick else 9)
    trials = []
    if not asked.ancestor.is_file():
        _say("no bundle of the ancestor here: its rows are left out")
    else:
        board = boards.ancestor(folder, asked.ancestor)
        trials.append(trial(board, min(rounds, 3), rounds, _say))
        _say("ancestor: importing it")
        trials.append(trial(boards.imported(folder, board), 1, rounds, _say))
    for size in asked.sizes or (QUICK_SIZES if asked.quick else SIZES):
        _say(f"{size:,} records: writing them")
        board = boards.generated(folder, size, asked.seed)
        trials.append(trial(board, max(1, min(rounds, 30_000 // size, 3)), rounds, _say))
    return trials


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=_sizes, metavar="N,N", help="records of the generated boards")
    add("--quick", action="store_true", help="small boards, few rounds: for CI")
    add("--rounds", type=int, metavar="N", help="how often each warm figure is taken")
    add("--seed", type=int, default=1, metavar="N", help="of the generated boards")
    add("--ancestor", type=Path, default=boards.BUNDLE, metavar="BUNDLE",
        help="a git bundle of a real history")  # fmt: skip
    add("--work", type=Path, metavar="DIR", help="keep the boards here, and use those there")
    add("--json", action="store_true", help="print one JSON object")
    add("--check", action="store_true",
        help="end with 1 when a promise is broken that holds on any machine")  # fmt: skip
    return parser


def _sizes(text: str) -> list[int]:
    sizes = [int(each) for each in text.split(",")]
    if min(sizes) < 10:
        raise argparse.ArgumentTypeError("a board has at least 10 records")
    return sizes


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
