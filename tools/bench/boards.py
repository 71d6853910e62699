"""The boards that are measured: real repositories in a folder of the bench's own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.records import FOLDERS
from tools.bench import measure

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT.parent / "shared" / "corpora" / "ancestor.bundle"

_PINNED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "bench",
    "GIT_AUTHOR_EMAIL": "bench@example.org",
    "GIT_COMMITTER_NAME": "bench",
    "GIT_COMMITTER_EMAIL": "bench@example.org",
}
_PATIENCE = 20.0  # seconds until a cache that never comes to rest is an error


def surroundings() -> dict[str, str]:
    """The environment of every process here: the machine's own, less its git settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _PINNED


def swarm_command() -> list[str]:
    """What users run: the console script of this Python, or the module when it has none."""
    script = Path(sys.executable).with_name("swarm")
    return [str(script)] if script.exists() else [sys.executable, "-m", "swarm"]


@dataclass(frozen=True)
class Board:
    """A blackboard to measure."""

    name: str
    root: Path
    environ: Mapping[str, str]

    @property
    def cache(self) -> Path:
        return self.root / ".git" / "swarm" / "cache"

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environ, capture_output=True, check=False
        )
        if done.returncode:
            raise measure.Failed(f"git {arguments[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    def lessons(self) -> list[Path]:
        return sorted((self.root / "memory" / "lessons").rglob("*.md"))

    def records(self) -> int:
        """Markdown files where records live."""
        return sum(1 for folder in FOLDERS for _ in (self.root / folder).rglob("*.md"))

    def commits(self) -> int:
        return int(self.git("rev-list", "--count", "HEAD"))

    def queries(self, count: int) -> list[str]:
        """The first words of some titles, evenly spread: what people look for is there."""
        lessons = self.lessons()
        chosen = [lessons[(2 * at + 1) * len(lessons) // (2 * count)] for at in range(count)]
        return [_few_words(path) for path in chosen]

    def forget(self) -> None:
        """Make the next read a cold one."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def edit(self, number: int) -> None:
        """Add a sentence to one record, another one each time."""
        lessons = self.lessons()
        path = lessons[(number * 7919 + 1) % len(lessons)]
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\nEdited for the {number + 1}th time, see L-{number + 1}.\n")

    def commit(self) -> None:
        self.git("commit", "-q", "-a", "-m", "edit")

    def settle(self, read: Sequence[str]) -> None:
        """Read until a read leaves the cache as it was: from then on it is a warm one."""
        started = time.monotonic()
        while True:
            before = self._cache_stamp()
            measure.run(read, self.root, self.environ)
            if before and before == self._cache_stamp():
                return
            if time.monotonic() - started > _PATIENCE:
                raise measure.Failed(f"{self.name}: every read changes the cache")
            time.sleep(0.3)

    def fingerprint(self) -> dict[str, str]:
        """Everything that no read may change: files with their times, the index, the refs."""
        told = {str(path.relative_to(self.root)): _digest(path) for path in self._files()}
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname) %(symref)")
        told["refs"] = refs + (self.root / ".git" / "HEAD").read_text()
        return told

    def _files(self) -> list[Path]:
        own = [path for path in self.root.iterdir() if path.name != ".git"]
        below = [path for top in own for path in ([top] if top.is_file() else top.rglob("*"))]
        return [path for path in below if not path.is_dir()] + [self.root / ".git" / "index"]

    def _cache_stamp(self) -> list[tuple[str, int, int]]:
        if not self.cache.is_dir():
            return []
        found = [(path.name, path.stat()) for path in sorted(self.cache.iterdir())]
        return [(name, info.st_mtime_ns, info.st_size) for name, info in found]


def ancestor(folder: Path, bundle: Path) -> Board:
    """The real history, cloned."""
    root = folder / "ancestor"
    _make(root, lambda to: ["git", "clone", "-q", "-b", "main", str(bundle), to])
    return Board("ancestor", root, surroundings())


def imported(folder: Path, source: Board) -> Board:
    """The same history as records of every kind, in a repository of its own."""
    root, environ = folder / "imported", surroundings()
    if not root.exists():
        unfinished = Board("", root.with_name("imported.unfinished"), environ)
        shutil.rmtree(unfinished.root, ignore_errors=True)
        unfinished.root.mkdir(parents=True)
        unfinished.git("init", "-q", "-b", "main")
        measure.run([*swarm_command(), "import", str(source.root)], unfinished.root, environ)
        unfinished.root.rename(root)
    return Board(f"{source.name}, imported", root, environ)


def generated(folder: Path, size: int, seed: int) -> Board:
    """A made-up history, written by a process of its own, whose memory goes with it."""
    root = folder / f"generated-{size}-{seed}"
    _make(root, lambda to: [sys.executable, "-m", "tools.bench.write", to, str(size), str(seed)])
    return Board(f"{size:,} records", root, surroundings())


def _make(root: Path, command: Callable[[str], list[str]]) -> None:
    """Have a board written, unless it is there; what was interrupted is begun anew."""
    if root.exists():
        return
    unfinished = root.with_name(f"{root.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = subprocess.run(
        command(str(unfinished)), cwd=ROOT, env=surroundings(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise measure.Failed(done.stderr.strip())
    unfinished.rename(root)


def _few_words(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    title = next((line for line in lines if line.startswith("# ")), path.stem)
    words = [word for word in title.lstrip("# ").split() if word.isalpha() and len(word) > 2]
    return " ".join(words[:4]) or path.stem


def _digest(path: Path) -> str:
    info = path.lstat()
    content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return f"{digest} {info.st_mode:o} {info.st_mtime_ns}"
