"""swarm is killed at every step of a close; task and lease must end together, or not at all.

python tests/lab/closes.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ask import ask  # noqa: E402
from conftest import Repository, hermetic  # noqa: E402
from jobs import ADA, PATH, T, claimed, head, holders  # noqa: E402

from swarm import document  # noqa: E402
from swarm.crash import POINTS, VARIABLE  # noqa: E402


class Outcome(NamedTuple):
    """What a killed close came to."""

    state: str  # old, file, new
    problems: tuple[str, ...]  # what is wrong with it


def board(folder: Path, name: str) -> Repository:
    """A task that ada holds, and something of somebody else's in the index."""
    root = folder / name
    root.mkdir()
    repo = Repository(root, hermetic(folder) | {"PYTHONPATH": str(ROOT)})
    repo.git("init", "-q", "-b", "main")
    claimed(repo, "true")
    repo.write("mine.txt", "one\n")
    repo.git("add", "mine.txt")
    return repo


def crashed(repo: Repository, point: str) -> Outcome:
    """Kill one `swarm close` at a point; judge what is left, and mend it as the next one says."""
    done = repo.swarm("close", T, **ADA, **{VARIABLE: point})
    wrong = [] if done.returncode == -9 else [f"not killed: {done.returncode} {done.stderr}"]
    for _ in range(100):  # a git that was about to move the refs ends by itself
        if not list((repo.root / ".git" / "refs").rglob("*.lock")):
            break
        time.sleep(0.02)
    closed, held = head(repo)["status"] == "closed", holders(repo) == ["ada"]
    here = document.read((repo.root / PATH).read_bytes()).keys()["status"]
    state = "new" if closed else "file" if here == "closed" else "old"
    if closed == held:
        wrong.append(f"closed: {closed}, and its lease is live: {held}")
    again = ask(repo, "close", T, "--json", **ADA)
    said = again.problems[0]["what"] if again.problems else ""
    expected = {"old": "", "file": "in its file and in no commit", "new": "closed already"}[state]
    if again.code != (state != "old") or expected not in said:
        wrong.append(f"the next: {again.code} {said}")
    if state == "file":
        lock = repo.root / ".git" / "index.lock"
        if lock.exists() and str(lock) not in ask(repo, "doctor", **ADA).out.decode():
            wrong.append("a lock that nobody names")
        lock.unlink(missing_ok=True)  # as the doctor says
        repo.git("restore", "--source=HEAD", "--staged", "--worktree", "--", PATH)
        if ask(repo, "close", T, **ADA).code:
            wrong.append("it cannot be closed again")
    if head(repo)["status"] != "closed" or holders(repo):
        wrong.append("in the end it is not closed, or its lease is live")
    if repo.git("status", "--short") != "A  mine.txt\n":
        wrong.append(f"somebody's work was touched: {repo.git('status', '--short')}")
    locks = (repo.root / ".git").rglob("*.lock")
    wrong += [str(lock) for lock in locks if "swarm" not in lock.parts]
    return Outcome(state, tuple(wrong))


def main() -> int:
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for point in POINTS:
            told = crashed(board(Path(folder), point.replace(" ", "-")), point)
            bad += bool(told.problems)
            print(f"{point:<16} {told.state:<7} {'; '.join(told.problems) or 'sound'}")
    print(f"{len(POINTS)} kills, {bad} unsound")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
