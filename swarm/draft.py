"""A record that is about to be written: where it goes and what its bytes are. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from swarm import document, kinds
from swarm.errors import UsageError
from swarm.records import is_id, split_heading

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
LONG_IDS_FROM = 2_000  # records; six characters collide about four times at 100,000
SUBFOLDERS_FROM = 1_000  # records of a kind; one folder of 100,000 makes a 7 MB tree a commit


@dataclass(frozen=True, slots=True)
class Draft:
    """A record before it has a file. `keys` do not repeat the id."""

    id: str
    kind: str
    title: str
    keys: Mapping[str, Any]
    body: str = ""
    name: str = ""  # the file's name, when it is not made of id and title

    def to_bytes(self) -> bytes:
        letter = kinds.TABLE[self.kind].name[0].upper()
        stated = {} if self.id.startswith(letter) else {"kind": self.kind}
        title = " ".join(self.title.split())
        if split_heading(title)[0]:  # as a heading alone it would be read as another id
            stated["title"] = title
        return document.compose({"id": self.id, **stated, **self.keys}, title, self.body)

    def path(self, count: int = 0) -> str:
        """Where it goes, on a board that holds `count` records of its kind."""
        folder = kinds.TABLE[self.kind].folder
        created = str(self.keys.get("created", ""))
        if count >= SUBFOLDERS_FROM and re.match(r"\d{4}-\d\d", created):
            folder = f"{folder}/{created[:7]}"
        return f"{folder}/{self.name or f'{self.id}-{slug(self.title)}'.rstrip('-')}.md"


def new_id(kind: str, entropy: bytes, board_size: int) -> str:
    """A fresh id. It always holds a digit, so that prose such as L-shaped is never one."""
    length = 8 if board_size >= LONG_IDS_FROM else 6
    number = int.from_bytes(entropy, "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, 32)
        letters.append(CROCKFORD[index])
    if not any(letter.isdigit() for letter in letters):
        letters[number % length] = CROCKFORD[number % 10]
    return f"{kind[0].upper()}-{''.join(letters)}"


def slug(title: str) -> str:
    """A title as part of a file name: any alphabet, no more than 60 bytes."""
    text = unicodedata.normalize("NFKC", title).lower()
    words = re.sub(r"[^\w]+|_+", "-", text).strip("-")
    cut = words.encode()[:60].decode("utf-8", "ignore")
    return (cut.rsplit("-", 1)[0] if len(cut) < len(words) and "-" in cut else cut).strip("-")


def complete(
    kind: str, given: Mapping[str, Any], cites: list[str], by: str, now: str
) -> dict[str, Any]:
    """What was given, in a steady order, with what the kind assumes where nothing was said."""
    keys = {**kinds.TABLE[kind].defaults, **given}
    if cites:
        keys["cites"] = list(dict.fromkeys(cites))
    if by:
        keys.setdefault("by", by)
    keys.setdefault("created", now)
    return keys


def scalar(text: str) -> Any:
    """A value as it would be read back from a file."""
    return document.plain(text)


def check(draft: Draft) -> None:
    """Refuse a draft that its kind would not accept, or that would not read back."""
    raw = draft.to_bytes()
    refused = document.refuse(raw) or next(
        (each for each in document.read(raw).problems if each.level == "error"), None
    )
    if refused:
        raise UsageError(
            f"what was given {refused.what}", remedy="give it as UTF-8 text, or less of it"
        )
    kind = kinds.TABLE[draft.kind]
    if not draft.title.strip():
        raise UsageError("a record needs a title", remedy=f'swarm new {kind.name} "One sentence"')
    if not is_id(draft.id):
        raise UsageError(f"{draft.id!r} cannot be an id", remedy="letters, digits and hyphens")
    missing = [key for key in kind.required if draft.keys.get(key) in (None, "", [])]
    missing += [link for link in kind.links if not draft.keys.get(link)]
    if missing:
        raise UsageError(
            f"a {kind.name} needs {', '.join(missing)}",
            remedy=f"swarm new {kind.name} {quote(draft.title)} "
            + " ".join(f'--set {key}="…"' for key in missing),
        )
    for key, (legal, meaning) in kinds.legal_keys(kind):
        value = draft.keys.get(key)
        if value is not None and not legal(value):
            raise UsageError(f"{key}={value!r} is not {meaning}", remedy=f"--set {key}=…")
    status = draft.keys.get("status")
    if kind.statuses and str(status) not in kind.statuses:
        known = ", ".join(kind.statuses)
        raise UsageError(
            f"a {kind.name} cannot be {status!r}", remedy=f"--set status= one of {known}"
        )
