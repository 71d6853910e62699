"""Rankings and truths → figures, with an interval that resampling the queries gives. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np

DEPTH = 10
ROUNDS = 2_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Score:
    """How well one ranking answers one query, each from 0 to 1."""

    recall: float
    mrr: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def score(ranking: Sequence[str], truths: frozenset[str]) -> Score:
    """recall@10 = hits / min(10, truths); MRR over the whole ranking; nDCG@10 of equal gains."""
    if not truths:
        raise ValueError("a query without a truth cannot be scored")
    ranks = [rank for rank, name in enumerate(ranking, 1) if name in truths]
    top = [rank for rank in ranks if rank <= DEPTH]
    most = min(DEPTH, len(truths))
    best = sum(1 / log2(rank + 1) for rank in range(1, most + 1))
    return Score(
        recall=len(top) / most,
        mrr=1 / ranks[0] if ranks else 0.0,
        ndcg=sum(1 / log2(rank + 1) for rank in top) / best,
    )


def mean(values: Sequence[float]) -> Mean:
    """The mean over at least one query; the interval resamples them, the same way each time."""
    known = np.asarray(values, dtype=float)
    picks = np.random.default_rng(SEED).integers(0, len(known), (ROUNDS, len(known)))
    return Mean(float(known.mean()), *interval(known[picks].mean(axis=1)))


def interval(samples: np.ndarray[Any, np.dtype[Any]]) -> tuple[float, float]:
    """What 95 % of the samples lie between."""
    low, high = np.quantile(samples, (0.025, 0.975))
    return float(low), float(high)


def expected_top(scored: Sequence[tuple[float, bool]], top: int) -> float:
    """How many of the best `top` are hits, best first; those that tie at the end by their share."""
    if len(scored) <= top:
        return float(sum(hit for _, hit in scored))
    edge = scored[top - 1][0]
    above = [hit for value, hit in scored if value > edge]
    tied = [hit for value, hit in scored if value == edge]
    return sum(above) + (top - len(above)) * sum(tied) / len(tied)


def ratio(over: Sequence[float], under: Sequence[float], whose: Sequence[int]) -> Mean | None:
    """The ratio of two sums over the same things; none where there is nothing to divide by.

    What belongs to the same one is resampled together. A resample that has nothing to divide
    by says nothing.
    """
    if not sum(under):
        return None
    owners, own = np.unique(np.asarray(whose), return_inverse=True)
    sums = np.stack([np.bincount(own, each) for each in (over, under)])
    often = np.random.default_rng(SEED).multinomial(
        len(owners), np.full(len(owners), 1 / len(owners)), ROUNDS
    )
    above, below = sums @ often.T
    told = above[below > 0] / below[below > 0]
    return Mean(float(sum(over) / sum(under)), *interval(told))


def agreement(one: Sequence[int], other: Sequence[int]) -> float:
    """The adjusted Rand index of two ways to label the same things: 1 if alike, 0 by chance."""
    both, left, right, every = (
        _pairs_alike(*labels) for labels in ((one, other), (one,), (other,), ([0] * len(one),))
    )
    by_chance = left * right / every if every else 0.0
    most = (left + right) / 2
    return (both - by_chance) / (most - by_chance) if most != by_chance else 1.0


def _pairs_alike(*labels: Sequence[int]) -> float:
    """Pairs of things whose labels are all the same."""
    _, often = np.unique(np.array(labels), axis=1, return_counts=True)
    return float((often * (often - 1) / 2).sum())
