"""A record that comes in by a person's or an agent's hand: told what is there before it is kept.

It is kept in any case. Whoever sees that it was said already adds to that, or says what is new.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import deposit

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.deposit import Deposited
    from swarm.nearby import Near

scalar = deposit.scalar

_TALK = ("handoff", "signal")  # each says what happened once
_FEW = 12  # words, as `nearby` has it
_SAID = ("supersedes", "extends")  # then it is known to be near


class Entered(NamedTuple):
    """The record as it was kept, and the one that it comes near to, if any."""

    done: Deposited
    near: Near | None

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.done.notes, *(_told(self.near) if self.near else ()))


def enter(
    board: Board, kind: str, title: str, given: dict[str, Any], cited: list[str], body: str,
    *, keep: bool,
) -> Entered:  # fmt: skip
    """Look for what is near, and write the record."""
    near, text = None, f"{title}\n{body}"
    if body.strip() and kind not in _TALK and not _is_short(text):
        known = [each for key in _SAID for each in given.get(key, ()) if isinstance(each, str)]
        near = _near(board, kind, text, known)
    done = deposit.deposit(board, kind, title, given, cited, body, verb="new", keep=keep)
    return Entered(done, near)


def _is_short(text: str) -> bool:
    """Whether nobody can tell, which is seen without an index; other scripts need no spaces."""
    return text.isascii() and len(text.split()) < _FEW


def _near(board: Board, kind: str, text: str, known: list[str]) -> Near | None:
    from swarm import nearby  # a title alone needs none of it

    return nearby.look(board.view, kind, text, board.place.settings.harvest_rate, known)


def _told(near: Near) -> tuple[str, ...]:
    record = near.record
    usual = f"; few here come above {near.usual:.2f}" if near.usual else ""
    what = (
        f"{record.id} says nearly the same: “{record.title}” (likeness {near.likeness:.2f}{usual})"
    )
    return (f"{what} → swarm show {quote(record.id)}",)
