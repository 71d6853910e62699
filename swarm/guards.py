"""Guards: what a repository knows to check for itself, asked before a belief is written.

A guard is an executable in tools/guards/. It is run at the top of the repository and
gets the change as one JSON object on its standard input (of a commit by hand twice: its
hooks ask before the message is written, and after):

    {"schema": "swarm/1", "commit": null, "message": TEXT or null,
     "changes": [{"path": TEXT, "before": TEXT or null, "after": TEXT or null}]}

`before` and `after` are the whole texts of records, null where there is none; `commit`
is null while there is none, `message` while nobody knows it. Exit 0 passes; else the
last lines of what it prints say what to mend. All run beside each other, each for at
most ten seconds.

Those of the commit before judge, to the byte, and never what a change brings along: a
guard counts from the commit after its own, and changes or goes only when a person says
so (`Escalation: NAME <ADDRESS>`). So each is laid out of the commit to be run (what it
needs from the repository it finds from there, not beside itself; that is trusted along
with it, where its text says its name). A guard that nobody here trusts, that hangs,
crashes, says too much or is not executable refuses: what was not looked at did not pass.
A history is not judged by guards: they may look at more than is in it, such as the clock
or the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Any, Protocol

from swarm.errors import NotFound, SwarmError
from swarm.records import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from swarm import trust
    from swarm.git import Repo
    from swarm.objects import Touched

FOLDER = "tools/guards"
SCHEMA = "swarm/1"
LIMIT = 10.0  # seconds for each
_LINES, _LETTERS = 3, 400  # of what a guard says: its last lines are the ones that count
_EXECUTABLE, _PLAIN, _LINK, _FOLDER = "100755", "100644", "120000", "040000"
_NO_GUARDS = (".md", ".txt")  # what explains the others


class Place(Protocol):
    """The tree whose guards judge."""

    @property
    def repo(self) -> Repo: ...
    def entries(self, folder: str) -> dict[str, str]: ...
    def raw(self, path: str) -> bytes | None: ...


Change = Mapping[str, str | None]  # path, before, after


def judge(
    place: Place, changes: Sequence[Change], message: str | None, limit: float = LIMIT
) -> Iterator[Problem]:
    """What the guards of a tree have against a change of it."""
    there = _meant(place)
    for path in (path for path, mode in there.items() if mode != _EXECUTABLE):
        yield _not_runnable(path, there[path])
    paths = [path for path, mode in there.items() if mode == _EXECUTABLE]
    if not paths:
        return
    import json  # most boards have no guards, and pay for none of this

    from swarm import trust

    repo, trusted = place.repo, []
    if repo.root is None:
        what = "there is no work tree for it to run in, and so it did not judge"
        yield Problem(paths[0], 1, what, "git worktree add ../work, and write there")
        return
    for path in paths:
        guard = trust.Guard(repo, repo.head, path, place.raw(path) or b"")
        try:
            trust.check_guard(guard)
        except trust.NotTrusted as error:
            yield Problem(path, 1, error.what, error.remedy)
        else:
            trusted.append(guard)
    told = json.dumps(_told(changes, message), ensure_ascii=False).encode("utf-8", "replace")
    endings = trust.run(trusted, repo.root, told, repo.environ, limit) if trusted else []
    for guard, ending in zip(trusted, endings, strict=True):
        yield from _heard(guard.path, ending, str(changes[0]["path"]))


def is_named(name: str) -> bool:
    """Whether a name is a guard's path, rather than a task's id."""
    return name.removeprefix("./").startswith(f"{FOLDER}/")


def loosens(touched: Touched) -> bool:
    """Whether what a guard is, or uses, goes, or is run no more; that it is run, anybody may do."""
    before, after = touched.before, touched.after
    return after is None or (before is not None and after.mode not in (before.mode, _EXECUTABLE))


def explains(touched: Touched) -> bool:
    """Whether it only explains the guards, and was none before."""
    before = touched.before
    return touched.path.endswith(_NO_GUARDS) and not (before and before.mode == _EXECUTABLE)


def committed(repo: Repo, root: Path, name: str) -> trust.Guard:
    """A guard as the last commit has it: so it judges, and so it must lie here to be read."""
    from swarm import trust

    path = name.removeprefix("./")
    found = repo.objects([f"{repo.head}:{path}"])[0] if repo.head else None
    if not found or found[1] != "blob":
        what = "no commit has such a guard, and none judges before it is in one"
        raise NotFound(what, where=path, remedy=f"git add {quote(path)} && git commit")
    raw = next(repo.blobs([found[0]]))
    try:
        lying = (root / path).read_bytes()
    except OSError:
        lying = b""
    if lying.replace(b"\r\n", b"\n") != raw.replace(b"\r\n", b"\n"):
        what = "it lies here otherwise than the last commit has it, and that one judges"
        remedy = f"git diff HEAD -- {quote(path)}; then commit it, or: git restore {quote(path)}"
        raise SwarmError(what, where=path, remedy=remedy)
    return trust.Guard(repo, repo.head, path, raw)


def _meant(place: Place) -> dict[str, str]:
    """What is meant to be a guard, each with its mode; a folder that is none itself is one."""
    folder = place.entries(FOLDER.rpartition("/")[0]).get(FOLDER, _FOLDER)
    if folder != _FOLDER:
        return {FOLDER: folder}
    return {path: mode for path, mode in place.entries(FOLDER).items() if _is_meant(path, mode)}


def _is_meant(path: str, mode: str) -> bool:
    """Whether a file is meant to be a guard: what lies deeper, or only explains, is none."""
    name = path.rpartition("/")[2]
    hidden = name.startswith(".") or name.endswith(_NO_GUARDS)
    return mode == _EXECUTABLE or (mode in (_PLAIN, _LINK) and not hidden)


def _not_runnable(path: str, mode: str) -> Problem:
    if path == FOLDER:
        what = "it is no folder, so that no guard in it can be found"
        return Problem(path, 1, what, f"make it one, of files: git rm --cached {path}")
    if mode == _LINK:
        what = "it is a symbolic link, and a guard is the file itself"
        return Problem(path, 1, what, f"put the file in its place: git rm --cached {quote(path)}")
    what = "it is a guard that is not executable, so that nobody knows what it would say"
    remedy = f"git update-index --chmod=+x {quote(path)} && git commit"
    return Problem(path, 1, what, remedy)


def _told(changes: Sequence[Change], message: str | None) -> dict[str, Any]:
    return {"schema": SCHEMA, "commit": None, "message": message, "changes": list(changes)}


def _heard(guard: str, ending: trust.Ending, about: str) -> Iterator[Problem]:
    """What a guard came to, where it did not pass."""
    lines = [line.strip() for line in ending.tail.splitlines() if line.strip()]
    words = "; ".join(lines[-_LINES:])
    words = words if len(words) <= _LETTERS else f"…{words[-_LETTERS:]}"
    said = f": {words}" if words else ", and says nothing"
    if ending.said == "failed":
        yield Problem(about, 1, f"{guard} refuses it{said}", "mend what it says, and try again")
    elif ending.said != "passed":
        what = f"it {ending.why}, and so did not judge{said}"
        yield Problem(guard, 1, what, f"mend {quote(guard)} in a commit of its own")
