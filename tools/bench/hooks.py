"""`python -m tools.bench.hooks`: what all hooks together add to `git commit`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.bench import boards, measure
from tools.bench.measure import Contender, Failed

CLICK = "import click"
BARS = {"one belief": 4.0, "no record": 2.0}  # times import click, over the same without hooks
SHOWN = {**BARS, "one belief, in an editor": None, "code that goes": None}

BELIEF = """\
---
id: B-bench1
status: aspirational
evidence: {number} commits of {what}, each beside one without hooks
falsified_if: one of them costs more than four times what importing click costs
---
# A commit waits for its judgement no longer than a person notices
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure on the imported ancestor, or on a made-up board."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.hooks", description=__doc__)
    parser.add_argument("--ancestor", type=Path, default=boards.BUNDLE, metavar="BUNDLE")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the boards here")
    parser.add_argument("--check", action="store_true", help="end with 1 when a bar is not met")
    asked = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="swarm-bench-") as folder:
            work = asked.work.resolve() if asked.work else Path(folder)
            work.mkdir(parents=True, exist_ok=True)
            costs = _measured(work, asked.ancestor, asked.rounds)
    except Failed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    met = all([_told(what, costs) for what in SHOWN])
    return int(asked.check and not met)


def _told(what: str, costs: dict[str, measure.Summary]) -> bool:
    """A line about what hooks add to one kind of commit, and whether that is what is promised."""
    without, hooked, click = (costs[each] for each in (what, f"{what}, hooked", CLICK))
    more = (hooked.wall - without.wall) / click.wall
    cpu = (hooked.cpu - without.cpu) / click.cpu
    bar = BARS.get(what)
    promise = f", promised ≤ {bar:g}" if bar else ""
    took = f"{without.wall * 1e3:.0f} → {hooked.wall * 1e3:.0f} ms"
    print(f"{what}: + {more:.2f} × {CLICK} ({took}; of cpu {cpu:.2f}){promise}")
    return bar is None or more <= bar


def _measured(work: Path, bundle: Path, rounds: int) -> dict[str, measure.Summary]:
    if bundle.is_file():
        source = boards.imported(work, boards.ancestor(work, bundle))
    else:
        source = boards.generated(work, 1_000, seed=1)
    print(f"on {source.name}, {source.records():,} records")
    plain, hooked = (_copy(source, work / name) for name in ("plain", "hooked"))
    measure.run([*boards.swarm_command(), "hooks", "install"], hooked.root, hooked.environ)
    turns = [Contender(CLICK, lambda _: [sys.executable, "-c", "import click"])]
    for what in SHOWN:
        turns += [_commit(plain, what, what), _commit(hooked, f"{what}, hooked", what)]
    return measure.in_turns(turns, rounds, work, plain.environ)


def _copy(source: boards.Board, root: Path) -> boards.Board:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(source.root, root, symlinks=True)
    board = boards.Board(root.name, root, source.environ)
    for number in range(100):
        (root / f"gone-{number}.py").write_text("")
    board.git("add", "-A")
    board.git("commit", "-q", "-m", "code")
    board.git("gc", "-q")
    return board


def _commit(board: boards.Board, name: str, what: str) -> Contender:
    lay = _LAYING[what]

    def before(number: int) -> None:
        lay(board.root, number, what)
        board.git("add", "-A")

    words = ["-c", "core.editor=echo x >"] if "editor" in what else []
    said = [] if "editor" in what else ["-m", "x"]
    return Contender(
        name, lambda _: ["git", "-C", str(board.root), *words, "commit", "-q", *said], before
    )


def _belief(root: Path, number: int, what: str) -> None:
    path = root / "beliefs" / "B-bench1-a-commit-waits.md"
    path.write_text(BELIEF.format(number=number + 1, what=what), encoding="utf-8")


def _code(root: Path, number: int, _: str) -> None:
    (root / "code.py").write_text(f"x = {number}\n", encoding="utf-8")


def _gone(root: Path, number: int, _: str) -> None:
    (root / f"gone-{number}.py").unlink()


_LAYING: dict[str, Callable[[Path, int, str], None]] = {
    "one belief": _belief,
    "no record": _code,
    "one belief, in an editor": _belief,
    "code that goes": _gone,
}


if __name__ == "__main__":
    sys.exit(main())
