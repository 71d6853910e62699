"""Many writers in one checkout, beside a person who commits by plain git.

    python tests/lab/writers.py [--writers 16] [--each 20] [--rounds 1] [--pause .02]

Every record that was answered with 0 must be in HEAD, every commit of the
person's that exited 0 must be intact, and `git fsck` must find nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import Repository, hermetic  # noqa: E402


class Tally(NamedTuple):
    """What a round came to; a sound one has lost, damaged, and fsck empty."""

    answered: int  # records that swarm answered 0 for
    committed: int  # of those, with a commit in the answer
    swept: int  # of those, by a commit of the person's
    waiting: int  # answered 0, and left in the work tree with a reason
    refused: Counter[str]  # of the person's commands, by git's words
    person: int  # commits of the person's that exited 0
    failed: list[str]  # what swarm said when it did not answer 0
    lost: list[str]
    damaged: list[str]
    fsck: str
    seconds: float


def fresh(folder: Path) -> Repository:
    """A repository with some files of the person's in it."""
    root = folder / "shared"
    root.mkdir()
    repo = Repository(root, hermetic(folder) | {"PYTHONPATH": str(ROOT)})  # what lies beside this
    repo.git("init", "-q", "-b", "main")
    for number in range(20):
        repo.write(f"src/{number}.txt", f"{number}\n" * 50)
    repo.commit()
    return repo


def race(repo: Repository, writers: int, each: int, pause: float = 0.02) -> Tally:
    """Let them all go at once; the person goes on for as long as somebody writes."""
    answers: list[dict[str, object]] = []
    over = threading.Event()
    person = _Person(repo, over, pause)
    hands = [
        threading.Thread(target=_write, args=(repo, each, f"agent-{number}", answers))
        for number in range(writers)
    ]
    started = time.monotonic()
    for thread in (*hands, person):
        thread.start()
    for thread in hands:
        thread.join()
    over.set()
    person.join()
    return _judged(repo, answers, person, time.monotonic() - started)


def _write(repo: Repository, each: int, agent: str, answers: list[dict[str, object]]) -> None:
    for number in range(each):
        done = repo.swarm("new", "lesson", f"{agent} {number}", "--json", SWARM_AGENT=agent)
        told = json.loads(done.stdout) if done.stdout else {}
        answers.append({"code": done.returncode, "err": done.stderr, **told})


class _Person(threading.Thread):
    """`git add` and `git commit -m`, and then `git commit -- path`, on files of his own."""

    def __init__(self, repo: Repository, over: threading.Event, pause: float) -> None:
        super().__init__()
        self.repo, self.over, self.pause = repo, over, pause
        self.made: list[tuple[str, str, str]] = []  # commit's subject, path, text
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        number = 0
        while not self.over.is_set():
            path, text = f"src/{number % 20}.txt", f"mine {number}\n"
            self.repo.write(path, text)
            if number % 2:
                done = self._git("commit", "-q", "-m", f"mine {number}", "--", path)
            else:
                done = self._git("add", path) and self._git("commit", "-q", "-m", f"mine {number}")
            if done:
                self.made.append((f"mine {number}", path, text))
            number += 1
            time.sleep(self.pause)

    def _git(self, *arguments: str) -> bool:
        done = subprocess.run(
            ["git", *arguments], cwd=self.repo.root, env=self.repo.environ,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip().partition("\n")[0]
            said = re.sub(r"[0-9a-f]{40}|'/\S+'", "…", said)
            self.refused[f"git {arguments[0]}: {said}"] += 1
        return done.returncode == 0


def _judged(
    repo: Repository, answers: list[dict[str, object]], person: _Person, seconds: float
) -> Tally:
    head = set(repo.git("ls-tree", "-r", "--name-only", "HEAD").split("\n"))
    good = [each for each in answers if each["code"] == 0]
    told = [(each["data"]["record"]["path"], each["data"]["commit"]) for each in good]  # type: ignore[index]
    subjects = dict(
        row.split(" ", 1) for row in repo.git("log", "--format=%H %s").strip().split("\n")
    )
    lost = [path for path, commit in told if commit and path not in head]
    by_subject = {subject: commit for commit, subject in subjects.items()}
    damaged = [
        subject
        for subject, path, text in person.made
        if subject not in by_subject
        or repo.git("show", f"{by_subject[subject]}:{path}") != text
    ]  # fmt: skip
    # a commit of his must take nothing away, and nobody's may undo his
    damaged += repo.git("log", "--diff-filter=D", "--format=%H %s", "--name-only").split("\n\n")
    return Tally(
        answered=len(good), committed=sum(bool(commit) for _, commit in told),
        swept=sum(subjects.get(commit, "").startswith("mine") for _, commit in told),
        waiting=sum(not commit for _, commit in told), refused=person.refused,
        person=len(person.made), lost=lost,
        failed=[str(each["err"]) for each in answers if each["code"] != 0],
        damaged=[each for each in damaged if each.strip()],
        fsck=repo.git("fsck", "--no-dangling", "--no-progress"), seconds=round(seconds, 1),
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("writers", 16), ("each", 20), ("rounds", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--pause", type=float, default=0.02, help="between the person's commits")
    asked = parser.parse_args()
    worst = 0
    for number in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:
            told = race(fresh(Path(folder)), asked.writers, asked.each, asked.pause)
        for name, value in told._asdict().items():
            print(f"{name:>10}  {dict(value) if isinstance(value, Counter) else value}")
        worst |= bool(told.lost or told.failed or told.damaged or told.fsck)
        print(f"round {number + 1}: {'LOST' if worst else 'nothing lost'}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
