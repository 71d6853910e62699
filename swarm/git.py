"""The only module that starts git, or any process.

Every question is a named method. Paths and lists travel NUL-separated;
the variables by which a hook ties git to one repository are scrubbed, since
agents run inside hooks; reads never take a lock.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import gitenv
from swarm.errors import GitError, NoRepository, NotFound
from swarm.records import Addition, shown

if TYPE_CHECKING:
    from swarm.gitlog import Change

LOCAL_VARIABLES = gitenv.LOCAL_VARIABLES
HookEnvironment = gitenv.HookEnvironment
AsStored = gitenv.AsStored

# rev-parse echoes options it does not know: a separator that no path can know beforehand
_NEXT = f"--swarm-{os.urandom(8).hex()}"

_NO_FILES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class Entry(NamedTuple):
    """A file in a tree or in the index."""

    path: bytes
    mode: str
    oid: str
    skipped: bool = False  # sparse: in the index, not in the work tree


class Done(NamedTuple):
    """What became of a command that may fail: its exit code, none when time ran out."""

    code: int | None
    out: bytes
    err: str


@dataclass(frozen=True)
class Repo:
    """A repository as it was when it was opened: where it lies and where HEAD stood."""

    git_dir: Path
    common_dir: Path
    root: Path | None  # none when bare
    head: str  # empty before the first commit
    object_format: str
    grafts: str  # the shallow boundary and the replace refs: what history is cut or patched by
    shallow: frozenset[str]
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def branch(self) -> str:
        """The ref that HEAD stands for, born or not; empty when it is detached."""
        done = _spawn(self._here, self.environ, ("symbolic-ref", "--quiet", "HEAD"))
        return os.fsdecode(done.stdout.removesuffix(b"\n")) if not done.returncode else ""

    @property
    def nothing(self) -> str:
        """The id by which git means no object."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    @property
    def no_files(self) -> str:
        """The id of the empty tree, which every git knows: what stood before the first commit."""
        return _NO_FILES[self.object_format]

    @property
    def _here(self) -> Path:
        return self.root or self.git_dir

    def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """git's standard output, or GitError with git's own sentence."""
        done = _spawn(self._here, self.environ, arguments, stdin)
        if done.returncode:
            verb = next(word for word in arguments if word[0] != "-" and "=" not in word)
            raise _refusal(done, f"git {verb}", str(self._here))
        return done.stdout

    def attempt(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environ: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Done:
        """Run what may well be refused, with more in its environment and an end to waiting."""
        with subprocess.Popen(
            _command(arguments), cwd=self._here,
            env=gitenv.scrubbed(self.environ) | dict(environ or {}),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,  # so that what git started for itself ends with it
        ) as process:  # fmt: skip
            try:
                out, err = process.communicate(stdin, seconds)
            except subprocess.TimeoutExpired:
                out, err = _ended(process)
                return Done(None, out, err.decode("utf-8", "replace"))
        return Done(process.returncode, out, err.decode("utf-8", "replace"))

    def converse(self, *arguments: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A git that is talked to: orders to its standard input, answers from its output."""
        return subprocess.Popen(
            _command(arguments), cwd=self._here, env=gitenv.scrubbed(self.environ) | dict(environ),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def commit_of(self, revision: str) -> str:
        """The commit a revision names. `:/text` takes no suffix, so it is resolved first."""
        name = revision
        for suffix in ("", "^{commit}"):
            asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", name + suffix)
            done = _spawn(self._here, self.environ, asked)
            name = done.stdout.decode("utf-8", "replace").strip()
            if done.returncode or not name:
                what = f"no commit is called {revision!r}"
                raise NotFound(what, where=str(self._here), remedy="git log --oneline --all")
        return name

    def tree_files(self, commit: str, folders: Iterable[str]) -> list[Entry]:
        """The files below some folders in a commit."""
        listing = self.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *folders)
        entries = []
        for row in filter(None, listing.split(b"\0")):
            facts, path = row.split(b"\t", 1)
            mode, _, oid = facts.decode().split()
            entries.append(Entry(path, mode, oid))
        return entries

    def index_files(self, folders: Iterable[str]) -> list[Entry]:
        """The files below some folders in the index, with those sparse checkout left out."""
        listing = self.run("ls-files", "-z", "-t", "--stage", "--", *folders)
        entries = []
        for row in filter(None, listing.split(b"\0")):
            facts, path = row.split(b"\t", 1)
            tag, mode, oid, _ = facts.decode().split()
            entries.append(Entry(path, mode, oid, skipped=tag == "S"))
        return entries

    def is_sparse(self) -> bool:
        return (self.git_dir / "info" / "sparse-checkout").exists()

    def blobs(self, oids: Iterable[str]) -> Iterator[bytes]:
        """The contents of blobs, in order, through one `cat-file --batch`."""
        wanted = list(oids)
        if not wanted:
            return
        with subprocess.Popen(
            _command(("cat-file", "--batch")),
            cwd=self._here, env=gitenv.scrubbed(self.environ),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdin and process.stdout
            for start in range(
                0, len(wanted), 500
            ):  # less than a pipe holds, so neither side waits
                batch = wanted[start : start + 500]
                process.stdin.write("".join(f"{oid}\n" for oid in batch).encode())
                process.stdin.flush()
                for oid in batch:
                    yield self._blob(process.stdout.readline(), oid, process.stdout)

    def objects(self, names: Iterable[str]) -> list[tuple[str, str] | None]:
        """The id and type of what each revision expression names, if it is there."""
        wanted = list(names)
        if not wanted:
            return []
        asked = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
        told = self.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)
        found: list[tuple[str, str] | None] = []
        for row in told.decode("utf-8", "replace").splitlines():
            oid, _, kind = row.rpartition(" ")
            found.append((oid, kind) if kind in ("blob", "tree", "commit", "tag") else None)
        return found

    def last_change(self, head: str, path: str) -> str:
        """The commit that last changed a file."""
        asked = ("log", "-1", "--no-show-signature", "--format=%H", "--end-of-options", head)
        return self.run(*asked, "--", path).decode().strip()

    def unreachable(self, commits: Iterable[str], head: str) -> set[str]:
        """Those of some commits that are no part of the history behind another one."""
        wanted = set(commits)
        try:
            told = self.run("rev-list", "--end-of-options", *sorted(wanted), f"^{head}", "--")
        except GitError:  # of an abandoned branch the older half may be pruned: ask from this side
            return wanted - set(
                self.run("rev-list", "--end-of-options", head, "--").decode().split()
            )
        return wanted & set(told.decode().split())

    def changed_paths(self) -> list[str]:
        """The paths that differ from the last commit, or are new."""
        rows = self.run("status", "--porcelain", "-z", "--no-renames", "-unormal")
        return [shown(row[3:]) for row in rows.split(b"\0") if row]

    def additions(self, span: str, pathspecs: Iterable[str]) -> Iterator[Addition]:
        """Every commit of a span that added files, with its author date.

        Merges are compared with their first parent, so that a file that only a
        merge brought is found as well.
        """
        from swarm import gitlog  # a warm read has nothing to learn from history

        # --sparse: from a watermark on, git takes a merge whose first parent is old for no news
        asked = """-c log.showRoot=true log --encoding=UTF-8 --full-history --sparse
            --diff-merges=first-parent --no-renames --diff-filter=A --name-only -z
            --no-color --no-show-signature --no-ext-diff"""
        log = self.run(
            *asked.split(), "--format=%x01%H %at %ct", "--end-of-options", span, "--", *pathspecs
        )
        yield from gitlog.additions(log)

    def changes(self, head: str, pathspecs: Iterable[str]) -> Iterator[Change]:
        """Every change of files behind a commit, parents before children; removals aside.

        Of a merge, only what differs from all of its parents.
        """
        from swarm import gitlog

        asked = """-c log.showRoot=true log --topo-order --reverse --full-history
            --diff-merges=combined --raw -z --no-abbrev --no-renames --format=%x01%H
            --no-color --no-show-signature --no-ext-diff"""
        log = self.run(*asked.split(), "--end-of-options", head, "--", *pathspecs)
        yield from gitlog.changes(log)

    def first_parents(self, span: str) -> list[tuple[str, str]]:
        """The first-parent chain of a span, newest first, each with its own first parent."""
        rows = self.run("rev-list", "--first-parent", "--parents", "--end-of-options", span, "--")
        chain = []
        for row in rows.decode().splitlines():
            commit, *parents = row.split()
            chain.append((commit, parents[0] if parents else ""))
        return chain

    def is_ancestor(self, older: str, newer: str) -> bool:
        done = _spawn(self._here, self.environ, ("merge-base", "--is-ancestor", older, newer))
        return done.returncode == 0

    def _blob(self, header: bytes, oid: str, stream: object) -> bytes:
        words = header.split()
        if len(words) != 3:
            raise GitError(
                f"the object {oid} is missing", where=str(self.common_dir),
                remedy="git fsck; git fetch --refetch",
            )  # fmt: skip
        content: bytes = stream.read(int(words[2]) + 1)  # type: ignore[attr-defined]
        return content[:-1]


def locate(start: Path, environ: Mapping[str, str]) -> Repo:
    """The repository that `start` lies in, with all that one `rev-parse` can tell."""
    asked = (
        "rev-parse",
        "--is-inside-work-tree",
        "--is-shallow-repository",
        "--show-object-format",
        "--absolute-git-dir",
        _NEXT,
        "--path-format=absolute",
        "--git-common-dir",
        _NEXT,
        "--show-cdup",
        _NEXT,
        "--git-path",
        "shallow",
        _NEXT,
        "--glob=refs/replace/*",
        _NEXT,
        "HEAD",
        "--symbolic-full-name",
        "--glob=refs/replace/*",
    )
    done = _spawn(start, environ, asked)
    # Before the first commit git stops at HEAD, having told all the rest.
    if done.returncode and done.stdout.count(_NEXT.encode()) < 5:
        raise _refusal(done, "git rev-parse", str(start))
    parts = [part.removesuffix(b"\n") for part in done.stdout.split(_NEXT.encode() + b"\n")]
    inside, is_shallow, object_format, git_dir = parts[0].split(b"\n", 3)
    common_dir, cdup, shallow_file, replacing = map(os.fsdecode, parts[1:5])
    head, *replaced = [""] if done.returncode else os.fsdecode(parts[5]).split("\n")
    boundary = Path(shallow_file).read_text().split() if is_shallow == b"true" else []
    return Repo(
        git_dir=Path(os.fsdecode(git_dir)),
        common_dir=Path(common_dir),
        root=(start / cdup).resolve() if inside == b"true" else None,
        head=head or _unborn(start, environ),
        object_format=object_format.decode(),
        grafts=" ".join([*sorted(boundary), *replacing.split(), *replaced]),
        shallow=frozenset(boundary),
        environ=environ,
    )


def ask(
    start: Path, environ: Mapping[str, str], *arguments: str, stdin: bytes | None = None
) -> bytes:
    """What git says where `start` lies, of whose repository nothing is known yet.

    1 is how git ends when it has found nothing.
    """
    done = _spawn(start, environ, arguments, stdin)
    if done.returncode not in (0, 1):
        raise _refusal(done, f"git {arguments[0]}", str(start))
    return done.stdout


def _unborn(start: Path, environ: Mapping[str, str]) -> str:
    """No commit: since there is none yet, and not since what names it is damaged."""
    named = _spawn(start, environ, ("symbolic-ref", "--quiet", "HEAD"))
    branch = os.fsdecode(named.stdout.removesuffix(b"\n"))
    done = _spawn(start, environ, ("for-each-ref", "--count=1", branch or "refs/heads"))
    if b"broken ref" in done.stderr:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[0]
        raise GitError(said.removeprefix("warning: "), where=str(start), remedy="git fsck")
    return ""


def _spawn(
    cwd: Path, environ: Mapping[str, str], arguments: tuple[str, ...], stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            _command(arguments),
            cwd=cwd,
            env=gitenv.scrubbed(environ),
            input=stdin or b"",
            capture_output=True,
            check=False,
        )
    except OSError as error:
        if not cwd.is_dir():
            raise NoRepository("there is no such folder", where=str(cwd), remedy="ls") from error
        what = f"git is not installed, or not on PATH: {error.strerror}"
        raise GitError(what, where=str(cwd), remedy="install git, or mend PATH") from error


def _ended(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Stop git and what it started, and give them the time to take their locks away."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        told = process.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        told = process.communicate()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what would not go, and holds no pipe of ours
    return told


def _command(arguments: tuple[str, ...]) -> list[str]:
    return ["git", "--no-optional-locks", "--no-pager", "--literal-pathspecs", *arguments]


def _refusal(done: subprocess.CompletedProcess[bytes], what: str, where: str) -> GitError:
    """git's own sentence, whatever traces and hints stand around it."""
    said = done.stderr.decode("utf-8", "replace").strip()
    sentences = re.findall(r"^(?:fatal|error): (.*)$", said, re.MULTILINE)
    first = sentences[0] if sentences else f"ended with {done.returncode}"
    if "not a git repository" in said:
        return NoRepository("there is no git repository here", where=where, remedy="git init")
    if "dubious ownership" in first:
        named = re.search(r"'(.+)'", first)
        place = named[1] if named else where
        remedy = f"git config --global --add safe.directory {quote(place)}"
        return GitError(first, where=place, remedy=remedy)
    return GitError(f"{what}: {first}", where=where, remedy="git fsck, then try again")
