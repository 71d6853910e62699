"""Races for leases between real processes, in one clone and over several.

    python -m tests.lab.races            200 local rounds of eight, 60 rounds of six over clones
    python -m tests.lab.races 10 4       so many rounds of each

Every round must have exactly one winner, and every loser must have been told who it is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import nursery  # noqa: E402

GLOBS = ("src/**", "src/a.py", "src/*.py", "s*/a.*", "src", "**/a.py", "src/[ab].py", "s??/*.py")
LATER = 4 * 3_600  # when a lease of two hours has ended


class Ran(NamedTuple):
    """What one process of a race came to."""

    agent: str
    code: int
    told: dict[str, Any]
    err: str


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "LC_ALL": "C.UTF-8",
        "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
    }  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def board(root: Path, tasks: int) -> Path:
    """A repository with open tasks T-000000, T-000001 and so on."""
    (root / "tasks").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for number in range(tasks):
        text = f"---\nid: T-{number:06}\nstatus: open\n---\n# Task {number}\n"
        (root / "tasks" / f"T-{number:06}-task.md").write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "tasks")
    return root


def clones(folder: Path, tasks: int, count: int = 3) -> tuple[Path, list[Path]]:
    """A bare remote with clones around it."""
    bare = folder / "remote.git"
    git(board(folder / "first", tasks), "clone", "-q", "--bare", ".", str(bare))
    places = [folder / f"clone{number}" for number in range(count)]
    for place in places:
        git(folder, "clone", "-q", str(bare), str(place))
        swarm(place, "list")
    return bare, places


def swarm(place: Path, *arguments: str, agent: str = "", ahead: int = 0) -> Ran:
    """One command, alone."""
    return race([(place, agent, arguments)], ahead)[0]


def race(entries: Sequence[tuple[Path, str, Sequence[str]]], ahead: int = 0) -> list[Ran]:
    """Processes that all begin when the last of them is ready."""
    runs = []
    for place, agent, arguments in entries:
        environ = environment(place) | ({"SWARM_AGENT": agent} if agent else {})
        runs.append(nursery.Run([*arguments, "--json"], str(place), environ, ahead=ahead))
    return [
        Ran(agent, done.returncode, json.loads(done.stdout or "{}"), done.stderr)
        for (_, agent, _), done in zip(entries, nursery.run(runs), strict=True)
    ]


def judge(ran: Sequence[Ran]) -> str:
    """Nothing when there was one winner and all the others were told whose it is."""
    winners = [each for each in ran if each.code == 0]
    if len(winners) != 1:
        return f"{len(winners)} winners: {[(each.agent, each.code, each.told) for each in ran]}"
    strange = [each for each in ran if each.code not in (0, 5)]
    if strange:
        return f"neither won nor held: {strange}"
    named = {each.told["data"]["held"]["holder"] for each in ran if each.code == 5}
    return "" if named <= {winners[0].agent} else f"losers were told of {named}"


def rounds(places: Sequence[Path], racers: int, count: int, first: int = 0) -> Iterator[str]:
    """Rounds in turn: one task; overlapping paths of several tasks; an expired lease."""
    size = racers + 1
    for number in range(count):
        base = first + number * size
        tasks = [f"T-{base + each:06}" for each in range(size)]
        entries = []
        kind = ("task", "paths", "expired")[number % 3]
        if kind == "expired":
            assert swarm(places[0], "claim", tasks[0], agent="gone").code == 0
        for racer in range(racers):
            words = ["claim", tasks[0] if kind != "paths" else tasks[racer]]
            words += ["--path", f"r{number}/{GLOBS[racer]}"] if kind == "paths" else []
            entries.append((places[racer % len(places)], f"agent-{racer}", words))
        ahead = LATER if kind == "expired" else 0
        ran = race(entries, ahead)
        wrong = judge(ran)
        if not wrong and kind == "expired":
            claim = next(each for each in ran if each.code == 0).told["data"]["claim"]
            wrong = "" if (claim["taken_over_from"] or {}).get("holder") == "gone" else str(claim)
        yield f"{kind}: {wrong}" if wrong else ""


def local(folder: Path, count: int) -> list[str]:
    """What went wrong in rounds of eight processes in one clone."""
    place = board(folder / "alone", 9 * count)
    swarm(place, "list")
    return [wrong for wrong in rounds([place], 8, count) if wrong]


def remote(folder: Path, count: int) -> list[str]:
    """What went wrong in rounds of six processes over three clones."""
    bare, places = clones(folder, 7 * count)
    wrong = [each for each in rounds(places, 6, count) if each]
    told = [swarm(place, "claims", "--sync").told["data"]["claims"] for place in places]
    if any(each != told[0] for each in told) or len(told[0]) != count:
        wrong.append(f"the clones do not agree: {[len(each) for each in told]}, not {count}")
    git(bare, "fsck", "--strict")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("local", type=int, nargs="?", default=200, help="races in one clone")
    parser.add_argument("remote", type=int, nargs="?", default=60, help="races over three clones")
    asked = parser.parse_args()
    failed = 0
    for what, count in ((local, asked.local), (remote, asked.remote)):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            wrong = what(Path(folder), count)
        spent = time.monotonic() - began
        kinds = Counter(each.split(":")[0] for each in wrong)
        print(f"{what.__name__}: {count} rounds, {len(wrong)} wrong {dict(kinds)}, {spent:.0f} s")
        for each in wrong[:5]:
            print(f"  {each}")
        failed += len(wrong)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
