"""Who this run is, and what it can show for its leases.

`SWARM_AGENT` is believed. A name derived from the terminal and the harness is a
label for people: eight helpers of one session share it, so it proves nothing.
What proves is the nonce of a lease, kept in this clone for the run that took it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from swarm import sharing
from swarm.errors import SwarmError
from swarm.records import given_name

_HARNESSES = (
    ("CLAUDE_CODE_SESSION_ID", "claude"), ("CLAUDECODE", "claude"), ("CODEX_SANDBOX", "codex"),
    ("CODEX_SESSION_ID", "codex"), ("GEMINI_CLI", "gemini"), ("CURSOR_TRACE_ID", "cursor"),
    ("OPENCODE", "opencode"), ("AIDER_MODEL", "aider"), ("GITHUB_RUN_ID", "actions"),
)  # fmt: skip
_TERMINALS = ("TMUX_PANE", "STY", "TERM_SESSION_ID", "ITERM_SESSION_ID", "WT_SESSION",
              "KITTY_WINDOW_ID", "WINDOWID", "SSH_TTY")  # fmt: skip


class Identity(NamedTuple):
    """A name for this run, and whether it was only derived."""

    name: str
    derived: bool
    source: str


class Proof(NamedTuple):
    """That this clone took a lease, in the name of somebody."""

    key: str
    nonce: str
    token: int
    holder: str


def whoami(environ: Mapping[str, str]) -> Identity:
    """SWARM_AGENT, else a label made of the harness and the terminal. Never git's user."""
    given = given_name(environ)
    if given:
        return Identity(given, False, "SWARM_AGENT")
    harness = [name for name, _ in _HARNESSES if environ.get(name)]
    found = [*harness, *(name for name in _TERMINALS if environ.get(name))]
    terminal = _terminal()
    facts = [os.uname().nodename, terminal, *(environ[name] for name in found)]
    if not found and not terminal:
        facts.append(str(os.getsid(0)))
    place = "terminal" if found or terminal else "run"
    label = dict(_HARNESSES)[harness[0]] if harness else place
    digest = hashlib.sha256("\0".join(facts).encode("utf-8", "surrogateescape")).hexdigest()
    source = ", ".join([*found, *([terminal] if terminal else [])]) or "the session"
    return Identity(f"{label}-{digest[:6]}", True, source)


def is_person(environ: Mapping[str, str]) -> bool:
    """Whether somebody types here: a terminal on all sides that no harness holds. In doubt, no."""
    named = ("SWARM_AGENT", "CI", *(name for name, _ in _HARNESSES))
    if any(environ.get(name) for name in named) or environ.get("TERM", "dumb") == "dumb":
        return False
    return all(os.isatty(number) for number in (0, 1, 2))


def _terminal() -> str:
    for number in (0, 1, 2):
        try:
            return os.ttyname(number)
        except OSError:
            continue
    return ""


class Proofs(NamedTuple):
    """The nonces of leases that this clone took: one small file each, written whole."""

    folder: Path

    def path(self, key: str, nonce: str) -> Path:
        return self.folder / f"{_short(key)}-{nonce}.json"

    def add(self, proof: Proof) -> None:
        """Keep a proof: before its lease is taken, so that no lease is ever without one."""
        target = self.path(proof.key, proof.nonce)
        draft = target.with_suffix(".new")
        try:
            sharing.folder(self.folder)
            draft.write_text(json.dumps(proof._asdict()), "utf-8")
            sharing.file(draft).replace(target)
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            raise SwarmError(what, where=str(self.folder), remedy="df . ; ls -ld .git") from error

    def drop(self, key: str, nonce: str) -> None:
        try:
            self.path(key, nonce).unlink(missing_ok=True)
        except OSError:
            return  # read-only: what is left proves nothing, since its lease is gone

    def of(self, key: str) -> list[Proof]:
        """What can be shown for a key; a damaged proof proves nothing."""
        found = []
        for path in sorted(self.folder.glob(f"{_short(key)}-*.json")):
            try:
                proof = Proof(**json.loads(path.read_text("utf-8")))
            except (OSError, ValueError, TypeError):
                continue
            if proof.key == key and re.fullmatch("[0-9a-f]+", str(proof.nonce)):
                found.append(proof)
        return found


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
