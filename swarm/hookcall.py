"""What git asks through its hooks, and what it is answered: in bounded time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
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


def before_commit(place: Place, message: Path | None) -> Heard:
    """Judge what is staged, or say that nobody has; with the message, when there is one."""
    if message and _is_own(message):
        return Heard(_NOTHING)
    with _limit(COMMIT_SECONDS, "git commit --no-verify"):
        why = bypass.reason(place.environ)
        if not why:
            done = review.staged(place, message)
            return Heard(done, tuple(_rescue(place, message, done)))
        if not review.is_at_stake(place):
            return Heard(_NOTHING)
        if message is None:
            return Heard(_NOTHING, (f"swarm has judged nothing, as it was asked to: {why}",))
        _note(place, message, why)
        said = f"swarm has judged nothing, and the commit says so: {bypass.TRAILER}: {why}"
        return Heard(_NOTHING, (said,))


def before_push(place: Place, remote: str, lines: str) -> Heard:
    """Judge the commits that a push would bring; what it only deletes is nobody's matter."""
    with _limit(PUSH_SECONDS, "git push --no-verify"):
        tips = [_tip(each) for each in lines.splitlines() if each.strip()]
        if not tips and (tip := place.environ.get("PRE_COMMIT_TO_REF")):  # pre-commit read it first
            tips = [(tip, place.environ.get("PRE_COMMIT_FROM_REF", ""))]
            remote = remote or place.environ.get("PRE_COMMIT_REMOTE_NAME", "")
        return Heard(review.pushed(place, remote, tips) if tips else _NOTHING)


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
        noted = bypass.noted(raw, why, _comment(place, raw))
        if noted is None:
            what = "a commit that is let through says why in its message, and this one has none"
            raise SwarmError(what, where=str(message), remedy='git commit -m "…"')
        if noted != raw:
            draft = target.with_name(f"{target.name}.swarm-new")
            draft.write_bytes(noted)
            draft.replace(target)
    except OSError as error:
        what = f"the message cannot be written: {error.strerror}"
        raise SwarmError(what, where=str(target), remedy=f"ls -l {quote(str(target))}") from error


def _comment(place: Place, message: bytes) -> bytes:
    """What begins the lines that git takes out again; nothing when no editor has shown them."""
    if not _is_edited(place):
        return b""
    names = ("core.commentString", "core.commentChar")
    stated = next((told for name in names if (told := review.setting(place, name))), "")
    if stated == "auto":
        last = message.strip().split(b"\n")[-1][:1]
        return last if last in b"#;@!$%^&|:" else b"#"
    return os.fsencode(stated or "#")


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
