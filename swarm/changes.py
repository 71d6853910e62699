"""What a commit would change, or has changed: in the index, in a range, in the work tree."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from swarm import git, objects
from swarm.errors import GitError, NotFound, SwarmError
from swarm.records import FOLDERS, SETTINGS, Place

Blob = objects.Blob
Touched = objects.Touched
locate = git.locate

INDEX = ""  # the name by which the index goes, where a commit's id could stand

# None of what a repository's own .gitmodules would have git overlook, either.
_RAW = ("--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none")
_LOG = (
    "log", "-z", "--topo-order", "--reverse", "--format=%H%x00%P%x00%B", "--no-show-signature",
    "--encoding=UTF-8",
)  # fmt: skip


class Commit(NamedTuple):
    """A commit and what it changed: of a merge, only what differs from every parent."""

    id: str
    parent: str  # the first one; nothing's tree when there is none
    message: str
    touched: tuple[Touched, ...]

    @property
    def bypass(self) -> str:
        """Why nobody judged it when it was made; empty when somebody may have."""
        found = re.search(r"(?mi)^Swarm-Bypass[ \t]*:[ \t]*(\S.*)$", self.message)
        return found[1].strip() if found else ""


class Stage(NamedTuple):
    """What is staged, and upon which commit; nothing's tree when there is none yet."""

    upon: str
    touched: tuple[Touched, ...]


def surroundings(place: Place) -> Mapping[str, str]:
    """The environment that git is asked in: a hook's own, unless another repository was named."""
    hook = git.HookEnvironment(place.environ, place.start)
    return place.environ if place.chosen else hook


def staged(start: Path, environ: Mapping[str, str]) -> Stage:
    """What the index holds that the last commit does not: one question, when there is a commit."""
    asked = ("diff-index", "--cached", "--ita-invisible-in-index", *_RAW)
    try:
        told, upon = git.ask(start, environ, *asked, "HEAD", "--"), "HEAD"
    except GitError as error:
        upon = _nothing_yet(start, environ, error)
        told = git.ask(start, environ, *asked, upon, "--")
    return Stage(upon, tuple(_touched(told)))


def _nothing_yet(start: Path, environ: Mapping[str, str], error: GitError) -> str:
    """The empty tree, when there is no commit since it would be the first."""
    repo = git.locate(start, environ)
    if repo.head:
        raise error
    return repo.no_files


def _touched(raw: bytes) -> Iterator[Touched]:
    tokens = iter(raw.split(b"\0"))
    for token in tokens:
        if token.startswith(b":"):
            yield _entry(token, next(tokens))


def _entry(facts: bytes, path: bytes) -> Touched:
    """One raw line; that of a merge has a mode and an id for every parent, the first one first."""
    parents = len(facts) - len(facts.lstrip(b":"))
    words = facts.lstrip(b":").decode().split()
    name = os.fsdecode(path)
    before, after = words[0], words[parents]
    found = Touched(name, _blob(before, words[parents + 1]), _blob(after, words[-2]))
    if words[-1].startswith("U") and found.is_of_board:
        remedy = f"git status; mend the file, then: git add {quote(name)}"
        raise SwarmError("it is unmerged: nobody can judge it yet", where=name, remedy=remedy)
    return found


def _blob(mode: str, oid: str) -> Blob | None:
    return Blob(mode, oid) if mode.strip("0") else None


def mentioned(repo: git.Repo, paths: list[str], tree: str) -> bool:
    """Whether a belief of a tree, or of the index, names one of some paths."""
    where = (tree,) if tree else ("--cached",)
    asked = ("grep", "-l", "-z", "--no-color", "-F", "-f", "-", *where, "--", "beliefs")
    return bool(repo.attempt(*asked, stdin=os.fsencode("\n".join(paths))).out)


def apart(repo: git.Repo, touched: Iterable[Touched], others: Iterable[str]) -> list[Touched]:
    """Of what a merge would bring, what none of its other parents has either."""
    left = {each.path: each for each in touched}
    for other in others:
        told = repo.run("diff-index", "--cached", *_RAW, other, "--")
        differs = {each.path for each in _touched(told)}
        left = {path: each for path, each in left.items() if path in differs}
    return list(left.values())


