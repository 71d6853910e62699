"""Do groups that fire come together? A board's groups at four moments, and what came after each.

**A pair came about** when a lesson that is later than the moment names both. Of each group's
pairs that share is held against *random groups like it*: for each member any other record of
the same domains, or of the whole board where fewer of those are left than three times the size
of the group; no member is one of the group. The *lift* is how many pairs came about, over how
many of random groups do.

The same is asked of the groups that did not fire, and of k-means: as many clusters as make them
on average as large as the groups. Intervals resample groups, pooled over the moments; groups
that have most of their records in common are one group at several moments, and drawn together.

*Stability* is how alike the groups by text are without a tenth of the records, as the adjusted
Rand index has it: by the same vectors, as the product keeps them while the board has drifted
little, and by vectors that were learned anew. A record in no group is alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from tools.eval import guard, subject
from tools.eval.ancestor import lessons
from tools.eval.corpus import Corpus
from tools.eval.metrics import SEED, agreement
from tools.eval.recombination import CUTS, Pair, brought_together
from tools.eval.repository import Failed
from tools.eval.subject import Ground

DRAWN = 50  # random groups for each
ENOUGH = 3  # times the size of a group: so many records of a domain, or the whole board
SMALLEST = 3  # records of a cluster: the product's groups have no fewer
RESAMPLES = 10
KEPT = 0.9

Members = Sequence[int]
Numbers = np.ndarray[Any, np.dtype[Any]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A group, and what came of it."""

    names: frozenset[str]
    pairs: int
    came: int
    chance: float  # pairs of a random group like it that came about, on average


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike the groups by text are when some of the records are missing."""

    same: float  # by the same vectors
    anew: float  # by vectors that were learned without them


@dataclass(frozen=True, slots=True)
class Cut:
    """The groups of one moment."""

    lessons: int
    records: int  # that were looked at
    witness: str
    fired: tuple[Judged, ...]
    others: tuple[Judged, ...]
    means: tuple[Judged, ...]  # clusters of k-means
    agreements: tuple[Agreement, ...]


def replay(corpus: Corpus, say: Say) -> Iterator[Cut]:
    """Each moment in turn, as far as the history reaches."""
    told = lessons(corpus.repository)
    texts = corpus.repository.blobs(lesson.blob for lesson in told)
    for size in CUTS:
        if size >= len(told):
            return
        say(f"{corpus.title}: groups at {size} lessons")
        commit = told[size - 1].commit
        following = [each for each in told[size:] if each.commit != commit]
        future = {each.name for each in following}
        with subject.opened(corpus.repository.root, commit) as board:
            tree = corpus.repository.tree(commit)
            guard.check(subject.seen(board), tree, lambda path: corpus.name_of(path) in future)  # noqa: B023
            ground = subject.ground(board)
        names = [corpus.name_of(path) or path for path in ground.paths]
        named = (corpus.names_in(texts[each.blob]) for each in following)
        yield measured(size, ground, names, brought_together(named, names))


def measured(size: int, ground: Ground, names: Sequence[str], came: frozenset[Pair]) -> Cut:
    """The groups of one moment, and what came of each."""
    rows = subject.rows(ground.texts, ground.rest)
    found = subject.dense(rows, ground.texts, ground.links)
    dice = np.random.default_rng(SEED)
    means = clusters(rows, [*found.fired, *found.others])
    fired, others, by_means = (
        tuple(judged(each, names, came, ground.domains, dice) for each in groups)
        for groups in (found.fired, found.others, means)
    )
    agreed = tuple(agreements(rows, ground))
    return Cut(size, len(names), found.witness, fired, others, by_means, agreed)


def judged(
    group: Members, names: Sequence[str], came: frozenset[Pair],
    domains: Sequence[tuple[str, ...]], dice: np.random.Generator,
) -> Judged:  # fmt: skip
    """A group beside random ones like it."""

    def of(members: Members) -> int:
        pairs = combinations(sorted(names[at] for at in members), 2)
        return sum(pair in came for pair in pairs)

    places = pools(group, domains)
    chance = float(np.mean([of(drawn(places, dice)) for _ in range(DRAWN)]))
    size = len(group)
    return Judged(frozenset(names[at] for at in group), size * (size - 1) // 2, of(group), chance)


def pools(group: Members, domains: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """For each member of a group the records that a random one may have in its place."""
    own = set(group)
    others = [at for at in range(len(domains)) if at not in own]
    if len(others) < len(group):
        raise Failed(f"a group of {len(group)} in {len(domains)} records: nothing is like it")
    about = {domain: [at for at in others if domains[at] == domain] for domain in set(domains)}
    like = (about[domains[at]] for at in group)
    return [each if len(each) >= ENOUGH * len(group) else others for each in like]


def drawn(places: Sequence[Sequence[int]], dice: np.random.Generator) -> list[int]:
    """A record for each place, none twice."""
    found: list[int] = []
    for pool in places:
        pick = pool[dice.integers(len(pool))]
        while pick in found:
            pick = pool[dice.integers(len(pool))]
        found.append(pick)
    return found


def clusters(rows: Numbers, groups: Sequence[Members]) -> list[list[int]]:
    """What k-means makes of the same rows, on average as large as some groups."""
    import faiss
    from threadpoolctl import threadpool_limits

    if not groups:
        return []
    count = round(len(rows) * len(groups) / sum(map(len, groups)))
    with threadpool_limits(1):  # more add in another order
        means = faiss.Kmeans(
            rows.shape[1], count, nredo=3, seed=SEED,
            min_points_per_centroid=1, max_points_per_centroid=len(rows),
        )  # fmt: skip
        means.train(rows)
        nearest = means.index.search(rows, 1)[1].ravel()
    found = [np.flatnonzero(nearest == number).tolist() for number in range(count)]
    return [each for each in found if len(each) >= SMALLEST]


def agreements(rows: Numbers, ground: Ground) -> Iterator[Agreement]:
    """Without a tenth of the records, each time another."""
    dice, size = np.random.default_rng(SEED), len(ground.texts)
    whole = labels(subject.alike(rows), size)
    for _ in range(RESAMPLES):
        kept = np.sort(dice.permutation(size)[: round(size * KEPT)])
        learned = subject.rows([ground.texts[at] for at in kept], ground.rest)
        same, anew = (
            agreement(whole[kept], labels(subject.alike(some), len(kept)))
            for some in (rows[kept], learned)
        )
        yield Agreement(same, anew)


def labels(groups: Sequence[Members], size: int) -> Numbers:
    """A number for each record that those of its group share."""
    found = np.arange(size)
    for number, group in enumerate(groups):
        found[list(group)] = size + number
    return found
