"""swarm is killed at every step of a write; the next command must find a sound repository.

    python tests/lab/crashes.py [--rounds 1]

Only our own process is killed: a git that it had started ends by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import Repository, hermetic  # noqa: E402

from swarm.crash import POINTS, VARIABLE  # noqa: E402


class Outcome(NamedTuple):
    """What a killed write came to."""

    state: str  # old, file, staged, new
    problems: tuple[str, ...]  # what is wrong with it


def board(folder: Path, name: str = "board") -> Repository:
    """One commit, something staged and something edited, all of it somebody else's."""
    root = folder / name
    root.mkdir()
    repo = Repository(root, hermetic(folder) | {"PYTHONPATH": str(ROOT)})  # what lies beside this
    repo.git("init", "-q", "-b", "main")
    repo.write("mine.txt", "one\n")
    repo.write("other.txt", "one\n")
    repo.commit()
    repo.write("mine.txt", "two\n")
    repo.git("add", "mine.txt")
    repo.write("mine.txt", "three\n")
    repo.write("other.txt", "two\n")
    return repo


def theirs(repo: Repository) -> tuple[str, bytes, bytes]:
    """What the other person has in the index and in the work tree."""
    staged = repo.git("ls-files", "--stage", "--", "mine.txt", "other.txt")
    return staged, (repo.root / "mine.txt").read_bytes(), (repo.root / "other.txt").read_bytes()


def crashed(repo: Repository, point: str) -> Outcome:
    """Kill one `swarm new` at a point, judge what is left, and what the next one makes of it."""
    before, others = repo.git("rev-parse", "HEAD"), theirs(repo)
    done = repo.swarm("new", "lesson", f"Killed {point}", **{VARIABLE: point})
    wrong = [] if done.returncode == -9 else [f"not killed: {done.returncode} {done.stderr}"]
    _wait_for_git(repo)
    state = _state(repo, before)
    if theirs(repo) != others:
        wrong.append("somebody's work was touched")
    if (state == "old") != (f"killed {point}" not in repo.swarm("list").stdout.lower()):
        wrong.append(f"{state}, and list says otherwise")
    after = repo.swarm("new", "lesson", f"After {point}", "--json")
    told = json.loads(after.stdout)
    if after.returncode or not told["data"]["commit"] or after.stderr:
        wrong.append(f"the next: {after.returncode} {after.stderr}")
    if theirs(repo) != others:
        wrong.append("somebody's work was touched by the next")
    wrong += [str(lock) for lock in (repo.root / ".git").rglob("*.lock")]
    wrong += filter(None, [repo.git("fsck", "--no-dangling", "--no-progress")])
    wrong += [str(path) for path in repo.root.rglob("*.swarm-new") if ".git" not in path.parts]
    repo.git("commit", "-q", "-m", "mine", "--", "mine.txt")  # nothing blocks a person
    return Outcome(state, tuple(wrong))


def _wait_for_git(repo: Repository) -> None:
    """A git that was about to move the branch lets go of it within a moment."""
    for _ in range(100):
        if not list((repo.root / ".git" / "refs").rglob("*.lock")):
            return
        time.sleep(0.02)


def _state(repo: Repository, before: str) -> str:
    if repo.git("rev-parse", "HEAD") != before:
        return "new"
    rows = repo.git("status", "--porcelain", "-uall").splitlines()
    ours = [row[:2] for row in rows if "memory/" in row]
    return {"??": "file", "A ": "staged"}[ours[0]] if ours else "old"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for point in POINTS:
                name = f"{number}-{point.replace(' ', '-')}"
                told = crashed(board(Path(folder), name), point)
                bad += bool(told.problems)
                print(f"{point:<16} {told.state:<7} {'; '.join(told.problems) or 'sound'}")
    print(f"{rounds * len(POINTS)} kills, {bad} unsound")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
