"""Trials → a table for people, or JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tools.bench.bars import Bar
from tools.bench.trial import CLICK, Row, Trial

_HEADINGS = ("", "median", "min – max", "cpu", "× click", "× status", "peak")
_WIDTHS = (24, 10, 20, 9, 9, 10, 9)
_BUSY = 1.3  # wall over processor seconds, of a process that only computes


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True)
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "git": git.stdout.split()[2],
        "sqlite": sqlite3.sqlite_version,
    }


def to_json(trials: Sequence[Trial], bars: Sequence[Bar]) -> str:
    """Everything, at full precision."""
    told = {
        "schema": "swarm-bench/1",
        "machine": machine(),
        "trials": [
            {
                "board": trial.board,
                "records": trial.records,
                "commits": trial.commits,
                "rows": [_facts(row) for row in trial.rows],
                "changed": trial.changed,
            }
            for trial in trials
        ],
        "bars": [asdict(bar) for bar in bars],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def to_text(trials: Sequence[Trial], bars: Sequence[Bar]) -> Iterator[str]:
    """A table a board, then what was promised."""
    yield ", ".join(f"{name} {value}" for name, value in machine().items())
    for trial in trials:
        yield ""
        yield f"{trial.board}: {trial.records:,} records, {trial.commits:,} commits"
        yield _line(_HEADINGS)
        yield from (_line(_cells(row)) for row in trial.rows)
        if _waited(trial) > _BUSY:
            yield "  The machine was busy meanwhile: believe the ratios and the cpu."
    yield ""
    for bar in bars:
        verdict = "met   " if bar.met else "MISSED"
        yield f"{verdict}  {bar.board}: {bar.promise}  →  {bar.measured}"


def _waited(trial: Trial) -> float:
    floor = trial[CLICK].cost
    return floor.wall / floor.cpu


def _facts(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        **asdict(row.cost),
        "per_click": row.cost.wall / row.click.wall,
        "per_status": row.cost.wall / row.status.wall,
    }


def _cells(row: Row) -> tuple[str, ...]:
    cost = row.cost
    return (
        row.what,
        _seconds(cost.wall),
        f"{_seconds(cost.least)} – {_seconds(cost.most)}",
        _seconds(cost.cpu),
        f"{cost.wall / row.click.wall:.1f}",
        f"{cost.wall / row.status.wall:.1f}",
        f"{cost.peak / 1e6:.0f} MB",
    )


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def _line(cells: Sequence[str]) -> str:
    first, *rest = cells
    padded = [f"{cell:>{width}}" for cell, width in zip(rest, _WIDTHS[1:], strict=True)]
    return f"  {first:<{_WIDTHS[0]}}" + "".join(padded)
