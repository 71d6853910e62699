"""Pairs that the product would combine: how many did a later lesson really bring together?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from typing import Any

import numpy as np

from tools.eval import guard, subject
from tools.eval.ancestor import Lesson, lessons, names_in
from tools.eval.corpus import Citations, Corpus
from tools.eval.metrics import ROUNDS, SEED, Mean, expected_top, interval

CUTS = (600, 700, 800, 900)
NEXT = 250  # lessons that may bring a pair together
TOP = 100

Pair = tuple[str, str]
Scored = list[tuple[float, bool]]  # best first: a pair's score, and whether it came about


@dataclass(frozen=True, slots=True)
class Cut:
    """What was proposed at one moment, and what came of it."""

    lessons: int
    eligible: int  # pairs without an edge and without a common citer
    came: int  # of those, how many came about
    product: float  # expected hits among the best hundred
    baseline: float

    @property
    def chance(self) -> float:
        return TOP * self.came / self.eligible if self.eligible else 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """All moments together."""

    cuts: tuple[Cut, ...]
    product: Mean
    baseline: Mean
    ratio: Mean | None  # none when the baseline has no hit


def replay(corpus: Corpus) -> Iterator[Cut]:
    """Each moment in turn, as far as the history reaches."""
    told, citations = lessons(corpus.repository), Citations(corpus)
    texts = corpus.repository.blobs(lesson.blob for lesson in told)
    for size in CUTS:
        if size >= len(told):
            return
        commit, following = told[size - 1].commit, later(told, size)
        tree = corpus.repository.tree(commit)
        cited = citations.of(tree)
        came = brought_together((names_in(texts[each.blob]) for each in following), cited.keys())
        future = frozenset(each.name for each in following)
        with subject.opened(corpus.repository.root, commit) as board:
            guard.check(subject.seen(board), tree, partial(_is_any_of, corpus, future))
            proposed = _proposed(board, corpus, came)
        free = eligible(cited)
        yield Cut(
            size, free.count, free.count_of(came), expected_top(proposed, TOP),
            expected_top(free.ranked(came), TOP),
        )  # fmt: skip


def later(told: Sequence[Lesson], size: int) -> list[Lesson]:
    """The lessons after the first `size`, less those that the same commit already showed."""
    return [each for each in told[size:] if each.commit != told[size - 1].commit][:NEXT]


def brought_together(named: Iterable[frozenset[str]], known: Iterable[str]) -> frozenset[Pair]:
    """The pairs of known lessons that one of the next lessons names both of."""
    there = frozenset(known)
    return frozenset(chain.from_iterable(combinations(sorted(each & there), 2) for each in named))


@dataclass(frozen=True)
class Eligible:
    """Pairs that nothing connects yet: no edge, and nobody who cites both."""

    names: int
    taken: frozenset[Pair]
    shared: Mapping[Pair, int]  # citations in common, where there are any

    @property
    def count(self) -> int:
        return self.names * (self.names - 1) // 2 - len(self.taken)

    def count_of(self, came: frozenset[Pair]) -> int:
        return len(came - self.taken)

    def ranked(self, came: frozenset[Pair]) -> Scored:
        """By the number of shared citations; pairs that share none are at the end, and many."""
        scored = ((float(count), pair in came) for pair, count in self.shared.items())
        return sorted(scored, key=lambda each: -each[0])


def eligible(cited: Mapping[str, frozenset[str]]) -> Eligible:
    """The pairs that may be proposed, out of who names whom in one tree."""
    edges = {_pair(name, other) for name, others in cited.items() for other in others}
    together = {pair for others in cited.values() for pair in combinations(sorted(others), 2)}
    taken = frozenset(edges | together)
    citers: dict[str, list[str]] = {}
    for name in sorted(cited):
        for other in cited[name]:
            citers.setdefault(other, []).append(name)
    shared = Counter(pair for names in citers.values() for pair in combinations(names, 2))
    open_pairs = {pair: count for pair, count in shared.items() if pair not in taken}
    return Eligible(len(cited), taken, open_pairs)


def summary(cuts: Sequence[Cut]) -> Result:
    """The totals of at least one cut; their intervals resample the pairs within each."""
    draw = np.random.default_rng(SEED)
    product = _resampled([cut.product for cut in cuts], draw)
    baseline = _resampled([cut.baseline for cut in cuts], draw)
    total, base = sum(cut.product for cut in cuts), sum(cut.baseline for cut in cuts)
    share = product / np.maximum(baseline, 1)  # a resample without a hit would divide by zero
    return Result(
        tuple(cuts),
        Mean(total, *interval(product)),
        Mean(base, *interval(baseline)),
        Mean(total / base, *interval(share)) if base else None,
    )


def _resampled(hits: Sequence[float], draw: np.random.Generator) -> np.ndarray[Any, Any]:
    """Drawing a hundred pairs anew, each a hit by its share, makes a binomial of each cut."""
    shares = np.asarray(hits, dtype=float) / TOP
    drawn: np.ndarray[Any, Any] = draw.binomial(TOP, shares, (ROUNDS, len(hits)))
    return np.asarray(drawn.sum(axis=1))


def _proposed(board: Any, corpus: Corpus, came: frozenset[Pair]) -> Scored:
    """The product's pairs of lessons, so many that all that tie with the last one are there."""
    asked = 4 * TOP
    while True:
        found = subject.pairs(board, asked, corpus.name_of)
        scored = [(value, _pair(left, right) in came) for left, right, value in found.best]
        settled = len(scored) > TOP and scored[-1][0] < scored[TOP - 1][0]
        if settled or found.is_all:
            return scored
        asked *= 4


def _is_any_of(corpus: Corpus, names: frozenset[str], path: str) -> bool:
    return corpus.name_of(path) in names


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
