"""A ripe group → the draft of its principle: what it says at its centre, and where it is at odds.

A draft is to be rewritten by whoever understands it. It claims no more than its members do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import central, harvest
from swarm.errors import SwarmError
from swarm.records import CONFIDENCES, Record, domains, first_word

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.harvest import Harvest
    from swarm.kept import Ripe
    from swarm.wording import Worded

_SENTENCES = 5
_TITLE = 110  # characters


class Draft(NamedTuple):
    """A principle that could be written: its title, its keys, its text."""

    title: str
    keys: dict[str, Any]
    body: str


class Distilled(NamedTuple):
    """A ripe group, its records, what is central to them, and the draft of its principle."""

    ripe: Ripe
    members: tuple[Record, ...]
    sentences: tuple[tuple[str, str], ...]  # id, and what that record says
    against: tuple[tuple[str, str], ...]  # ids: the first says that the second is wrong
    draft: Draft

    def as_json(self) -> dict[str, Any]:
        """The group as people's programs are told it."""
        group = self.ripe.group
        fresh = {group.members.index(each) for each in self.ripe.fresh}
        return {
            "members": [{**each.brief(), "carried": at not in fresh}
                        for at, each in enumerate(self.members)],
            "density": {"counted": group.told, "by_chance": group.mean, "spread": group.spread,
                        "odds": group.odds, "rate": group.rate, "witness": group.witness},
            "outgrown": list(self.ripe.outgrown),
            "sentences": [{"id": name, "text": text} for name, text in self.sentences],
            "contradictions": [list(each) for each in self.against],
            "draft": self.draft._asdict(),
        }  # fmt: skip


def distilled(board: Board, top: int) -> tuple[Harvest, list[Distilled]]:
    """What is ripe on a board, and the first groups of that with their drafts."""
    found = harvest.look(board)
    return found, [_distilled(board, found, each) for each in found.crop.ripe[:top]]


def _distilled(board: Board, found: Harvest, ripe: Ripe) -> Distilled:
    members = tuple(_record(board, each) for each in found.members(ripe))
    said = central.sentences([f"{each.rule}\n{each.body}" for each in members], _SENTENCES)
    sentences = tuple((members[each.number].id, each.text) for each in said)
    against = tuple((one.id, other.id) for one, other in found.against(ripe))
    return Distilled(ripe, members, sentences, against, _draft(ripe, members, sentences, against))


def _record(board: Board, told: Worded) -> Record:
    """A member as it reads by now: the view that it was found in was let go meanwhile."""
    for each in board.view.named(told.path):
        if (each.id, each.path) == (told.id, told.path):
            return each
    raise SwarmError(f"{told.id} was changed meanwhile", where=told.path, remedy="swarm harvest")


def _draft(
    ripe: Ripe, members: Sequence[Record], sentences: Sequence[tuple[str, str]],
    against: Sequence[tuple[str, str]],
) -> Draft:  # fmt: skip
    keys: dict[str, Any] = {"derived_from": [each.id for each in members], **_sureness(members)}
    if shared := _shared_domains(members):
        keys["domain"] = shared
    if ripe.outgrown:
        keys["extends"] = list(ripe.outgrown)
    rule = sentences[0][1] if sentences else members[0].title
    lines = [f"- {text} ([[{name}]])" for name, text in sentences]
    lines += [f"- At odds: [[{one}]] contradicts [[{other}]]." for one, other in against]
    body = "\n".join([*lines, "", "## Rule", rule])
    return Draft(clipped(rule), keys, body)


def _sureness(members: Sequence[Record]) -> dict[str, Any]:
    """As sure as the least sure of them; measured only as often as all of them were."""
    stated = [first_word(each.keys.get("confidence") or "") for each in members]
    least = max(CONFIDENCES.index(each) if each in CONFIDENCES else 2 for each in stated)
    counts = [each.keys.get("n") for each in members]
    whole = [each for each in counts if isinstance(each, int) and each > 0]
    if least == 0 and len(whole) == len(counts):
        return {"confidence": "measured", "n": sum(whole)}
    return {"confidence": CONFIDENCES[max(least, 1)]}


def _shared_domains(members: Sequence[Record]) -> list[str]:
    """What most of them are about."""
    often = Counter(domain for each in members for domain in set(domains(each.keys)))
    return sorted(name for name, count in often.items() if 2 * count > len(members))


def clipped(text: str) -> str:
    """A text as a title: one line, and no longer than one reads at a glance."""
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else line[:_TITLE].rsplit(" ", 1)[0] + " …"
