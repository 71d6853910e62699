"""The bench measures what it says: its boards are real, its verdicts follow its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Repository

from swarm import markdown
from swarm.records import KINDS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.bench import bars, report  # noqa: E402 - tools/ is no part of what is installed
from tools.bench.generate import pages  # noqa: E402
from tools.bench.measure import Contender, Failed, Sample, in_turns, run, summary  # noqa: E402
from tools.bench.trial import (  # noqa: E402
    CLICK,
    COLD,
    DISPATCH,
    EDITED,
    ORIENT,
    STATUS,
    WARM,
    Row,
    Trial,
)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.bench", *arguments], cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def trial(board: str, *, click: float, warm: float, **other: float) -> Trial:
    """A trial with these medians, in seconds."""
    also = {"edited": 0.15, "cold": 2.0, "orient": 0.09, "dispatch": 0.09} | other
    walls = {CLICK: click, STATUS: 0.01, COLD: also["cold"], WARM: warm, EDITED: also["edited"],
             ORIENT: also["orient"], DISPATCH: also["dispatch"]}  # fmt: skip
    costs = {what: summary([Sample(wall, wall, 10**7)]) for what, wall in walls.items()}
    rows = [Row(what, cost, costs[CLICK], costs[STATUS]) for what, cost in costs.items()]
    return Trial(board, 1_000, 10, tuple(rows), ())


GOOD = trial("ancestor", click=0.04, warm=0.1, edited=0.15, cold=2.0)


def test_a_seed_gives_one_history() -> None:
    """The same seed the same files, another one others; a small board begins a large one."""
    assert list(pages(60, 1)) == list(pages(60, 1))
    assert list(pages(60, 1)) == list(pages(80, 1))[:60]
    assert list(pages(60, 1)) != list(pages(60, 2))


def test_a_generated_board_is_a_board(repo: Repository) -> None:
    """Records of every kind, signals aside, and nothing is wrong with any."""
    written = list(pages(200, 1))
    for page in written:
        repo.write(page.path, page.raw)
    repo.commit()
    listed = json.loads(repo.swarm("list", "--json").stdout)["data"]["records"]
    assert {record["path"] for record in listed} == {page.path for page in written}
    assert {record["kind"] for record in listed} == set(KINDS) - {"signal"}
    examined = repo.swarm("doctor", "--json")
    assert (examined.returncode, json.loads(examined.stdout)["problems"]) == (0, [])


def test_a_generated_board_is_spelled_and_linked_in_every_way() -> None:
    written = list(pages(150, 1))
    assert {page.raw[:1] for page in written} == {b"-", b"#"}  # frontmatter, header block
    read = [markdown.parse(page.raw, page.path)[0] for page in written]
    edges = [edge for record in read if record for edge in record.edges]
    assert {edge.form for edge in edges} == {"key", "wiki", "path", "bare"}
    assert 3 <= len(edges) / len(written) <= 8


def test_sizes_are_those_of_a_real_history() -> None:
    sizes = [len(page.raw) for page in pages(300, 1)]
    assert 1_000 < sum(sizes) / len(sizes) < 1_600


def test_large_kinds_are_filed_by_month() -> None:
    folders = {page.path.rpartition("/")[0] for page in pages(2_000, 1)}
    assert "memory/lessons" in folders
    assert any(folder.startswith("memory/lessons/2024-") for folder in folders)


def test_a_small_bench_prints_its_table() -> None:
    done = bench("--sizes", "30", "--rounds", "1", "--ancestor", "none", "--check")
    assert done.returncode == 0, done.stderr
    for words in ("30 records", "import click", "git status", "cold index", "read after one edit",
                  "dispatch, warm"):  # fmt: skip
        assert words in done.stdout
    assert "met     30 records: reading changes 0 files" in done.stdout
    assert "left out" in done.stderr


def test_json_holds_every_row_and_verdict() -> None:
    told = json.loads(report.to_json([GOOD], bars.judge([GOOD])))
    warm = next(row for row in told["trials"][0]["rows"] if row["what"] == WARM)
    assert warm["per_click"] == pytest.approx(2.5)
    assert {bar["met"] for bar in told["bars"]} == {True}


@pytest.mark.parametrize(
    ("given", "missed"),
    [
        (GOOD, []),
        (trial("ancestor", click=0.03, warm=0.1, edited=0.14, cold=2.0), ["warm read"]),
        (trial("ancestor", click=0.04, warm=0.1, edited=0.15, cold=2.0, orient=0.13), ["orient"]),
        (trial("ancestor", click=0.04, warm=0.1, edited=0.17, cold=2.0), ["read after one edit"]),
        (trial("ancestor", click=0.04, warm=0.1, edited=0.15, cold=4.0), ["cold index"]),
        (replace(GOOD, changed=("memory/lessons/L-1.md",)), ["reading changes"]),
        (
            replace(trial("L", click=0.04, warm=2.0, edited=2, cold=200.0), records=100_000),
            ["cold index", "warm read"],
        ),
        (trial("ancestor", click=0.04, warm=0.1, dispatch=1.0), []),
        (trial("ancestor, imported", click=0.04, warm=1.0, dispatch=0.13), []),
        (trial("ancestor, imported", click=0.04, warm=0.1, dispatch=0.15), ["dispatch"]),
        (replace(trial("L", click=1, warm=1.0, dispatch=1.6), records=100_000), ["dispatch"]),
    ],
)
def test_verdicts_follow_the_figures(given: Trial, missed: list[str]) -> None:
    found = [bar.promise for bar in bars.judge([given]) if not bar.met]
    assert len(found) == len(missed)
    assert all(promise.startswith(words) for promise, words in zip(found, missed, strict=True))


def test_contenders_take_turns(tmp_path: Path) -> None:
    """A B A B, so that a machine that drifts does so for both."""
    turns: list[str] = []
    contenders = [
        Contender(name, lambda _: ["true"], lambda at, name=name: turns.append(f"{name}{at}"))
        for name in "AB"
    ]
    taken = in_turns(contenders, 2, tmp_path, {"PATH": "/usr/bin:/bin"})
    assert turns == ["A0", "B0", "A1", "B1"]
    assert taken["A"].rounds == 2


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="false ended with 1"):
        run(["false"], tmp_path, {"PATH": "/usr/bin:/bin"})
