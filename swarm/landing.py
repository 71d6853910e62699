"""A commit made in a private index, and the branch that moves to it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import index, swap
from swarm.errors import GitError
from swarm.records import RefUpdate

if TYPE_CHECKING:
    from swarm.index import Entries, Place


_ASKED = r"^(user|author|committer)\.(name|email)$|^commit\.gpgsign$|^core\.hookspath$"
_NOBODY = {"name": "swarm", "email": "swarm@localhost"}


class Message(NamedTuple):
    """`swarm: new L-7k3qfa — title`, and the trailers that tell who did what for which task."""

    subject: str
    verb: str
    agent: str
    task: str = ""
    token: str = ""

    def text(self) -> str:
        trailers = (
            ("Verb", self.verb), ("Agent", self.agent), ("Task", self.task), ("Token", self.token),
        )  # fmt: skip
        told = [f"Swarm-{name}: {_line(value)}\n" for name, value in trailers if _line(value)]
        return f"{_line(self.subject)}\n\n{''.join(told)}"


class Stand(NamedTuple):
    """Where HEAD stood when we looked: the branch (empty: detached), its commit and its tree."""

    branch: str
    commit: str  # empty: unborn
    tree: str
    raw: bytes  # the file itself, to be compared

    @property
    def ref(self) -> str:
        return self.branch or "HEAD"


class Words(NamedTuple):
    """What a commit says, who says it, and whether it is signed."""

    text: str
    identity: Mapping[str, str]
    signed: bool


def stand(place: Place) -> Stand:
    """Where HEAD stands now."""
    raw = head_file(place)
    asked = ("rev-parse", "HEAD", "HEAD^{tree}", "--symbolic-full-name", "HEAD")
    try:
        commit, tree, name = os.fsdecode(place.git(*asked)).splitlines()
    except GitError:  # unborn, or damaged: then this fails as well
        branch = os.fsdecode(place.git("symbolic-ref", "HEAD")).removesuffix("\n")
        return Stand(branch, "", "", raw)
    return Stand("" if name == "HEAD" else name, commit, tree, raw)


def head_file(place: Place) -> bytes:
    return (place.git_dir / "HEAD").read_bytes()


def words(place: Place, message: Message, environ: Mapping[str, str], now_ns: int) -> Words:
    """The message as the user's commit-msg hook leaves it, in the user's name if there is one."""
    place.reached("before message")
    settings = _settings(place)
    hooks = settings.get("core.hookspath")
    text = message.text()
    if hooks is not None or os.access(place.repo.common_dir / "hooks" / "commit-msg", os.X_OK):
        text = _hooked(place, text)
    place.reached("after message")
    signed = settings.get("commit.gpgsign", "no").lower() not in ("no", "false", "off", "0", "")
    return Words(text, _identity(settings, environ, now_ns // 10**9), signed)


def _settings(place: Place) -> dict[str, str]:
    done = place.repo.attempt("-C", str(place.root), "config", "-z", "--get-regexp", _ASKED)
    rows = [row.partition("\n") for row in os.fsdecode(done.out).split("\0") if row]
    return {key.lower(): value if equals else "true" for key, equals, value in rows}


def _hooked(place: Place, text: str) -> str:
    with place.scratch("message") as file:
        file.write_bytes(_bytes(text))
        hook = ("hook", "run", "--ignore-missing", "commit-msg", "--", str(file))
        try:
            place.git(*hook, environ={"GIT_EDITOR": ":"})
        except GitError as error:
            said = error.what.removeprefix("git hook: ")
            raise index.Hindered(f"the commit-msg hook refused: {said}") from error
        told = place.git("stripspace", stdin=file.read_bytes())  # as git does with what it leaves
        if not told.strip():
            raise index.Hindered("the commit-msg hook left no message")
        return told.decode("utf-8", "surrogateescape")


def _identity(
    settings: Mapping[str, str], environ: Mapping[str, str], seconds: int
) -> dict[str, str]:
    """Set only what nobody has set: git would guess from the machine, or fail."""
    given = {}
    for role in ("author", "committer"):
        for part, otherwise in _NOBODY.items():
            known = settings.get(f"{role}.{part}") or settings.get(f"user.{part}")
            known = known or (environ.get("EMAIL") if part == "email" else None)
            name = f"GIT_{role}_{part}".upper()
            if not environ.get(name) and not known:
                given[name] = otherwise
        offset = time.strftime("%z", time.localtime(seconds))
        date = f"GIT_{role}_DATE".upper()
        given[date] = environ.get(date) or f"@{seconds} {offset}"
    return given


def made(place: Place, at: Stand, changes: Entries, said: Words) -> str:
    """A commit of HEAD's tree and our changes; empty when HEAD says all of it already."""
    place.reached("before tree")
    with place.scratch("tree") as private:
        if at.commit:
            place.git("read-tree", at.tree, index=private)
        index.insert(place, changes, private)
        tree = place.git("write-tree", index=private).decode().strip()
    place.reached("after tree")
    if tree == at.tree:
        return ""
    parents = ["-p", at.commit] if at.commit else []
    options = ["-S"] if said.signed else []
    commit = place.git(
        "-c", "i18n.commitEncoding=UTF-8", "commit-tree", *options, tree, *parents,
        stdin=_bytes(said.text), environ=said.identity,
    )  # fmt: skip
    place.reached("after commit")
    return commit.decode().strip()


def moved(
    place: Place, updates: Sequence[RefUpdate], said: Words, agreed: Callable[[], None]
) -> str:
    """Move the branch and what goes with it, if everybody still agrees; else git's words."""

    def look() -> None:
        place.reached("after prepare")
        agreed()
        place.reached("before swap")

    place.reached("before prepare")
    refused = swap.swap(place.repo, updates, said.text.partition("\n")[0], said.identity, look)
    if not refused:
        place.reached("after swap")
    return refused


def _line(text: str) -> str:
    """A text as one line, without what a commit message cannot hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
