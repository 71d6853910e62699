"""What the harness asks git itself, so that it need not believe the product."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_PINNED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
_GONE = re.compile("0+")


class Failed(Exception):
    """What was given cannot be measured."""


@dataclass(frozen=True, slots=True)
class Change:
    """A path that a commit changed, and its blob from then on; none when it went away."""

    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the first-parent chain, and what it changed."""

    id: str
    parent: str  # empty for the first
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Repository:
    """A bare repository of the harness's own."""

    root: Path

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return git(self.root, *arguments, stdin=stdin)

    @cached_property
    def head(self) -> str:
        return self.run("rev-parse", "HEAD").decode().strip()

    def until(self, commit: str, root: Path) -> Repository:
        """Another repository, which holds this commit and what came before it, nothing else."""
        git(self.root, "init", "-q", "--bare", "-b", "main", str(root))
        self.run("push", "-q", str(root), f"{commit}:refs/heads/main")
        return Repository(root)

    def commits(self) -> Iterator[Commit]:
        """The first-parent chain, oldest first; a merge is what it brought."""
        asked = "-c log.showRoot=true log --reverse --first-parent --diff-merges=first-parent"
        shape = "--raw -z --no-abbrev --no-renames --format=%x01%H%x20%P HEAD"
        for section in self.run(*asked.split(), *shape.split()).split(b"\x01")[1:]:
            header, *rest = section.split(b"\0")
            commit, *parents = header.decode().split()
            yield Commit(commit, parents[0] if parents else "", tuple(_changes(rest)))

    def tree(self, commit: str) -> dict[str, str]:
        """Every path of a commit with its blob."""
        found = {}
        for row in filter(None, self.run("ls-tree", "-r", "-z", commit).split(b"\0")):
            facts, path = row.split(b"\t", 1)
            found[_text(path)] = facts.decode().split()[2]
        return found

    def blobs(self, wanted: Iterable[str]) -> dict[str, bytes]:
        """The contents of blobs, through one `cat-file --batch`."""
        listed = sorted(set(wanted))
        told = self.run("cat-file", "--batch", stdin="".join(f"{id}\n" for id in listed).encode())
        found, at = {}, 0
        for blob in listed:
            start = told.index(b"\n", at) + 1
            size = told[at:start].split()[2]
            at = start + int(size) + 1
            found[blob] = told[start : at - 1]
        return found


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """git's standard output, free of the settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=kept | _PINNED, input=stdin,
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"git: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


def cloned(source: Path, root: Path) -> Repository:
    """A clone of a repository, or of the branch `main` of a bundle."""
    if not source.exists():
        raise Failed(f"{source}: there is no such repository or bundle")
    branch = ["-b", "main"] if source.is_file() else []
    where = str(source.resolve())
    return made(root, lambda to: git(to.parent, "clone", "-q", "--bare", *branch, where, str(to)))


def made(root: Path, make: Callable[[Path], object]) -> Repository:
    """A repository that is there already, or is made now; what was interrupted is begun anew."""
    if not root.exists():
        unfinished = root.with_name(f"{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make(unfinished)
        unfinished.rename(root)
    return Repository(root)


def _changes(tokens: list[bytes]) -> Iterator[Change]:
    facts = [token.removeprefix(b"\n") for token in tokens if token.strip(b"\n")]
    for told, path in zip(facts[::2], facts[1::2], strict=True):
        blob = told.decode().split()[3]
        yield Change(_text(path), "" if _GONE.fullmatch(blob) else blob)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
