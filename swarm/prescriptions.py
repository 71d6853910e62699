"""What a board prescribes, and whether anything enforces it: SWARM.md and the beliefs, read.

A sentence is enforced by what it names itself, or by what the belief names that it
stands in. Everything else is a wish, which is no fault: it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import enforcing, prescribed
from swarm.records import Found, Problem, first_word, fold, shown

if TYPE_CHECKING:
    from swarm.records import Place

PROTOCOL = "SWARM.md"
_CODES = frozenset(map(str, range(1, 9)))  # by which a command says no


class Prescription(NamedTuple):
    """A sentence with what enforces it, or why nothing does."""

    path: str
    line: int
    text: str
    enforced: bool
    by: tuple[str, ...]
    why: str

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "by": list(self.by)}


class _Standing(NamedTuple):
    """What a belief has behind it: what enforces it, or why nothing does."""

    by: tuple[str, ...]
    why: str


class Listed(NamedTuple):
    """Every sentence that prescribes, by files and lines, and what could not be read."""

    found: tuple[Prescription, ...]
    problems: tuple[Problem, ...]


def listed(place: Place) -> Listed:
    """All that SWARM.md and the beliefs of a place prescribe."""
    opened = enforcing.opened(place.start, None, place.environ)
    known = enforcing.Enforcers(opened)
    problems = list(opened.problems)
    files = list(known.records(filter(_is_belief, opened.listing), problems))
    standing = {each.path: _standing(known, each) for each in files if each.kind == "belief"}
    named = {fold(each.id): standing[each.path] for each in files if each.path in standing}
    ties = _Ties(known, standing, named)
    protocol = known.files.raw(PROTOCOL)
    texts = [] if protocol is None else [(PROTOCOL, protocol)]
    texts += [(each.path, each.raw) for each in files]
    problems += filter(None, (prescribed.refuse(raw, path) for path, raw in texts))
    found = [each for path, raw in texts for each in prescribed.read(raw, path)]
    return Listed(tuple(map(ties.tied, found)), tuple(problems))


def _is_belief(entry: Found) -> bool:
    path = shown(entry.path)
    return path.startswith("beliefs/") and not path.startswith("beliefs/challenges/")


def _standing(known: enforcing.Enforcers, belief: enforcing.File) -> _Standing:
    status = first_word(belief.keys.get("status") or "")
    if status != "enforced":
        return _Standing((), f"{belief.id} is {status or 'of no status'}")
    against = known.against(belief)
    stated = belief.keys.get("enforced_by")
    by = tuple(map(str, stated if isinstance(stated, list) else [stated]))
    return _Standing((), against[0].what) if against else _Standing(by, "")


class _Ties(NamedTuple):
    """By what sentences may be enforced here."""

    known: enforcing.Enforcers
    beliefs: Mapping[str, _Standing]  # by path
    named: Mapping[str, _Standing]  # by id

    def tied(self, said: prescribed.Sentence) -> Prescription:
        """A sentence with what enforces it. One mark that does not hold speaks for all."""
        told = [each for mark in said.marks for each in self._held(mark)]
        wrong = next((each.why for each in told if not each.by), "")
        own = self.beliefs.get(said.path)
        if own and not told:
            told, wrong = [own], own.why
        by = tuple(name for each in told for name in each.by) if not wrong else ()
        why = wrong or ("" if by else "it names nothing that enforces it")
        return Prescription(said.path, said.line, said.text, bool(by), by, why)

    def _held(self, mark: prescribed.Mark) -> Iterator[_Standing]:
        """What a mark comes to; a link to anything else is no mark."""
        sort, name = mark
        if sort == "rule":
            there = name in self.known.in_force
            off = "is off" if name in self.known.rules else "is none of the oracle's"
            yield _Standing((f"rule {name}",) if there else (), f"the rule {name!r} {off}")
        elif sort == "exit":
            why = f"no command ends with {name!r} to refuse something"
            yield _Standing((f"exit {name}",) if name in _CODES else (), why)
        elif sort == "belief" or name in self.beliefs:
            found = self.named.get(fold(name)) or self.beliefs.get(name)
            if found:
                yield _Standing((name,) if found.by else (), found.why)
        elif sort == "link":
            if not self.known.trouble(name):
                yield _Standing((name,), "")
        else:
            path = f"tools/guards/{name}" if sort == "guard" and "/" not in name else name
            yield _Standing((path,) if not (why := self.known.trouble(path)) else (), why)
