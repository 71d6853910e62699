"""What killed processes and other programs left behind in this clone: told, never touched.

A lock of ours whose owner is dead, claim refs that hold no lease, and records that
went without a word: one that the index has lost is dropped by the next commit of
anybody, and one that a commit took along may never have been meant to go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import checkout, claimrefs
from swarm.errors import SwarmError
from swarm.records import FOLDERS, Problem, fold, id_in_name

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.git import Repo

_VERB = re.compile(r"^Swarm-Verb:", re.MULTILINE)
_AT_ONCE = 200  # paths on one command line
_LOG = """-c log.showRoot=true log --no-renames --name-only -z --encoding=UTF-8 --no-color
    --no-show-signature --no-ext-diff --format=%x01%H%x02%an%x02%B""".split()


class Removal(NamedTuple):
    """The commit that took a file away, and how it says so."""

    commit: str
    author: str
    text: str

    def names(self, record_id: str) -> bool:
        """Whether it was meant: swarm did it, or its message speaks of the record."""
        spoken = rf"(?<![\w-]){re.escape(record_id)}(?![\w-])"
        return bool(_VERB.search(self.text) or re.search(spoken, self.text, re.IGNORECASE))


def found(board: Board) -> Iterator[Problem]:
    """Everything that was left, each with the command that takes it away or brings it back."""
    for look in (_lock, _claims, _unstaged, _dropped):
        try:
            yield from look(board)
        except SwarmError as error:  # the others can still be told
            yield Problem(error.where, 0, error.what, error.remedy, "warning")


def _lock(board: Board) -> Iterator[Problem]:
    lock = checkout.forsaken(board.place.repo.git_dir)
    if lock:
        what = "left by a swarm process that was killed: it keeps git from the index"
        remedy = f"rm {quote(str(lock))}, or let the next swarm write clear it away"
        yield Problem(str(lock), 0, what, remedy, "warning")


def _claims(board: Board) -> Iterator[Problem]:
    """Claim refs that hold no lease: their tasks cannot be claimed."""
    repo = board.place.repo
    if not any(slot.fault for slot in claimrefs.read(repo).values()):
        return
    remote = claimrefs.find_remote(repo, board.place.settings.claims_remote)
    for slot in claimrefs.read(repo, None, remote.name if remote else "").values():
        if slot.fault:
            yield Problem(f"{claimrefs.CLAIMS}{slot.key}", 0, slot.fault, slot.remedy)


def _unstaged(board: Board) -> Iterator[Problem]:
    """Records that HEAD and the work tree have, and the index does not."""
    root, repo = board.place.repo.root, board.place.repo
    if board.place.key == "commit" or not root or not repo.head:
        return
    asked = ("diff-index", "--cached", "--diff-filter=D", "--no-renames", "--name-only", "-z")
    for path in _records(repo.run(*asked, repo.head, "--", *FOLDERS).split(b"\0")):
        if (root / path).is_file():
            what = "is not in the index, though HEAD has it and its file is here"
            remedy = f"git reset -q -- {quote(path)}, or the next commit drops it"
            yield Problem(path, 0, what, remedy, "warning")


def _dropped(board: Board) -> Iterator[Problem]:
    """Records that swarm has committed, and that a commit took away without naming them."""
    repo, head = board.place.repo, board.place.head
    gone = {
        path: removal
        for path, removal in _removals(repo, head).items()
        if not removal.names(id_in_name(_name(path)) or "")
    }
    gone = {path: gone[path] for path in _absent(repo, head, gone)}
    gone = {path: gone[path] for path in _added_by_swarm(repo, head, gone)}
    if not gone:
        return
    replaced = {
        fold(edge.target)
        for record in board.view.records()
        for edge in record.edges
        if edge.type == "supersedes"
    }
    for path, removal in sorted(gone.items()):
        record_id = id_in_name(_name(path)) or ""
        there = [each.path for each in board.view.named(record_id)]
        by = f"{removal.commit[:12]} of {removal.author}"
        if path in there:
            what = f"is here, and a commit that does not name it took it out of history: {by}"
            remedy = f"git add {quote(path)} && git commit"
            yield Problem(path, 0, what, remedy, "warning")
        elif not there and fold(record_id) not in replaced:
            what = f"a commit that does not name it took it away: {by}"
            remedy = f"if it was not meant: git checkout {removal.commit[:12]}^ -- {quote(path)}"
            yield Problem(path, 0, what, remedy, "note")


def _removals(repo: Repo, head: str) -> dict[str, Removal]:
    """The latest removal of each record, on the way that HEAD came."""
    if not head:
        return {}
    told = ("--first-parent", "--diff-merges=first-parent", "--diff-filter=D")
    latest: dict[str, Removal] = {}
    for removal, path in _log(repo, (*told, "--end-of-options", head, "--", *FOLDERS)):
        latest.setdefault(path, removal)
    return latest


def _absent(repo: Repo, head: str, paths: Iterable[str]) -> list[str]:
    """Those of some files that a commit does not hold."""
    listed = list(paths)
    held = repo.objects(f"{head}:{path}" for path in listed)
    return [path for path, there in zip(listed, held, strict=True) if not there]


def _added_by_swarm(repo: Repo, head: str, paths: Mapping[str, Removal]) -> set[str]:
    """Those of some files that a commit of swarm's once added, on whatever branch."""
    listed, added = list(paths), set[str]()
    for at in range(0, len(listed), _AT_ONCE):
        asked = ("--full-history", "--diff-filter=A", "--end-of-options", head, "--")
        for commit, path in _log(repo, (*asked, *listed[at : at + _AT_ONCE])):
            if _VERB.search(commit.text):
                added.add(path)
    return added


def _log(repo: Repo, asked: tuple[str, ...]) -> Iterator[tuple[Removal, str]]:
    """Each commit with each record that it names."""
    commit = Removal("", "", "")
    for token in repo.run(*_LOG, *asked).split(b"\0"):
        told = token.lstrip(b"\n")
        if told.startswith(b"\x01"):
            oid, author, text = told[1:].decode("utf-8", "replace").split("\x02", 2)
            commit = Removal(oid, author, text)
        else:
            yield from ((commit, path) for path in _records([told]))


def _records(paths: Iterable[bytes]) -> Iterator[str]:
    """Those of some files that swarm may have written: it never writes a name nobody can type."""
    for path in map(os.fsdecode, paths):
        if path.endswith(".md") and path.isprintable() and id_in_name(_name(path)):
            yield path


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".md")
