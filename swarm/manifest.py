"""Whether a mission manifest says what it must: what is short, where, how to mend it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from swarm import mission, verifiers
from swarm.records import MAX_BYTES, MISSION, Problem, fold, too_large

_ID = r"(?P<id>[^\W\d_]{1,6}-\w{1,16})(?!\w)"
_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<list>[-*+]|\d{1,9}[.)])[ \t]+|(?P<other>#{1,6}[ \t]+|\|[ \t]*))?"
    rf"(?P<box>\[[ xX]\][ \t]+)?[*_`\[(]{{0,4}}(?:[Ii]nvariant[ \t]+)?(?:{_ID})?"
)


class Invariant(NamedTuple):
    """What always holds, and what shows that it does."""

    id: str
    line: int
    text: str
    verifiers: tuple[str, ...]


class Manifest(NamedTuple):
    """A mission as it was read."""

    sections: tuple[mission.Section, ...]
    invariants: tuple[Invariant, ...]
    value: str

    def as_json(self) -> dict[str, Any]:
        return {
            "path": MISSION,
            "value": self.value,
            "invariants": [each._asdict() for each in self.invariants],
            "sections": [
                {"name": each.name, "line": each.line, "text": each.text.strip()}
                for each in self.sections
            ],
        }


Enforced = Mapping[str, tuple[str, ...]]  # ids of enforced beliefs, folded → what enforces each


def read(text: str, enforced: Enforced) -> Manifest:
    """A mission by its sections. An invariant that is an enforced belief is verified as that is."""
    body = _headless(text)
    found = tuple(mission.sections(body))
    items = [item for each in _first(found, mission.INVARIANTS) for item in _items(each)]
    return Manifest(found, tuple(_invariants(items, enforced)), mission.value(body))


def template() -> bytes:
    """A mission with nothing in it but what is to be said."""
    lines = ["# What this board is for", ""]
    for part in mission.PARTS:
        lines += [f"## {part.name}", ""]
        if part.name == mission.INVARIANTS:
            lines += [f"- I-1: <{mission.HOLDS}>. Verifier: `<command, test or guard>`", ""]
            continue
        lines += [f"<{part.asks}>", ""] if len(part.labels) < 2 else []
        lines += [f"- {each}: <…>" for each in part.labels]
        lines += [""] if part.labels else []
    return "\n".join(lines).encode()


def unreadable(raw: bytes) -> Problem | None:
    """Why bytes are no manifest at all."""
    if len(raw) > MAX_BYTES:
        return too_large(MISSION, len(raw))
    if b"\0" in raw:
        return Problem(MISSION, 1, "is no UTF-8 text", f"save {MISSION} as UTF-8")
    return None


def problems(text: str, files: verifiers.Files, enforced: Enforced) -> Iterator[Problem]:
    """What a manifest lacks, in the order of its sections; then its checklists."""
    told = read(text, enforced)
    for part in mission.PARTS:
        there = [each for each in told.sections if each.name == part.name]
        if not there:
            what = f"it has no section `{part.name}`"
            yield _problem(1, what, f"add `## {part.name}`: {part.asks}")
            continue
        if len(there) > 1:
            what = f"`{part.name}` stands {len(there)} times, first in line {there[0].line}"
            yield _problem(there[1].line, what, "make one section of them")
        yield from _hollow(part, there[0])
        if part.name == mission.INVARIANTS:
            yield from _unverified(there[0], told.invariants, files)
    yield from _unchecked(_headless(text), told.invariants, files)


def _hollow(part: mission.Part, section: mission.Section) -> Iterator[Problem]:
    """What of a section is empty words."""
    text = mission.plain(section.text)
    asks = part.asks if part.name != mission.INVARIANTS else ""  # each is told for itself
    if not mission.says(text, " ".join((part.name, *part.labels, asks))):
        yield _problem(section.line, f"`{part.name}` says nothing yet", f"say {part.asks}")
        return
    told = mission.labelled(text, part.labels)
    for label in part.labels:
        if not mission.says(told.get(label, ""), " ".join((part.name, *part.labels))):
            what = f"`{part.name}` does not say its {label}"
            yield _problem(section.line, what, f"add a line `{label}: …` below it")


# --- invariants ---


class _Item(NamedTuple):
    """One entry of a list, a table or a text: `id` is empty when it begins with none."""

    id: str
    line: int
    text: str


def _items(section: mission.Section) -> Iterator[_Item]:
    """The entries of a section. What is below an entry belongs to it."""
    begun: list[str] = []
    name, line, of_list, above = "", 0, False, ""
    for at, row in enumerate(mission.outside_code(section.text).split("\n"), section.first):
        found = _ITEM.match(row)
        assert found
        starts = found["list"] or found["other"] or not above  # else a sentence goes on
        above = row.strip()
        new = found["id"] if starts and _is_id(found["id"]) else ""
        top = bool(found["list"]) and len(found["indent"].expandtabs()) < 2
        if new or (top and (of_list or not begun)):
            if begun:
                yield _Item(name, line, "\n".join(begun))
            begun, name, line = [row[found.end("id") :] if new else row], new, at
            of_list = top
        elif begun:
            begun.append(row)
    if begun:
        yield _Item(name, line, "\n".join(begun))


def _is_id(word: str | None) -> bool:
    """Whether a word is an id, such as I-1: read-only is none."""
    letters, _, rest = (word or "").partition("-")
    return letters.isupper() and any(map(str.isdigit, rest))


def _invariants(items: Iterable[_Item], enforced: Enforced) -> Iterator[Invariant]:
    for each in items:
        told = " ".join(each.text.strip(" \t:.|*_`])—–-").split())
        by = tuple(verifiers.named(each.text)) or enforced.get(fold(each.id), ())
        yield Invariant(each.id, each.line, told, by)


def _unverified(
    section: mission.Section, told: tuple[Invariant, ...], files: verifiers.Files
) -> Iterator[Problem]:
    """What is wrong with invariants: without an id, a verifier, or alone with their id."""
    if not any(each.id for each in told):
        remedy = "write each as `- I-1: … Verifier: `command``"
        yield _problem(section.line, "no invariant has an id", remedy)
    lines: dict[str, list[int]] = {}
    for each in told:
        lines.setdefault(fold(each.id), []).append(each.line)
        if not each.id:
            what = f"an invariant without an id: {_short(each.text)}"
            yield _problem(each.line, what, "begin it with one, such as I-1")
        name = each.id or "an invariant"
        said = verifiers.unverified(each.text)
        if not mission.says(said) or mission.is_asked(said):
            yield _problem(each.line, f"{name} says nothing yet", "say what always holds")
        if not each.verifiers:
            what = f"{name} names nothing that verifies it"
            remedy = "add: Verifier: `a command`, a test's path, or tools/guards/NAME"
            yield _problem(each.line, what, remedy)
        yield from verifiers.lost(each.line, each.verifiers, files)
    names = {each.line: each.id for each in told}
    for where in (each for key, each in lines.items() if key and len(each) > 1):
        name = names[where[0]]
        what = f"{name} stands {len(where)} times, first in line {where[0]}"
        yield _problem(where[1], what, "give each its own id")


# --- checklists ---


def _unchecked(text: str, told: tuple[Invariant, ...], files: verifiers.Files) -> Iterator[Problem]:
    """Entries of checklists that nothing will ever show done."""
    known = {fold(each.id) for each in told if each.id}
    invariants = {each.line for each in told}
    for line, entry in _boxes(mission.outside_code(text)):
        named = {fold(word) for word in re.findall(r"[^\W\d_]{1,6}-\w{1,16}", entry)}
        by = tuple(verifiers.named(entry))
        if not by and named.isdisjoint(known):
            what = f"a checklist's entry is tied to no invariant and no verifier: {_short(entry)}"
            yield _problem(line, what, "name its invariant (I-1), or its verifier: `a command`")
        if line not in invariants:
            yield from verifiers.lost(line, by, files)


def _boxes(text: str) -> Iterator[tuple[int, str]]:
    """The entries of checklists, each with its line."""
    entry, line = "", 0
    for at, row in enumerate([*text.split("\n"), ""], 1):
        found = _ITEM.match(row)
        assert found
        starts = found["list"] is not None or found["other"] is not None or not row.strip()
        if entry and starts:
            yield line, entry
            entry = ""
        if found["list"] and found["box"]:
            entry, line = row[found.end("box") :], at
        elif entry:
            entry += f"\n{row}"


# --- texts ---


def _headless(text: str) -> str:
    """A text without the keys of its head, line for line."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = re.match(r"---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|\Z)", text)
    return "\n" * found[0].count("\n") + text[found.end() :] if found else text


def _first(found: Iterable[mission.Section], name: str) -> list[mission.Section]:
    return [each for each in found if each.name == name][:1]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _problem(line: int, what: str, remedy: str) -> Problem:
    return Problem(MISSION, line, what, remedy)
