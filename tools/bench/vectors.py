"""`python -m tools.bench.vectors`: what vectors and harvest cost, and how many of the nearest
neighbours an index finds.

The index is tried on made-up texts, each the sentences of two real records, shuffled: the words
of a generated board are drawn one by one, and among such texts none is much nearer than another.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from swarm import lsa, neighbours
from tools.bench import boards, measure
from tools.bench.bars import Bar
from tools.bench.boards import Board

LARGE = 100_000
NEAREST = 10
_ASKED = 1_000  # rows whose nearest are also found by comparing everything


class Built(NamedTuple):
    """What a command cost on a board whose index is there: with nothing kept, and with all."""

    command: str
    board: str
    records: int
    cold: measure.Sample
    warm: measure.Sample


# Seconds that a command may take cold on a small board, on a large one, and warm on a small one.
_LIMITS = {"vectors build": (10, 180, 3), "harvest": (20, 300, 3)}


class Searched(NamedTuple):
    """All the nearest of some rows."""

    rows: int
    seconds: float
    flat: float  # what comparing everything would take, by the rows that were asked
    sample: float  # the recall that the index measured of itself
    recall: float  # of rows that it did not measure


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and fail when a promise that holds on any machine is broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.vectors", description=__doc__)
    parser.add_argument("--size", type=int, default=LARGE, metavar="N", help="records and rows")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--ancestor", type=Path, default=boards.BUNDLE, metavar="BUNDLE")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the boards here")
    asked = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="swarm-bench-") as folder:
            work = (asked.work or Path(folder)).resolve()
            work.mkdir(parents=True, exist_ok=True)
            judged = list(_measured(asked, work))
    except measure.Failed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for bar in judged:
        met = "met   " if bar.met else "MISSED"
        print(f"{met}  {bar.board}: {bar.promise}  →  {bar.measured}")
    return int(any(bar.steady and not bar.met for bar in judged))


def _measured(asked: argparse.Namespace, work: Path) -> Iterator[Bar]:
    measured = [boards.generated(work, asked.size, asked.seed)]
    if asked.ancestor.is_file():
        measured.insert(0, boards.ancestor(work, asked.ancestor))
    for board in measured:
        for command in _LIMITS:
            yield from _costs(built(board, command))
    found = searched(rows(measured[0], asked.size, asked.seed))
    name = f"{found.rows:,} rows"
    told = f"{found.seconds:.1f} s, and {found.flat:.1f} s when all are compared"
    yield Bar(name, f"the nearest {NEAREST} of each", told, True, False)
    share = f"{found.recall:.3f}; it measured {found.sample:.3f} itself"
    promise = f"recall@{NEAREST} of the index ≥ 0.95"
    yield Bar(name, promise, share, found.recall >= 0.95, True)


def _costs(cost: Built) -> Iterator[Bar]:
    name, (small, large, again) = cost.command, _LIMITS[cost.command]
    is_large = cost.records > 10_000
    limit = large if is_large else small
    cold = f"{cost.cold.wall:.1f} s, of which {cost.cold.cpu:.1f} s cpu"
    yield Bar(cost.board, f"{name}, cold ≤ {limit} s", cold, cost.cold.wall <= limit, False)
    peak = cost.cold.peak / 1e6
    yield Bar(cost.board, f"{name} ≤ 3,000 MB", f"{peak:.0f} MB", peak <= 3_000, True)
    warm, promised = f"{cost.warm.wall:.1f} s", "" if is_large else f" ≤ {again} s"
    met = is_large or cost.warm.wall <= again
    yield Bar(cost.board, f"{name}, warm{promised}", warm, met, False)


def built(board: Board, command: str) -> Built:
    """Run a command that has everything to make, and once more when all of it is made."""
    line = [*boards.swarm_command(), *command.split()]
    measure.run([*boards.swarm_command(), "list"], board.root, board.environ)  # its index
    for kept in ("vectors", "ripe"):
        for path in (board.cache / kept).glob("*"):
            path.unlink()
    cold = measure.run(line, board.root, board.environ)
    warm = measure.run(line, board.root, board.environ)
    return Built(command, board.name, board.records(), cold, warm)


def rows(board: Board, size: int, seed: int) -> Any:
    """So many vectors of texts, each made of the sentences of two records of a board."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    told = [path.read_text("utf-8", "replace") for path in board.lessons()]
    sentences = [re.split(r"(?<=[.!?])\s+|\n+", text) for text in told]
    made = []
    for _ in range(size):
        mixed = [*dice.choice(sentences), *dice.choice(sentences)]
        made.append(" ".join(dice.sample(mixed, len(mixed) // 2 or 1)))
    return lsa.embed(lsa.fit(told), made)


def searched(told: Any) -> Searched:
    """Find the nearest of every row, and of some rows once more by comparing everything."""
    started = time.perf_counter()
    found = neighbours.nearest(told, NEAREST)
    seconds = time.perf_counter() - started
    some = np.arange(7, len(told), max(1, len(told) // _ASKED))
    started = time.perf_counter()
    exact = _compared(told, some)
    flat = (time.perf_counter() - started) * len(told) / len(some)
    both = zip(exact.tolist(), found.numbers[some].tolist(), strict=True)
    hits = sum(len(set(one) & set(other)) for one, other in both)
    return Searched(len(told), seconds, flat, found.recall, hits / (NEAREST * len(some)))


def _compared(told: Any, some: Any) -> Any:
    """The nearest of some rows, by one thread as in the product, but by comparing everything."""
    flat = faiss.IndexFlatIP(told.shape[1])
    flat.add(told)
    with threadpool_limits(1):
        found = flat.search(told[some], NEAREST + 1)[1]
    both = zip(found, some, strict=True)
    return np.array([[at for at in row if at != own][:NEAREST] for row, own in both])


if __name__ == "__main__":
    sys.exit(main())
