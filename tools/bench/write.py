"""Puts a generated board into a new git repository: `python -m tools.bench.write DIR SIZE SEED`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tools.bench.generate import Page, pages

COMMITS = 1_000  # about so many, whatever the size
_AUTHOR = b"agent <agent@example.org>"
_SETTINGS = Page("swarm.toml", b'[sources]\npages = ["docs/adr/*.md"]\n', 0)


def write(root: Path, size: int, seed: int) -> None:
    """A repository with this board checked out, and the history that led to it."""
    root.mkdir(parents=True)
    _git(root, "init", "-q", "-b", "main")
    each = max(1, size // COMMITS)
    with subprocess.Popen(
        ["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE
    ) as importer:
        assert importer.stdin
        importer.stdin.writelines(stream(pages(size, seed), each))
    if importer.returncode:
        raise SystemExit(importer.returncode)
    _git(root, "reset", "-q", "--hard", "main")


def stream(written: Iterable[Page], each: int) -> Iterator[bytes]:
    """What `git fast-import` reads: some pages a commit, dated by the last of them."""
    rest = iter(written)
    group = [_SETTINGS, *islice(rest, each)]
    while group:
        yield b"commit refs/heads/main\ncommitter %s %d +0000\n" % (_AUTHOR, group[-1].when)
        yield _data(b"what was learned")
        for page in group:
            yield b"M 100644 inline %s\n" % page.path.encode() + _data(page.raw)
        group = list(islice(rest, each))


def _data(raw: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(raw), raw)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
