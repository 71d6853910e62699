"""What git stores, asked for one by one of one process that starts at the first question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, NamedTuple

from swarm.errors import GitError
from swarm.records import FOLDERS, SETTINGS, is_record_path

if TYPE_CHECKING:
    import subprocess

    from swarm.git import Repo

GUARDS = "tools/guards/"
LINK, SUBMODULE = "120000", "160000"  # either may hide a folder full of records

_AT_ONCE = 500  # names; less than a pipe holds, so that neither side waits


class Blob(NamedTuple):
    """A file as a tree, or the index, has it; `raw` when its bytes are known already."""

    mode: str
    oid: str = ""
    raw: bytes | None = None


class Touched(NamedTuple):
    """A path that a change concerns: what was there, and what would be."""

    path: str
    before: Blob | None
    after: Blob | None

    @property
    def is_of_board(self) -> bool:
        """Whether it is a record, or where one may be hidden, or the settings, or a guard."""
        path, modes = self.path, {blob.mode for blob in (self.before, self.after) if blob}
        inside = path.split("/", 1)[0] in FOLDERS and "/." not in path
        hiding = inside and not modes.isdisjoint((LINK, SUBMODULE))
        return hiding or is_record_path(path) or path == SETTINGS or self.is_guard

    @property
    def is_guard(self) -> bool:
        """Whether it lies where guards do: no record, and yet not anybody's to change."""
        return f"{self.path}/".startswith(GUARDS)

    @property
    def is_less(self) -> bool:
        """Whether what was there goes, or can no more be run as it was."""
        before, after = self.before, self.after
        return before is not None and (after is None or after.mode != before.mode)


class Objects:
    """One `cat-file --batch`, kept open for as long as there may be questions."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if self._process:
            if failed:  # then nobody waits any more for what it has not said yet
                self._process.kill()
            self._process.communicate()

    def get(self, name: str) -> bytes | None:
        """The content that an expression such as `HEAD:path` names; none when nothing is there."""
        return self.many([name])[0] if "\n" not in name else None

    def many(self, names: Iterable[str]) -> list[bytes | None]:
        """The contents of several, in order."""
        wanted, found = list(names), list[bytes | None]()
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            asked, told = self._pipes()
            asked.write("".join(f"{name}\n" for name in batch).encode("utf-8", "surrogateescape"))
            asked.flush()
            found += [self._content(name, told) for name in batch]
        return found

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self.repo.converse("cat-file", "--batch", environ={})
        assert self._process.stdin and self._process.stdout
        return self._process.stdin, self._process.stdout

    def _content(self, name: str, told: IO[bytes]) -> bytes | None:
        header = told.readline()
        if not header:
            what = f"git ended before it had answered for {name}"
            raise GitError(what, where=str(self.repo.common_dir), remedy="git fsck")
        words = header.split()
        if words[-1] in (b"missing", b"ambiguous"):
            return None
        return told.read(int(words[-1]) + 1)[:-1]
