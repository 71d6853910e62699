"""Timing whole processes, taken in turns, so that a drifting machine drifts for all of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_LAUNCH = [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))]
# ru_maxrss counts kilobytes, but bytes on a Mac
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class Failed(Exception):
    """A command that should have worked did not."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process cost; `peak` is that of the largest process it started, in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Many samples of one command."""

    wall: float  # the median
    least: float
    most: float
    cpu: float
    peak: int
    rounds: int


@dataclass(frozen=True)
class Contender:
    """A command to time, and what to do before each time, off the clock."""

    name: str
    command: Callable[[int], Sequence[str]]  # the round's number → arguments
    before: Callable[[int], None] = lambda _: None


def run(
    command: Sequence[str], cwd: Path, environ: Mapping[str, str], may_fail: bool = False
) -> Sample:
    """Run one command to its end and take its cost."""
    done = subprocess.run(
        [*_LAUNCH, *command], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{command[0]} cannot be started: {done.stderr.strip()}")
    wall, cpu, peak, code = done.stdout.split()
    if code != "0" and not may_fail:
        raise Failed(f"{' '.join(command)} ended with {code}: {done.stderr.strip()[-500:]}")
    return Sample(float(wall), float(cpu), int(peak) * _PEAK_UNIT)


def in_turns(
    contenders: Sequence[Contender], rounds: int, cwd: Path, environ: Mapping[str, str]
) -> dict[str, Summary]:
    """Every contender once a round: A B C, A B C, …"""
    taken: dict[str, list[Sample]] = {each.name: [] for each in contenders}
    for number in range(rounds):
        for each in contenders:
            each.before(number)
            taken[each.name].append(run(each.command(number), cwd, environ))
    return {name: summary(samples) for name, samples in taken.items()}


def summary(samples: Sequence[Sample]) -> Summary:
    """The median with its span, and the highest peak."""
    walls = [each.wall for each in samples]
    return Summary(
        wall=median(walls),
        least=min(walls),
        most=max(walls),
        cpu=median(each.cpu for each in samples),
        peak=max(each.peak for each in samples),
        rounds=len(samples),
    )
