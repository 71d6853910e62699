"""What a commit and a claim cost, each beside its floor.

    python tests/lab/cost.py [--rounds 15]

The git work of one commit beside the same by hand in plumbing (promised: at most
2.5 times), and `swarm new` and `swarm claim` as whole processes beside `import
click` (promised: at most 3.5 times). The least of all rounds counts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import Repository, hermetic  # noqa: E402

from swarm import commit, index  # noqa: E402
from swarm.git import locate  # noqa: E402

RAW = b"---\nid: L-000000\n---\n# What was learned\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="swarm-cost-") as folder:
        repo = _board(Path(folder))
        ours = _least(rounds, lambda number: _ours(repo, number))
        hand = _least(rounds, lambda number: _by_hand(repo, number))
        print(f"git work of a commit: {ours * 1e3:.0f} ms, {ours / hand:.2f} × by hand")
        click = _least(rounds, lambda _: _run(repo, sys.executable, "-c", "import click"))
        swarm = (sys.executable, "-m", "swarm")
        for name, words in (("new", ["new", "lesson"]), ("claim", ["claim"])):
            spent = _least(
                rounds, lambda at, words=words: _run(repo, *swarm, *words, _last(words, at))
            )
            print(f"swarm {name}: {spent * 1e3:.0f} ms, {spent / click:.2f} × import click")
    return 0


def _board(folder: Path) -> Repository:
    repo = Repository(folder / "repo", hermetic(folder))
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    for number in range(300):
        repo.write(f"src/{number}.txt", f"{number}\n")
        repo.write(
            f"tasks/T-{number:06d}.md", f"---\nid: T-{number:06d}\nstatus: open\n---\n# {number}\n"
        )
    repo.commit()
    repo.swarm("list")
    return repo


def _last(command: tuple[str, ...], at: int) -> str:
    return f"T-{at:06d}" if command[-1] == "claim" else f"Thing {at}"


def _least(rounds: int, measure: Callable[[int], float]) -> float:
    return min(measure(number) for number in range(rounds))


def _run(repo: Repository, *command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=repo.root, env=repo.environ, check=True, capture_output=True)
    return time.perf_counter() - started


def _ours(repo: Repository, number: int) -> float:
    place = locate(repo.root, repo.environ)
    message = commit.Message("one", "new", "")
    changes = {f"memory/lessons/L-{number:06d}.md": RAW}
    started = time.perf_counter()
    now = time.time_ns()
    commit.commit(place, repo.root, changes, message, repo.environ, now, fresh=True)
    return time.perf_counter() - started


def _by_hand(repo: Repository, number: int) -> float:
    """The same with plumbing, without a second thought."""
    repository = locate(repo.root, repo.environ)
    place = index.Place(repository, repo.root, repository.git_dir, {})
    path = f"memory/lessons/H-{number:06d}.md"
    repo.write(path, RAW)
    head = place.git("rev-parse", "HEAD").decode().strip()
    started = time.perf_counter()
    oid = place.git("hash-object", "-w", path).decode().strip()
    place.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")
    with place.scratch("hand") as private:
        place.git("read-tree", "HEAD", index=private)
        place.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}", index=private)
        tree = place.git("write-tree", index=private).decode().strip()
    new = place.git("commit-tree", tree, "-p", head, "-m", "x").decode().strip()
    place.git("update-ref", "--no-deref", "refs/heads/main", new, head)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
