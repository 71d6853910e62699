"""One write, whole or not at all: our own paths on the current branch, whoever else is at work.

The order of the steps was paid for in lost records: the files, our entries in the
real index, a commit made in a private one, the branch locked, a last look, the
swap. A person's plain `git commit` that reads the index at any moment of it finds
our record in the index already, or does not find our commit in the branch yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swarm import checkout, landing
from swarm.checkout import Changes, Entries, Hindered, Place
from swarm.errors import SwarmError
from swarm.records import RefUpdate

if TYPE_CHECKING:
    from swarm.git import Repo

Message = landing.Message

_ATTEMPTS = 50  # each fails only because somebody else succeeded
_STUCK = 10  # or because of a ref's lock, for which git waits a while each time


class RefMoved(SwarmError):
    """A ref that was to move together with the branch is no more where it was seen."""

    exit_code = 6


class Committed(NamedTuple):
    """The commit that holds the change; empty when there is none, and why says so."""

    commit: str
    why: str = ""


class _Work(NamedTuple):
    """What is to be done, the same through all attempts."""

    place: Place
    changes: Changes
    refs: Sequence[RefUpdate]
    said: landing.Words
    wanted: Entries
    base: Entries


class _Again(Exception):
    """Somebody else was quicker, or is in the way: look anew."""

    def __init__(self, why: str, *, stuck: bool = False) -> None:
        super().__init__(why)
        self.stuck = stuck  # nothing has moved, and yet git refuses


def commit(  # noqa: PLR0913 - what a write is, where, by whom and when
    repo: Repo,
    root: Path,
    changes: Changes,
    message: Message,
    environ: Mapping[str, str],
    now_ns: int,
    *,
    refs: Sequence[RefUpdate] = (),
    fresh: bool = False,
    keep: bool = False,
    start: Mapping[str, bytes] | None = None,
) -> Committed:
    """Write files and commit them, and move some refs in the same transaction.

    `fresh`: no path may be there yet. `keep`: write the files, and leave it at that.
    `start`: what each file said when its new bytes were made of it; a file that says
    something else now is not written over.
    When nothing could be committed the files stay, no ref has moved, and why is told.
    """
    place = Place(repo, root, repo.git_dir, environ)
    before = start or {}
    _unmoved(repo, refs)
    hindrance = ""
    base: Entries = dict.fromkeys(changes)
    if not fresh:
        try:
            base = checkout.in_commit(place, repo.head, changes)
            checkout.unmodified(place, changes, base)
        except Hindered as error:
            hindrance = _told(error)
    checkout.write_files(place, changes, before, fresh=fresh)
    if keep or not changes:
        return Committed("")
    try:
        hindrance = hindrance or _busy(place)
        if hindrance:
            return Committed("", hindrance)
        with checkout.queue(place, now_ns):
            wanted = checkout.blobs(place, changes, base)
            said = landing.words(place, message, environ, now_ns)
            return _land(_Work(place, changes, refs, said, wanted, base), known=not fresh)
    except RefMoved:
        checkout.write_files(place, before, _bytes_of(changes), fresh=False)
        raise
    except SwarmError as error:
        return Committed("", _told(error))
    except OSError as error:
        return Committed("", _told(error))


def notes(what: str, done: Committed) -> tuple[str, ...]:
    """What a person must hear of it."""
    if not done.why:
        return ()
    if done.commit:
        return (f"{what}: committed as {done.commit[:12]}, since {done.why}",)
    return (f"{what}: written, and in no commit, since {done.why}",)


def _land(work: _Work, *, known: bool) -> Committed:
    """Try until the branch has moved. What could not be committed is not left staged."""
    stuck = 0
    brought: checkout.Brought = []
    try:
        for attempt in range(_ATTEMPTS):
            try:
                return _attempt(work, brought, look=known or attempt > 0)
            except _Again as again:
                stuck += again.stuck
                if stuck > _STUCK:
                    raise Hindered(str(again)) from again
        raise Hindered("others were quicker each time", remedy="git add it, and commit")
    except (SwarmError, OSError) as error:
        _undo(work, brought)
        left = checkout.left_staged(work.place, brought, work.wanted, work.base)
        if not left or isinstance(error, RefMoved):
            raise
        raise Hindered(f"{_told(error)}, and it is still staged", remedy=left) from error


def _undo(work: _Work, brought: checkout.Brought) -> None:
    """Leave nothing staged; but what somebody's commit took along must stay in the index."""
    with suppress(SwarmError, OSError):
        now = landing.stand(work.place).commit
        if not checkout.same(work.wanted, checkout.in_commit(work.place, now, work.changes)):
            checkout.restore(work.place, work.wanted, work.base)
            checkout.take_back(brought, work.changes, work.wanted, work.base)


