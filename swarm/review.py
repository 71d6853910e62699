"""What `swarm check` looks at: what is staged, the commits of a range, files of the work tree.

What is staged is asked for before anything else is loaded: most commits touch no record.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import changes, saying
from swarm.errors import SwarmError, UsageError
from swarm.records import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from swarm.changes import Commit, Dropped, Stage, Touched
    from swarm.git import Repo
    from swarm.hearing import Finding
    from swarm.records import Place

_HABITS = r"^(core\.comment(char|string)|commit\.cleanup|i18n\.commitencoding)$"
_STATED = ("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT")  # settings for this one command
_AUTO = "#;@!$%^&|:"  # of which git takes one that begins no line
_RECENT = 3  # bypasses that are told one by one
_OWED = "bypass"  # the name of what a commit owes that went around the oracle


class Review(NamedTuple):
    """How many changes of the board, in how many commits, were looked at, and what of it."""

    checked: int
    commits: int
    findings: tuple[Finding, ...]


class Habits(NamedTuple):
    """How git treats a message: what begins its comments, whether it shows and strips them."""

    comment: str
    edited: bool
    strips: bool
    encoding: str


def staged(place: Place, message: Path | None, unwritten: bool = True) -> Review:
    """What the next commit would change, as the index has it that the hook was given.

    `unwritten`: a merge may be under way that git has not written down yet.
    """
    found = _at_stake(place, unwritten)
    if not found:
        return Review(0, 0, ())
    from swarm import hearing

    repo, stage, dropped = found
    said, agent = _message(place, repo, message), place.environ.get("SWARM_AGENT", "")
    with hearing.Objects(repo) as store:
        write = hearing.Write(stage.touched, stage.upon, changes.INDEX, said, agent=agent)
        heard = hearing.hear(store, write)
        for each in dropped:
            lost = write._replace(touched=each.touched, base=each.parent)
            heard += _taken_back(hearing.hear(store, lost), each)
    checked = _count(stage.touched) + sum(_count(each.touched) for each in dropped)
    return Review(checked, 0, tuple(heard))


def is_at_stake(place: Place, *, unwritten: bool = True) -> bool:
    """Whether the next commit would change anything that a rule could have something to say of."""
    return _at_stake(place, unwritten) is not None


def _at_stake(place: Place, unwritten: bool) -> tuple[Repo, Stage, list[Dropped]] | None:
    start, environ = place.start, changes.surroundings(place)
    stage = changes.staged(start, environ)
    repo, dropped = changes.locate(start, environ), list[changes.Dropped]()
    if others := changes.merging(repo, unwritten=unwritten):
        stage, dropped = changes.merged(repo, stage, others)
        dropped = [each for each in dropped if _concerns(repo, each.touched, changes.INDEX)]
    is_own = _concerns(repo, stage.touched, changes.INDEX)
    return (repo, stage, dropped) if is_own or dropped else None


def _taken_back(heard: Iterable[Finding], dropped: Dropped) -> list[Finding]:
    """What is against a merge that has something as it was before one of its parents changed it."""
    told, by = [], dropped.parent[:12]
    for each in heard:
        what = f"the merge takes back what {by} has: {each.problem.what}"
        remedy = f"git checkout {by} -- {quote(each.problem.path)}; then commit"
        told.append(each._replace(problem=each.problem._replace(what=what, remedy=remedy)))
    return told


def spanned(place: Place, span: str) -> Review:
    """Every commit of a range, each by the rules that its parent had."""
    repo = changes.locate(place.start, changes.surroundings(place))
    return _all(repo, changes.in_range(repo, span))


def pushed(place: Place, tips: Sequence[tuple[str, str]]) -> Review:
    """Every commit that a push would bring: what will be there of each ref, and what is."""
    repo = changes.locate(place.start, changes.surroundings(place))
    done = _all(repo, changes.unpushed(repo, tips))
    return done._replace(findings=tuple(_in_one(done.findings)))


def _in_one(found: Sequence[Finding]) -> Iterator[Finding]:
    """The same with what is long owed in one line: whoever sends it on has read it before."""
    old = [each for each in found if each.rule == _OWED][:-_RECENT]
    more = f" (and {len(old) - 1} before it: swarm next)" if len(old) > 1 else ""
    for each in found:
        if old and each is old[-1]:
            yield each._replace(problem=each.problem._replace(what=each.problem.what + more))
        elif each not in old:
            yield each


def habits(place: Place, message: str) -> Habits:
    """How git will treat a message here. By an editor that does nothing it says that none is."""
    repo = changes.locate(place.start, changes.surroundings(place))
    around = {each: place.environ[each] for each in _STATED if each in place.environ}
    told = repo.attempt("config", "-z", "--get-regexp", _HABITS, environ=around).out
    rows = (row.partition("\n") for row in told.decode("utf-8", "replace").split("\0"))
    stated = {name.lower(): value for name, _, value in rows}
    # What git itself puts before a line: which setting counts is a matter of its age.
    put = repo.attempt("stripspace", "--comment-lines", stdin=b"x\n", environ=around).out
    comment = put.decode("utf-8", "replace").removesuffix("x\n").rstrip(" ") or "#"
    if "auto" in (stated.get("core.commentchar"), stated.get("core.commentstring")):
        comment = _chosen(message)
    edited = place.environ.get("GIT_EDITOR") != ":"
    strips = stated.get("commit.cleanup", "default") in ("default", "strip")
    return Habits(comment, edited, strips, _codec(stated.get("i18n.commitencoding", "")))


def _chosen(message: str) -> str:
    """The comment character that git has looked for itself, as it shows above its scissors."""
    last = next((each for each in _AUTO if saying.scissors(message, each) is not None), "")
    last = last or message.strip().split("\n")[-1][:1]
    return last if last and last in _AUTO else "#"


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return "utf-8"


def _all(repo: Repo, told: Iterable[Commit]) -> Review:
    from swarm import hearing

    checked, commits = 0, 0
    found: list[Finding] = []
    with hearing.Objects(repo) as store:
        for each in told:
            commits += 1
            if each.bypass:
                found.append(_let_through(each))
            heard: list[Finding] = []
            own = changes.Dropped(each.parent, each.touched)
            for change in (own, *each.dropped):
                if _concerns(repo, change.touched, change.parent):
                    checked += _count(change.touched)
                    write = hearing.Write(
                        change.touched, change.parent, each.id, each.message, verdicts=None
                    )
                    against = hearing.hear(store, write)
                    heard += against if change is own else _taken_back(against, change)
            heard = [told._replace(commit=each.id) for told in heard]
            found += map(_softened, heard) if each.bypass else heard
    return Review(checked, commits, tuple(found))


def _let_through(commit: Commit) -> Finding:
    """What is owed for a commit that went around the oracle."""
    from swarm import hearing

    of_board = [each.path for each in commit.touched if each.is_of_board]
    path = next(iter(of_board or [each.path for each in commit.touched]), ".")
    remedy = f"git show {commit.id[:12]}; mend in a commit of its own what is wrong with it"
    problem = Problem(path, 1, f"nobody judged it: {commit.bypass}", remedy, "warning")
    return hearing.Finding(_OWED, "what went around the rules is still owed", problem, commit.id)


def _softened(told: Finding) -> Finding:
    """What was let through for a reason does not stop anybody again, and is not forgotten."""
    level = "warning" if told.problem.level == "error" else told.problem.level
    return told._replace(problem=told.problem._replace(level=level))


def files(place: Place, paths: tuple[str, ...]) -> Review:
    """Files as they lie in the work tree, beside those of the last commit."""
    from swarm import hearing

    repo = changes.locate(place.start, changes.surroundings(place))
    if repo.root is None:
        what = "there is no work tree here"
        raise UsageError(what, where=str(repo.git_dir), remedy="swarm check --range A..B")
    named = [_inside(repo.root, place.start, each) for each in paths]
    touched = changes.in_work_tree(repo, repo.root, named)
    base = repo.head or repo.no_files
    laid = {each.path: each.after for each in touched if each.after != each.before}
    with hearing.Objects(repo) as store:
        found = hearing.hear(store, hearing.Write(touched, base, base, laid=laid))
    return Review(_count(touched), 0, tuple(found))


def _may_concern(touched: Sequence[Touched]) -> bool:
    """Whether a rule could have something to say: of the board, or of what a belief names."""
    return any(each.is_of_board or each.is_less for each in touched)


def _concerns(repo: Repo, touched: Sequence[Touched], tree: str) -> bool:
    if not _may_concern(touched):
        return False
    lost = [each.path for each in touched if each.is_less]
    return any(each.is_of_board for each in touched) or changes.mentioned(repo, lost, tree)


def _count(touched: Sequence[Touched]) -> int:
    return sum(each.is_of_board for each in touched)


def _message(place: Place, repo: Repo, file: Path | None) -> str | None:
    """What the commit is going to say: git has written it down where a merge or a pick goes on."""
    path = file or repo.git_dir / "MERGE_MSG"
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        if file is None:
            return None
        what = f"the message cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(file), remedy="--message .git/COMMIT_EDITMSG") from error
    if not saying.may_tell(text):  # as most, and then nobody asks what git would cut off
        return text
    how = habits(place, text)
    return saying.cleaned(text, how.comment, edited=how.edited)


def _inside(root: Path, start: Path, path: str) -> str:
    """A path as git has it, from the top of the repository."""
    whole = Path(os.path.normpath(start.resolve() / path))
    if whole != root and root not in whole.parents:
        what = f"{path} is outside of this repository"
        raise UsageError(what, where=str(root), remedy="git status")
    return whole.relative_to(root).as_posix()
