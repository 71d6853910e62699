"""Evidence → ranked records, each with the terms that make up its score. Pure.

What the words say is added up from four lanes; what the board did with a record
since multiplies it. Nothing here asks the board anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from swarm import trails
from swarm.weights import Weights

SEEDS = 100  # how many of the best text hits hand on to what they are linked to

# What a mark takes from a record's score: it is still found, and ranked down.
CERTAINTY = {"contradicted": 0.5, "superseded": 0.5, "archived": 0.5, "unverified": 0.9}

TEXT = ("words", "title", "phrases")
LANES = ("name", *TEXT, "cited", "citing", "domain")

Pairs = Iterable[tuple[int, int]]


class Node(NamedTuple):
    """A record as retrieval sees it."""

    doc: int
    id: str
    path: str
    kind: str
    status: str
    domain: str
    place: int
    touched: int
    heat: float
    marks: tuple[str, ...]


class Evidence(NamedTuple):
    """All that one query needs to know of a board."""

    nodes: Mapping[int, Node]
    lanes: Mapping[str, Mapping[int, float]]  # each with 1 for its best
    now: int
    hottest: float  # of the whole board


class Ranked(NamedTuple):
    """A record with its score: the sum of its lanes times every factor."""

    node: Node
    score: float
    terms: Mapping[str, float]

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def path(self) -> str:
        return self.node.path

    @property
    def kind(self) -> str:
        return self.node.kind


def heat(level: float | None, now: int, weights: Weights) -> float:
    """How warm a trail is at this place."""
    return trails.heat(level, now, weights.half_life)


def normal(scores: Mapping[int, float]) -> dict[int, float]:
    """The same scores as shares of the best one."""
    best = max(scores.values(), default=0.0)
    return {doc: score / best for doc, score in scores.items()} if best > 0 else {}


def seeds(
    text: Mapping[str, Mapping[int, float]], nodes: Mapping[int, Node], weights: Weights
) -> dict[int, float]:
    """The best hits of the text lanes. Squared, so that a sure hit outweighs many that are not."""
    total: dict[int, float] = {}
    for lane in TEXT:
        for doc, score in text[lane].items():
            total[doc] = total.get(doc, 0.0) + getattr(weights, lane) * score
    ordered = sorted(total, key=lambda doc: (-total[doc], nodes[doc].path))
    return {doc: total[doc] ** 2 for doc in ordered[:SEEDS]}


def handed_on(said: Mapping[int, float], links: Pairs) -> dict[int, float]:
    """What seeds hand on along their links. One that leads to many says less by each."""
    led: dict[int, set[int]] = {}
    for seed, other in links:
        led.setdefault(seed, set()).add(other)
    shares: dict[int, list[float]] = {}
    for seed, others in led.items():
        for other in others:
            shares.setdefault(other, []).append(said[seed] / math.sqrt(len(others)))
    return normal({doc: math.fsum(parts) for doc, parts in shares.items()})


def of_domain(said: Mapping[int, float], nodes: Mapping[int, Node]) -> dict[int, float]:
    """How much of what the seeds say falls into each candidate's domain."""
    shares: dict[str, list[float]] = {}
    for seed, score in said.items():
        shares.setdefault(nodes[seed].domain, []).append(score)
    total = {domain: math.fsum(parts) for domain, parts in shares.items() if domain}
    return normal({doc: total[node.domain] for doc, node in nodes.items() if node.domain in total})


def rank(evidence: Evidence, weights: Weights) -> tuple[Ranked, ...]:
    """Every candidate of every lane, the best first; of two alike the newer."""
    weighed = [(lane, getattr(weights, lane), evidence.lanes[lane]) for lane in LANES]
    ranked = []
    for node in evidence.nodes.values():
        lanes = {lane: weight * scores.get(node.doc, 0.0) for lane, weight, scores in weighed}
        factors = _factors(node, evidence, weights)
        score = math.fsum(lanes.values()) * math.prod(factors.values())
        ranked.append(Ranked(node, score, lanes | factors))
    return tuple(sorted(ranked, key=lambda each: (-each.score, -each.node.place)))


def _factors(node: Node, evidence: Evidence, weights: Weights) -> dict[str, float]:
    """What became of a record since, and how far it can be believed."""
    warmth = math.log1p(node.heat) / math.log1p(evidence.hottest) if evidence.hottest else 0.0
    age, since = evidence.now - node.place, evidence.now - node.touched
    doubt = math.prod(CERTAINTY.get(mark, 1.0) for mark in node.marks)
    return {
        "trail": 1 + weights.trail * warmth,
        "recency": 1 + weights.recency * 2 ** (-age / weights.half_life),
        "touch": 1 + weights.touch * 2 ** (-since / weights.half_life),
        "certainty": doubt**weights.certainty,
    }
