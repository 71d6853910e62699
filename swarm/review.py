"""What `swarm check` looks at: what is staged, the commits of a range, files of the work tree.

What is staged is asked for before anything else is loaded: most commits touch no record.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swarm import changes
from swarm.errors import SwarmError, UsageError
from swarm.records import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from swarm.changes import Commit, Stage, Touched
    from swarm.git import Repo
    from swarm.hearing import Finding
    from swarm.records import Place

_SCISSORS = r"(?ms)^# -+ >8 -+\n.*"
_COMMENT = r"(?m)^#.*\n?"


class Review(NamedTuple):
    """How many changes of the board, in how many commits, were looked at, and what of it."""

    checked: int
    commits: int
    findings: tuple[Finding, ...]


def staged(place: Place, message: Path | None) -> Review:
    """What the next commit would change, as the index has it that the hook was given."""
    found = _at_stake(place)
    if not found:
        return Review(0, 0, ())
    from swarm import hearing

    repo, stage = found
    others = changes.merging(repo)
    touched = changes.apart(repo, stage.touched, others) if others else list(stage.touched)
    said = _message(repo, message)
    with hearing.Objects(repo) as store:
        write = hearing.Write(touched, stage.upon, changes.INDEX, said)
        return Review(_count(touched), 0, tuple(hearing.hear(store, write)))


def is_at_stake(place: Place) -> bool:
    """Whether the next commit would change anything that a rule could have something to say of."""
    return _at_stake(place) is not None


def _at_stake(place: Place) -> tuple[Repo, Stage] | None:
    start, environ = place.start, changes.surroundings(place)
    stage = changes.staged(start, environ)
    if not _may_concern(stage.touched):
        return None
    repo = changes.locate(start, environ)
    return (repo, stage) if _concerns(repo, stage.touched, changes.INDEX) else None


def spanned(place: Place, span: str) -> Review:
    """Every commit of a range, each by the rules that its parent had."""
    repo = changes.locate(place.start, changes.surroundings(place))
    return _all(repo, changes.in_range(repo, span))


def pushed(place: Place, remote: str, tips: Sequence[tuple[str, str]]) -> Review:
    """Every commit that a push would bring: what will be there of each ref, and what is."""
    repo = changes.locate(place.start, changes.surroundings(place))
    return _all(repo, changes.unpushed(repo, remote, tips))


def setting(place: Place, name: str) -> str:
    """What git's settings say here; empty when they say nothing."""
    told = changes.locate(place.start, changes.surroundings(place)).attempt("config", name).out
    return told.decode("utf-8", "replace").rstrip("\n")


def _all(repo: Repo, told: Iterable[Commit]) -> Review:
    from swarm import hearing

    checked, commits = 0, 0
    found: list[Finding] = []
    with hearing.Objects(repo) as store:
        for each in told:
            commits += 1
            if each.bypass:
                found.append(_let_through(each))
            if not (_may_concern(each.touched) and _concerns(repo, each.touched, each.parent)):
                continue
            checked += _count(each.touched)
            write = hearing.Write(each.touched, each.parent, each.id, each.message, verdicts=None)
            heard = [told._replace(commit=each.id) for told in hearing.hear(store, write)]
            found += map(_softened, heard) if each.bypass else heard
    return Review(checked, commits, tuple(found))


def _let_through(commit: Commit) -> Finding:
    """What is owed for a commit that went around the oracle."""
    from swarm import hearing

    of_board = [each.path for each in commit.touched if each.is_of_board]
    path = next(iter(of_board or [each.path for each in commit.touched]), ".")
    remedy = f"git show {commit.id[:12]}; mend in a commit of its own what is wrong with it"
    problem = Problem(path, 1, f"nobody judged it: {commit.bypass}", remedy, "warning")
    return hearing.Finding("bypass", "what went around the rules is still owed", problem, commit.id)


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
    lost = [each.path for each in touched if each.is_less]
    return any(each.is_of_board for each in touched) or changes.mentioned(repo, lost, tree)


def _count(touched: Sequence[Touched]) -> int:
    return sum(each.is_of_board for each in touched)


def _message(repo: Repo, file: Path | None) -> str | None:
    """What the commit is going to say: git has written it down where a merge or a pick goes on."""
    path = file or repo.git_dir / "MERGE_MSG"
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        if file is None:
            return None
        what = f"the message cannot be read: {error.strerror}"
        raise SwarmError(what, where=str(file), remedy="--message .git/COMMIT_EDITMSG") from error
    return re.sub(_COMMENT, "", re.sub(_SCISSORS, "", text))


def _inside(root: Path, start: Path, path: str) -> str:
    """A path as git has it, from the top of the repository."""
    whole = Path(os.path.normpath(start.resolve() / path))
    if whole != root and root not in whole.parents:
        what = f"{path} is outside of this repository"
        raise UsageError(what, where=str(root), remedy="git status")
    return whole.relative_to(root).as_posix()
