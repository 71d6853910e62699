"""The tree that is judged: a commit's or the index's files, with some replaced; found, not listed.

A rule that asks nothing costs nothing. What it asks for is looked for by git, in
names first, which is one listing for all questions, and in texts only then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from swarm import objects
from swarm.errors import GitError
from swarm.records import FOLDERS, fold, id_in_name

if TYPE_CHECKING:
    from swarm.git import Repo

Blob = objects.Blob
Objects = objects.Objects
Touched = objects.Touched
SUBMODULE = objects.SUBMODULE

Overlay = Mapping[str, Blob | None]  # what is, or is no more, in a place, whatever git has there

# What a file name begins with that swarm has made.
_ID = rb"[A-Z]-(?:[0-9a-hjkmnp-tv-z]{8}|[0-9a-hjkmnp-tv-z]{6})(?![A-Za-z0-9])"


class Judged:
    """The files of a commit, by its id, or of the index, by an empty name."""

    def __init__(self, store: Objects, name: str, overlay: Overlay) -> None:
        self._store = store
        self._repo: Repo = store.repo
        self._name = name
        self._overlay = overlay

    @property
    def repo(self) -> Repo:
        """The repository that it is a tree of."""
        return self._repo

    def raw(self, path: str) -> bytes | None:
        """A file's bytes; none when there is no such file."""
        if path in self._overlay:
            blob = self._overlay[path]
            return None if blob is None else self.content(blob)
        return self._store.get(f"{self._name}:{path}")

    def content(self, blob: Blob) -> bytes:
        """What a file holds; of a link, where it leads; of another repository, nothing."""
        if blob.raw is not None or blob.mode == SUBMODULE:
            return blob.raw or b""
        found = self._store.get(blob.oid)
        if found is None:
            where = str(self._repo.common_dir)
            what = f"the object {blob.oid} is missing"
            raise GitError(what, where=where, remedy="git fsck; git fetch --refetch")
        return found

    def mode(self, path: str) -> str:
        """How git files a path: 100644, 100755 when it can be run; empty when it is not there."""
        if path in self._overlay:
            blob = self._overlay[path]
            return blob.mode if blob else ""
        told = self._list([path])
        return told[:6].decode() if told.endswith(b"\t" + os.fsencode(path) + b"\0") else ""

    def entries(self, folder: str) -> dict[str, str]:
        """What a commit has in a folder, each with its mode; what lies deeper is not told."""
        told, found = self._store.get(f"{self._name}:{folder}") or b"", {}
        bare = len(self._repo.nothing) // 2  # of an id, as a tree holds it
        while row := re.match(rb"(\d{5,6}) ([^\0]+)\0", told):
            found[f"{folder}/{os.fsdecode(row[2])}"] = row[1].decode().zfill(6)
            told = told[row.end() + bare :]
        return found

    def bearing(self, record_id: str) -> list[str]:
        """The records whose file names begin with an id."""
        wanted = fold(record_id)
        around = self._around(f"/{wanted}")
        return sorted({path for path in around if fold(_named(path)) == wanted})

    def ending(self, name: str) -> list[str]:
        """The records whose file names end with some words."""
        tail = f"-{name}.md"
        return sorted({path for path in self._around(tail) if path.endswith(tail)})

    def below(self, folder: str) -> list[str]:
        """The files of a folder."""
        return sorted(set(self._around(f"\t{folder}/")))

    def holding(self, texts: Sequence[str], folders: Sequence[str]) -> list[str]:
        """The files in which any of some texts stands, in any letter case."""
        asked = "\n".join(filter(str.strip, texts)).encode("utf-8", "surrogateescape")
        below = tuple(f"{each}/" for each in folders)
        laid = {path for path in self._laid if path.startswith(below)}
        return sorted({*self._grep("-F", asked, folders), *laid}) if asked else sorted(laid)

    def titled(self, name: str) -> list[str]:
        """The files that may be called so in a heading, or in a key."""
        escaped = re.sub(r"([\\.\[\]{}()*+?^$|])", r"\\\1", name)
        pattern = rf"^(#+[[:space:]]|[^[:alnum:]]*title[^[:alnum:]]*:).*{escaped}"
        found = self._grep("-E", pattern.encode("utf-8", "surrogateescape"), FOLDERS)
        return sorted({*found, *self._laid})

    def otherwise(self) -> list[str]:
        """The files that may have a name which their file name does not tell."""
        told = self._grep("-E", rb"^[^[:alnum:]]*aliases[^[:alnum:]]*:", FOLDERS)
        begins = re.compile(_ID).match  # that of almost all, where there are many
        rows = (row.rpartition(b"\t")[2] for row in self._listing.split(b"\0"))
        odd = [os.fsdecode(path) for path in rows if not begins(path.rpartition(b"/")[2])]
        unnamed = {path for path in odd if path and not _named(path) and path not in self._overlay}
        return sorted({*told, *unnamed, *self._laid})

    def _grep(self, how: str, asked: bytes, folders: Sequence[str]) -> list[str]:
        """The paths below some folders of what git has, where git finds what is asked for."""
        where = (self._name,) if self._name else ("--cached",)
        plain = ("--no-color", "--no-recurse-submodules", "--full-name")
        options = ("grep", "-l", "-z", "-I", "-i", *plain, how, "-f", "-", *where)
        told = os.fsdecode(self._repo.attempt(*options, "--", *folders, stdin=asked).out)
        prefix = f"{self._name}:" if self._name else ""
        paths = (row.removeprefix(prefix) for row in told.split("\0") if row)
        return [path for path in paths if path not in self._overlay]

    @cached_property
    def _laid(self) -> list[str]:
        return [path for path, blob in self._overlay.items() if blob]

    @cached_property
    def _listing(self) -> bytes:
        """Every name below the folders of records: a mode, an id, a tab, the path, a NUL."""
        laid = b"".join(b"\t%s\0" % os.fsencode(path) for path in self._laid)
        return b"\0" + self._list(FOLDERS) + laid

    @cached_property
    def _lowered(self) -> bytes:
        return self._listing.lower()

    def _around(self, part: str) -> Iterator[str]:
        """The paths that hold some text, in any letter case."""
        wanted = os.fsencode(part.lower())
        at = self._lowered.find(wanted)
        while at >= 0:
            start = self._listing.find(b"\t", self._listing.rfind(b"\0", 0, at)) + 1
            end = self._listing.find(b"\0", at)
            path = os.fsdecode(self._listing[start:end])
            if self._overlay.get(path, ...) is not None:
                yield path
            at = self._lowered.find(wanted, end)

    def _list(self, paths: Sequence[str]) -> bytes:
        if not self._name:
            return self._repo.run("ls-files", "-z", "--stage", "--full-name", "--", *paths)
        return self._repo.run("ls-tree", "-r", "-z", "--full-tree", self._name, "--", *paths)


def _named(path: str) -> str:
    """The id in a file's name."""
    return id_in_name(path.rsplit("/", 1)[-1].removesuffix(".md")) or ""
