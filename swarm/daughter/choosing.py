"""Which principles a daughter takes along, and how they say where they come from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from swarm import document, markdown
from swarm.errors import NotFound, SwarmError
from swarm.records import first_word, fold

if TYPE_CHECKING:
    from swarm.records import Record

_SURE = "measured"


class Principle(NamedTuple):
    """A principle as the parent's last commit has it."""

    path: str
    raw: bytes
    record: Record


def principles(files: Mapping[str, bytes]) -> list[Principle]:
    """The principles in some files. What cannot be read is nobody's principle."""
    read = ((path, raw, *markdown.skim(raw, path)) for path, raw in files.items())
    return [
        Principle(path, raw, record)
        for path, raw, record, problems in read
        if record and record.kind == "principle" and all(p.level != "error" for p in problems)
    ]


def choose(found: Sequence[Principle], asked: Sequence[str]) -> list[Principle]:
    """Those that were asked for by their ids; where none was, those that were measured."""
    if not asked:
        stated = ((each, each.record.keys.get("confidence")) for each in found)
        return [each for each, told in stated if first_word(told or "") == _SURE]
    named = {fold(each.record.id): each for each in found}
    missing = [name for name in asked if fold(name) not in named]
    if missing:
        known = ", ".join(sorted(each.record.id for each in found)[:10]) or "none"
        what = f"the parent has no principle {missing[0]!r}, in its last commit"
        raise NotFound(what, where="memory/principles", remedy=f"--principle ID, one of: {known}")
    return [named[name] for name in dict.fromkeys(map(fold, asked))]


def sourced(principle: Principle, parent: str, commit: str) -> bytes:
    """Its bytes with a key that names the parent, the place in it, and its commit.

    What it derives from stays there: its links lead to what is not here yet.
    """
    path, raw, record = principle
    source = f"{parent}/{path}:1@{commit}"
    told = document.edit(document.read(raw, path), "source", source)
    again, _ = markdown.skim(told, path)
    kept = {**record.keys, "source": source}
    if again is None or (again.id, again.title, again.body, again.keys) != (
        record.id, record.title, record.body, kept,
    ):  # fmt: skip
        what = f"its head cannot hold `source: {source}`"
        raise SwarmError(what, where=path, remedy="put the keys of its head between lines of ---")
    return told
