"""What a commit would change, or has changed: in the index, in a range, in the work tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from swarm import dropped, git, saying
from swarm.errors import GitError, NotFound, SwarmError
from swarm.records import FOLDERS, SETTINGS, Place

Blob = dropped.Blob
Dropped = dropped.Dropped
Touched = dropped.Touched
locate = git.locate

INDEX = ""  # the name by which the index goes, where a commit's id could stand

# None of what a repository's own .gitmodules would have git overlook, either.
_RAW = ("--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none")
_LOG = (
    "log", "-z", "--topo-order", "--reverse", "--format=%H%x00%P%x00%B", "--no-show-signature",
    "--encoding=UTF-8",
)  # fmt: skip


class Commit(NamedTuple):
    """A commit and what it changed: of a merge, what differs from every parent, or is dropped."""

    id: str
    parent: str  # the first one; nothing's tree when there is none
    message: str
    touched: tuple[Touched, ...]
    dropped: tuple[Dropped, ...] = ()

    @property
    def bypass(self) -> str:
        """Why nobody judged it when it was made; empty when somebody may have."""
        return "; ".join(saying.named(saying.trailers(self.message), "Swarm-Bypass"))


class Stage(NamedTuple):
    """What is staged, and upon which commit; nothing's tree when there is none yet."""

    upon: str
    touched: tuple[Touched, ...]


def surroundings(place: Place) -> Mapping[str, str]:
    """The environment that git is asked in: a hook's own, unless another repository was named."""
    if place.chosen:
        return git.AsStored(place.environ)
    return git.HookEnvironment(place.environ, place.start)


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


def merged(repo: git.Repo, stage: Stage, others: Sequence[str]) -> tuple[Stage, list[Dropped]]:
    """Of what a merge would bring, what none of its parents has; and what it would drop."""
    sides = {repo.head: stage.touched}
    sides |= {each: tuple(_staged_upon(repo, each)) for each in others}

    def since(base: str) -> set[str]:
        return {each.path for each in _staged_upon(repo, base)}

    own = dropped.in_none(sides.values())
    left = tuple(each for each in stage.touched if each.path in own)
    return stage._replace(touched=left), list(dropped.found(sides, _bases(repo, sides), since))


def _staged_upon(repo: git.Repo, commit: str) -> Iterator[Touched]:
    return _touched(repo.run("diff-index", "--cached", *_RAW, commit, "--"))


def _bases(repo: git.Repo, parents: Iterable[str]) -> Callable[[str], list[str]]:
    """Where a parent of a merge and the others parted; nothing's tree when they never met."""
    known: dict[frozenset[str], list[str]] = {}

    def of(parent: str) -> list[str]:
        others = [each for each in parents if each != parent]
        pair = frozenset((parent, *others) if len(others) == 1 else (parent,))  # the same for both
        if pair not in known:
            told = repo.attempt("merge-base", "--all", parent, *others).out
            known[pair] = told.decode().split() or [repo.no_files]
        return known[pair]

    return of


def merging(repo: git.Repo, *, unwritten: bool = True) -> list[str]:
    """The other parents of a merge under way.

    While its first hook runs, git has not written them down, and tells in the air:
    in any other, what is told there comes from somebody else.
    """
    try:
        return (repo.git_dir / "MERGE_HEAD").read_text().split()
    except OSError:
        if not unwritten:
            return []
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


def unpushed(repo: git.Repo, tips: Sequence[tuple[str, str]]) -> Iterator[Commit]:
    """The commits that a push would bring, each of its refs a pair: what will be there, what is.

    What any branch of any remote is known to have is not among them: it came from there,
    or was judged when it went.
    """
    told = repo.run("for-each-ref", "--format=%(objectname)", "--", "refs/remotes/")
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
    forks = {one: many.split() for one, many in zip(ids, parents, strict=False) if " " in many}
    lost = _dropped_by(repo, forks)
    for commit, before, message in zip(ids, parents, messages, strict=False):
        first = before.split()[0] if before else repo.no_files
        touched = tuple(changed.get(commit, ()))
        yield Commit(commit, first, message, touched, tuple(lost.get(commit, ())))


def _dropped_by(repo: git.Repo, merges: Mapping[str, Sequence[str]]) -> dict[str, list[Dropped]]:
    """What each of some merges drops, by their parents."""
    pairs = [(merge, each) for merge, parents in merges.items() for each in parents]
    between = dict(zip(pairs, _between(repo, pairs), strict=True))

    def of(merge: str) -> list[Dropped]:
        sides = {each: between[merge, each] for each in merges[merge]}

        def since(base: str) -> set[str]:
            told = repo.run("diff-tree", "-r", *_RAW, base, merge)
            return {each.path for each in _touched(told)}

        return list(dropped.found(sides, _bases(repo, sides), since))

    return {merge: of(merge) for merge in merges}


def _between(repo: git.Repo, pairs: Sequence[tuple[str, str]]) -> list[list[Touched]]:
    """What each of some merges changes against one of its parents; one question for all."""
    asked = "".join(f"{merge} {parent}\n" for merge, parent in pairs).encode()
    told = repo.run("diff-tree", "--stdin", "--always", "-r", *_RAW, stdin=asked) if pairs else b""
    found: list[list[Touched]] = []
    tokens = iter(told.split(b"\0"))
    for token in filter(None, tokens):
        if token.startswith(b":"):
            found[-1].append(_entry(token, next(tokens)))
        else:
            found.append([])
    return found


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
