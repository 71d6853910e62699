"""What git asks through its hooks, and what it is answered: in bounded time."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from swarm import bypass, review
from swarm.errors import SwarmError, UsageError

if TYPE_CHECKING:
    from types import FrameType

    from swarm.records import Place

COMMIT_SECONDS, PUSH_SECONDS = 60.0, 600.0
_LAST_SECONDS = 5.0  # in which what was stopped may tidy up

_NOTHING = review.Review(0, 0, ())


class Heard(NamedTuple):
    """What was found, and what whoever commits must hear besides."""

    review: review.Review
    notes: tuple[str, ...] = ()


def before_commit(place: Place, message: Path | None, *, merges: bool = False) -> Heard:
    """Judge what is staged, or say that nobody has; with the message, when there is one.

    `merges`: git has begun to commit a merge, and has not written it down yet.
    """
    if message and _is_own(message):
        return Heard(_NOTHING)
    # pre-commit tells nobody which hook it is. What it lets pass, commit-msg sees again.
    merges = merges or (message is None and "PRE_COMMIT" in place.environ)
    with _limit(COMMIT_SECONDS, "git commit --no-verify"):
        why = bypass.reason(place.environ)
        if not why:
            done = review.staged(place, message, merges)
            return Heard(done, tuple(_rescue(place, message, done)))
        if not review.is_at_stake(place, unwritten=merges):
            return Heard(_NOTHING)
        if message is None:
            return Heard(_NOTHING, (f"swarm has judged nothing, as it was asked to: {why}",))
        _note(place, message, why)
        said = f"swarm has judged nothing, and the commit says so: {bypass.TRAILER}: {why}"
        return Heard(_NOTHING, (said,))


def before_push(place: Place, told: Callable[[], str]) -> Heard:
    """Judge the commits that a push would bring; what it only deletes is nobody's matter.

    When nothing at all is told, somebody has read it before: then what HEAD would bring.
    """
    with _limit(PUSH_SECONDS, "git push --no-verify"):
        lines = told()
        tips = [_tip(each) for each in lines.splitlines() if each.strip()]
        if not tips and (tip := place.environ.get("PRE_COMMIT_TO_REF")):  # pre-commit read it first
            tips = [(tip, place.environ.get("PRE_COMMIT_FROM_REF", ""))]
        elif not lines:
            tips = [("HEAD", "")]
        return Heard(review.pushed(place, tips) if tips else _NOTHING)


def _tip(line: str) -> tuple[str, str]:
    """What is pushed, and what is there: `LOCAL-REF ID REMOTE-REF ID`."""
    words = line.split()
    if len(words) != 4:
        what = f"git tells a pre-push hook four words, and not {line!r}"
        raise UsageError(what, remedy="swarm check --range A..B")
    return words[1], words[3]


def _is_own(message: Path) -> bool:
    """Whether swarm itself is about to commit: its gate has judged that."""
    return message.parent.name == "swarm" and message.name.endswith("-message")


def _is_edited(place: Place) -> bool:
    """Whether somebody writes the message in an editor; git says so by one that does nothing."""
    return place.environ.get("GIT_EDITOR") != ":"


def _rescue(place: Place, message: Path | None, done: review.Review) -> Iterator[str]:
    """Where the words are that somebody wrote for a commit that is refused."""
    refused = any(each.problem.level == "error" for each in done.findings)
    if refused and message and message.name == "COMMIT_EDITMSG" and _is_edited(place):
        where = quote(str((place.start / message).resolve()))
        yield f"your message is kept: git commit -eF {where}"


def _note(place: Place, message: Path, why: str) -> None:
    """Have the commit say why nobody judged it."""
    target = place.start / message
    try:
        raw = target.read_bytes()
        how = review.habits(place, raw.decode("utf-8", "replace"))
        shown = how.comment if how.edited else ""
        noted = bypass.noted(raw, why, shown, how.encoding, strips=how.strips)
        if noted is None:
            what = "a commit that is let through says why in its message, and this one has none"
            raise SwarmError(what, where=str(message), remedy='git commit -m "…"')
        if not bypass.is_kept(noted, how.comment, how.encoding, edited=how.edited):
            what = f"git would cut off {bypass.TRAILER}, as a comment or below its scissors"
            remedy = "git -c core.commentChar='#' commit"
            raise SwarmError(what, where=str(message), remedy=remedy)
        if noted != raw:
            draft = target.with_name(f"{target.name}.swarm-new")
            draft.write_bytes(noted)
            draft.replace(target)
    except OSError as error:
        what = f"the message cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy=f"ls -l {quote(str(target))}") from error


@contextmanager
def _limit(seconds: float, otherwise: str) -> Iterator[None]:
    """An end to waiting: an error, and for what does not even hear that, the end."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        what = f"this was not done after {seconds:g} s, and was stopped"
        raise SwarmError(what, remedy=f"swarm doctor; for this once: {otherwise}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, _LAST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