def _attempt(work: _Work, brought: checkout.Brought, *, look: bool) -> Committed:
    place, at = work.place, landing.stand(work.place)
    if doing := _busy(place):
        raise Hindered(doing)
    if look:
        now = checkout.in_commit(place, at.commit, work.changes)
        if checkout.same(work.wanted, now):
            return _swept(work, at)
        if not checkout.same(work.base, now):
            raise Hindered(f"{min(work.changes)} was changed in {at.commit[:12]}")
    others = list(checkout.siblings(place, at.branch))
    for other in others:
        checkout.can_follow(other, work.changes, work.wanted, work.base)
    for other in others:
        checkout.follow(other, work.changes, work.wanted, work.base, brought)
    checkout.stage(place, work.wanted, work.base)
    new = landing.made(place, at, work.wanted, work.said)
    if not new:
        return _swept(work, at)
    _move(work, at, new, others)
    return Committed(new)


def _move(work: _Work, at: landing.Stand, new: str, others: Sequence[Place] = ()) -> None:
    """The branch and the other refs at once, if all is as it was when we looked."""
    place = work.place

    def agreed() -> None:
        if landing.head_file(place) != at.raw or _busy(place):
            raise _Again("HEAD has moved")
        for each in (place, *others):
            if not checkout.is_staged(each, work.wanted):
                raise _Again(f"somebody took our change out of the index of {each.root}")

    updates = [RefUpdate(at.ref, new, at.commit), *work.refs]
    refused = landing.moved(place, updates, work.said, agreed)
    if refused:
        _unmoved(place.repo, work.refs)
        raise _Again(refused, stuck=landing.stand(place) == at)


def _swept(work: _Work, at: landing.Stand) -> Committed:
    """Somebody's commit took our files along: they are in, under his words."""
    if work.refs:
        _move(work, at, at.commit)
    asked = ("log", "-1", "--no-show-signature", "--format=%H%x00%an", "--end-of-options")
    told = work.place.git(*asked, at.commit, "--", min(work.changes)).decode("utf-8", "replace")
    commit, _, author = told.strip().partition("\0")
    return Committed(commit or at.commit, f"a commit of {author or 'somebody else'} holds it")


def _unmoved(repo: Repo, refs: Sequence[RefUpdate]) -> None:
    for update, found in zip(refs, repo.objects(each.ref for each in refs), strict=True):
        if (found[0] if found else "") != update.old:
            now = found[0][:12] if found else "gone"
            what = f"{update.ref} is at {now}, and no more at {update.old[:12] or 'nothing'}"
            raise RefMoved(what, where=str(repo.common_dir), remedy="swarm claims")


def _busy(place: Place) -> str:
    doing = checkout.under_way(place)
    return f"somebody is in the middle of a {doing} in this work tree (git status)" if doing else ""


def _bytes_of(changes: Changes) -> dict[str, bytes]:
    return {path: raw for path, raw in changes.items() if raw is not None}


def _told(error: SwarmError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the repository'}: {error.strerror}"
    return f"{error.what} ({error.remedy})" if error.remedy else error.what