def merging(repo: git.Repo) -> list[str]:
    """The other parents of a merge under way. While its first hook runs, git tells in the air."""
    try:
        return (repo.git_dir / "MERGE_HEAD").read_text().split()
    except OSError:
        prefix = "GITHEAD_"
        told = [name[len(prefix) :] for name in repo.environ if name.startswith(prefix)]
        return [each for each in told if _is_ahead(repo, each)]


def _is_ahead(repo: git.Repo, commit: str) -> bool:
    """Whether it is still to be merged: a hook of a merge may commit things of its own."""
    here = repo.objects([commit]) != [None]
    return here and not repo.is_ancestor(commit, repo.head)


def in_range(repo: git.Repo, span: str) -> Iterator[Commit]:
    """The commits of a range, parents before children, each with what it changed."""
    try:
        told = repo.run(*_LOG, "--end-of-options", span, "--")
    except GitError as error:
        what, remedy = f"there is no range {span!r}: {error.what}", "git log --oneline --all"
        raise NotFound(what, where=str(repo.common_dir), remedy=remedy) from error
    yield from _commits(repo, told)


def unpushed(repo: git.Repo, remote: str, tips: Sequence[tuple[str, str]]) -> Iterator[Commit]:
    """The commits that a push would bring, each of its refs a pair: what will be there, what is.

    What any branch of the remote is known to have is not among them.
    """
    told = repo.run("for-each-ref", "--format=%(objectname)", "--", f"refs/remotes/{remote}/")
    known = [*told.decode().split(), *(there for _, there in tips)]
    wanted = _here(repo, [tip for tip, _ in tips])
    if wanted:
        asked = [*wanted, *(f"^{each}" for each in _here(repo, known))]
        lines = "".join(f"{each}\n" for each in asked).encode()
        yield from _commits(repo, repo.run(*_LOG, "--stdin", stdin=lines))


def _here(repo: git.Repo, names: Iterable[str]) -> list[str]:
    """The commits among what is named, those that are here."""
    found = repo.objects(f"{each}^{{commit}}" for each in dict.fromkeys(names) if each.strip("0"))
    return [each[0] for each in found if each]


def _commits(repo: git.Repo, told: bytes) -> Iterator[Commit]:
    fields = told.decode("utf-8", "replace").split("\0")
    ids, parents, messages = fields[0::3], fields[1::3], fields[2::3]
    changed = _changed(repo, ids[: len(messages)])
    for commit, before, message in zip(ids, parents, messages, strict=False):
        first = before.split()[0] if before else repo.no_files
        yield Commit(commit, first, message, tuple(changed.get(commit, ())))


def _changed(repo: git.Repo, commits: list[str]) -> dict[str, list[Touched]]:
    asked = ("diff-tree", "--stdin", "-r", "-c", "--root", *_RAW)
    told = repo.run(*asked, stdin="".join(f"{each}\n" for each in commits).encode())
    found: dict[str, list[Touched]] = {}
    here: list[Touched] = []
    tokens = iter(told.split(b"\0"))
    for token in tokens:
        if token.startswith(b":"):
            here.append(_entry(token, next(tokens)))
        elif token:
            here = found.setdefault(token.strip().decode(), [])
    return found


def in_work_tree(repo: git.Repo, root: Path, paths: list[str]) -> list[Touched]:
    """Files as they lie in the work tree, against the last commit: those named, or all changed.

    What is named and has not changed stands on both sides.
    """
    upon, below = repo.head or repo.no_files, paths or [*FOLDERS, SETTINGS]
    changed = list(_touched(repo.run("diff-index", *_RAW, upon, "--", *below)))
    before = {each.path: each.before for each in changed}
    new = repo.run("ls-files", "-z", "--others", "--exclude-standard", "--", *below)
    for path in filter(None, os.fsdecode(new).split("\0")):
        before.setdefault(path, None)
    found = [Touched(path, blob, _lying(root / path)) for path, blob in before.items()]
    named = repo.tree_files(upon, paths) if paths else []
    same = {os.fsdecode(each.path): Blob(each.mode, each.oid) for each in named}
    return found + [Touched(path, blob, blob) for path, blob in same.items() if path not in before]


def _lying(path: Path) -> Blob | None:
    """A file on disk; a link is its own text, a folder in a file's place another repository."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            return Blob("120000", raw=os.fsencode(path.readlink()))
        if stat.S_ISREG(mode):
            return Blob("100755" if mode & 0o111 else "100644", raw=path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(path), remedy=f"ls -l {quote(str(path))}") from error
    return Blob("160000", raw=b"")
