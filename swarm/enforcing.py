"""Whether something runs that enforces a rule: asked of the oracle's own rules, and of no other.

A read. Files are looked at as they lie, or as a commit has them; nothing is run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from swarm import oracle, tree
from swarm.records import Found, Problem, shown

if TYPE_CHECKING:
    from swarm.git import Entry
    from swarm.oracle.case import Source
    from swarm.oracle.rule import Rule

File = oracle.File
AnyTree = tree.AnyTree
opened = tree.open_tree

_RULE = "enforced-by"


class Files:
    """The files of a place, whatever they are: what the rule asks for, and no more."""

    def __init__(self, place: AnyTree) -> None:
        self._place = place

    def mode(self, path: str) -> str:
        """How git would file a path; empty when there is nothing, or the way leads elsewhere."""
        if isinstance(self._place, tree.CommitTree):
            return self._modes.get(path, "")
        try:
            mode = (self._place.root / path).lstat().st_mode if self._is_inside(path) else 0
        except (OSError, ValueError):
            return self._skipped[path].mode if path in self._skipped else ""
        if stat.S_ISREG(mode):
            return "100755" if mode & 0o111 else "100644"
        return "120000" if stat.S_ISLNK(mode) else ""

    def raw(self, path: str) -> bytes | None:
        """A file's bytes; none when there is no such file."""
        if not self.mode(path).startswith("100"):
            return None
        if isinstance(self._place, tree.CommitTree):
            found = self._place.repo.objects([f"{self._place.head}:{path}"])[0]
            return next(self._place.blobs([found[0]])) if found else None
        try:
            return (self._place.root / path).read_bytes()
        except OSError:
            left_out = [self._skipped[path].oid] if path in self._skipped else []
            return next(self._place.blobs(left_out), None)

    def _is_inside(self, path: str) -> bool:
        """Whether a path leads, through no link, to a place below the top."""
        assert isinstance(self._place, tree.WorkTree)
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            return False
        above = (self._place.root / path).parent
        return Path(os.path.realpath(above)) == Path(os.path.realpath(self._place.root)) / (
            PurePosixPath(path).parent
        )

    @cached_property
    def _skipped(self) -> Mapping[str, Entry]:
        """What sparse checkout has left out of the work tree: it is there all the same."""
        repo = self._place.repo
        entries = repo.index_files(()) if repo.is_sparse() else ()
        return {shown(each.path): each for each in entries if each.skipped}

    @cached_property
    def _modes(self) -> Mapping[str, str]:
        assert isinstance(self._place, tree.CommitTree)
        entries = self._place.repo.tree_files(self._place.head, ())
        return {shown(each.path): each.mode for each in entries}


class Enforcers:
    """What enforces what, in a place."""

    def __init__(self, place: AnyTree) -> None:
        self.place = place
        self.files = Files(place)
        # the rule asks of a tree what modes and contents there are, and for no record of it
        self._tree = oracle.Tree(cast("Source", self.files), ())

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule of the oracle, by its name."""
        return {each.name: each for each in oracle.rules()}

    @property
    def in_force(self) -> frozenset[str]:
        """The rules that are not set to off here."""
        stated = self.place.settings.rules
        return frozenset(name for name in self.rules if stated.get(name) != "off")

    def against(self, belief: File) -> list[Problem]:
        """Why nothing enforces a belief that is called enforced; empty when something does."""
        look = self.rules[_RULE].look
        assert look
        return list(look(belief, self._tree))

    def trouble(self, item: str) -> str:
        """Why what is named so would not run: the rule is asked of a belief that says only that."""
        spelled = item.replace("'", "''")
        head = f"---\nid: B-0\nstatus: enforced\nenforced_by: ['{spelled}']\n---\n# It is\n"
        belief = File("beliefs/B-0.md", "100644", head.encode)
        if not item.isprintable() or belief.keys.get("enforced_by") != [item]:
            return f"nothing can be named so: {item!r}"
        told = self.against(belief)
        return told[0].what if told else ""

    def records(
        self, wanted: Iterable[Found], unread: list[Problem] | None = None
    ) -> Iterator[File]:
        """Some entries of the listing as the oracle reads them; why others cannot be read."""
        loaded = list(self.place.load(wanted))
        troubles = [told for each in loaded if (told := each.problem or each.found.problem)]
        if unread is not None:
            unread += troubles
        sound = [each for each in loaded if not (each.problem or each.found.problem)]
        texts = self.place.blobs([each.oid for each in sound if each.raw is None])
        for each in sound:
            raw = next(texts) if each.raw is None else each.raw
            yield File(shown(each.found.path), "100644", _reader(raw))


def _reader(raw: bytes) -> Callable[[], bytes]:
    return lambda: raw
