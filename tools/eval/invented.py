"""Boards that nobody wrote, and what fires on them: without any structure, or with groups planted.

Where nothing is to be found, each board counts on which anything fires at all. A planted group is
found when one that fires has half of all that the two have in common. Both are asked three times:
of a board with its citations, with a few of them, and without any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tools.eval import subject

SIZE = 300  # records of a board without structure
AMONG = 2_000  # of one with planted groups
PLANTED = 20
FEW = 4  # every fourth citation: fewer than there are records, so words are heard, too
PLANTINGS = 3  # boards for each share
SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4)  # of their words that planted groups have in common

_WORDS = 4_000  # of the language, each as rare as its rank
_LEAST, _MOST = 40, 120  # words of a text
_CITES = 4  # at most, on average half as many
_RECENT = 25.0  # records; of one so much older a citation is e times less likely
_OWN = 40  # words that a planted group has for itself


class Invented(NamedTuple):
    """Texts in the order of time, who cites whom, and the groups that were planted."""

    texts: list[str]
    links: list[tuple[int, int]]
    groups: list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Alarms:
    """On how many boards without structure anything fired."""

    witness: str
    boards: int
    even: int  # of those whose citations are drawn evenly
    lively: int  # of those where what is new or often cited is cited more

    @property
    def fired(self) -> int:
        return self.even + self.lively


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the planted groups were found."""

    share: float
    witness: str
    planted: int
    found: int
    fired: int  # groups, whatever is in them

    @property
    def value(self) -> float:
        return self.found / self.planted


def alarms(boards: int, say: Callable[[str], None]) -> list[Alarms]:
    """Some boards without structure, every other one of them lively."""
    fired: dict[str, list[int]] = {}
    for seed in range(boards):
        say(f"board {seed + 1} of {boards} without structure")
        lively = seed % 2
        for witness, groups in _fired(structureless(seed, SIZE, lively=bool(lively))):
            fired.setdefault(witness, [0, 0])[lively] += bool(groups)
    return [Alarms(witness, boards, *counts) for witness, counts in fired.items()]


def recalls(say: Callable[[str], None]) -> list[Recall]:
    """The curve: at each share of common words, how many planted groups are found."""
    counts: dict[tuple[float, str], list[int]] = {}
    for share in SHARES:
        for seed in range(PLANTINGS):
            say(f"board {seed + 1} of {PLANTINGS} with groups that share {share:.0%}")
            board = planted(seed, AMONG, PLANTED, share)
            for witness, groups in _fired(board):
                here = sum(is_found(each, groups) for each in board.groups)
                held = counts.setdefault((share, witness), [0, 0])
                held[:] = held[0] + here, held[1] + len(groups)
    total = PLANTED * PLANTINGS
    return [Recall(*which, total, *held) for which, held in counts.items()]


def is_found(group: Sequence[int], fired: Sequence[Sequence[int]]) -> bool:
    own = set(group)
    return any(2 * len(own & set(each)) >= len(own | set(each)) for each in fired)


def _fired(board: Invented) -> Iterator[tuple[str, list[tuple[int, ...]]]]:
    """What fires with the citations of a board, with few of them, and by its words alone."""
    rows = subject.rows(board.texts)
    told = {"citations": board.links, "few citations": board.links[::FEW], "words": []}
    for witness, links in told.items():
        yield witness, subject.dense(rows, board.texts, links).fired


def structureless(seed: int, size: int, *, lively: bool) -> Invented:
    """Texts that say nothing together. Lively: what is new or often cited is cited more."""
    dice = np.random.default_rng(seed)
    texts = [" ".join(_text(dice)) for _ in range(size)]
    return Invented(texts, sorted(_citations(dice, size, lively)), [])


def planted(seed: int, size: int, many: int, share: float) -> Invented:
    """Groups of eight to sixteen records that share a part of their words, and cite each other."""
    dice = np.random.default_rng(seed)
    texts = [_text(dice) for _ in range(size)]
    links = set(_citations(dice, size, lively=True))
    free = dice.permutation(size)
    groups = []
    for number in range(many):
        wanted = int(dice.integers(8, 17))
        members, free = np.sort(free[:wanted]), free[wanted:]
        groups.append(tuple(members.tolist()))
        for member in groups[-1]:
            own = dice.random(len(texts[member])) < share
            texts[member] = [
                f"own{number}x{dice.integers(_OWN)}" if is_own else word
                for word, is_own in zip(texts[member], own, strict=True)
            ]
        links |= _among(dice, groups[-1])
    return Invented([" ".join(each) for each in texts], sorted(links), groups)


def _text(dice: Any) -> list[str]:
    """Words as often as a language has them: the hundredth a hundredth as often as the first."""
    weight = 1 / np.arange(2, _WORDS + 2)
    picks = dice.choice(_WORDS, size=int(dice.integers(_LEAST, _MOST)), p=weight / weight.sum())
    return [f"word{pick}" for pick in picks]


def _citations(dice: Any, size: int, lively: bool) -> Iterator[tuple[int, int]]:
    cited = np.zeros(size)
    for source in range(1, size):
        ages = np.arange(source, 0, -1)
        weight = (1 + cited[:source]) * np.exp(-ages / _RECENT) if lively else np.ones(source)
        count = min(int(dice.integers(0, _CITES + 1)), source)
        for target in dice.choice(source, size=count, replace=False, p=weight / weight.sum()):
            cited[target] += 1
            yield source, int(target)


def _among(dice: Any, members: tuple[int, ...]) -> set[tuple[int, int]]:
    """Each member but the first cites one or two that came before it."""
    found = set()
    for at, member in enumerate(members[1:], 1):
        for before in dice.choice(at, size=min(at, int(dice.integers(1, 3))), replace=False):
            found.add((member, members[before]))
    return found
