"""What a lane of neighbours would add to the product's own evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from swarm import lanes, lsa, retrieve, wording
from swarm.records import KNOWLEDGE
from swarm.weights import Weights
from tools.eval import subject

if TYPE_CHECKING:
    from swarm.board import Board
    from swarm.retrieve import Evidence

_NEAREST = 10  # records that a seed leads to
_FACTORS = ("trail", "recency", "touch", "certainty")


@dataclass
class Likeness:
    """A model, and the rows that it has made by now, by the numbers of the cache."""

    model: lsa.Model
    rows: dict[int, Any] = field(default_factory=dict)

    def of(self, board: Board) -> tuple[list[int], Any]:
        """What stands there, and its rows."""
        marks = ", ".join("?" * len(KNOWLEDGE))
        asked = f"SELECT doc FROM node WHERE view = ? AND kind IN ({marks}) ORDER BY place"
        docs = [doc for (doc,) in board.view.rows(asked, board.view.number, *KNOWLEDGE)]
        fresh = [doc for doc in docs if doc not in self.rows]
        texts = {doc: wording.said(title, head, body)
                 for doc, title, _, head, body in board.view.texts(fresh)}  # fmt: skip
        made = lsa.embed(self.model, [texts[doc] for doc in fresh])
        self.rows |= dict(zip(fresh, made, strict=True))
        return docs, np.stack([self.rows[doc] for doc in docs])


def learned(board: Board) -> Likeness:
    """The model that the board makes as it stands."""
    return Likeness(lsa.fit(each.text for each in wording.of(board.view)))


def ranked(
    board: Board, text: str, likeness: Likeness, weights: Sequence[float]
) -> Mapping[float, list[str]]:
    """The paths of all that is ranked, with the lane at each weight; at 0 as the product has it."""
    evidence = subject.gather(board, text)
    near = _near(board, evidence, likeness)
    nodes = lanes._nodes(board.view, set(near) - set(evidence.nodes), evidence.now, Weights())
    whole = retrieve.rank(evidence._replace(nodes={**evidence.nodes, **nodes}), Weights())
    found: dict[float, list[str]] = {}
    for weight in weights:
        scored = [
            (_score(each, weight * near.get(each.node.doc, 0.0)), each.node.place, each.path)
            for each in whole
            if weight or each.node.doc in evidence.nodes
        ]
        found[weight] = [path for _, _, path in sorted(scored, reverse=True)]
    return found


def _score(each: retrieve.Ranked, more: float) -> float:
    said = fsum(value for name, value in each.terms.items() if name not in _FACTORS)
    return (said + more) * prod(each.terms[name] for name in _FACTORS)


def _near(board: Board, evidence: Evidence, likeness: Likeness) -> dict[int, float]:
    """What lies nearest to the best text hits, as these hand it on."""
    docs, rows = likeness.of(board)
    place = {doc: at for at, doc in enumerate(docs)}
    said = {lane: evidence.lanes[lane] for lane in retrieve.TEXT}
    seeds = retrieve.seeds(said, evidence.nodes, Weights())
    seeds = {doc: share for doc, share in seeds.items() if doc in place}
    if not seeds:
        return {}
    cosines = rows[[place[doc] for doc in seeds]] @ rows.T
    total: dict[int, float] = {}
    for (doc, share), row in zip(seeds.items(), cosines, strict=True):
        for at in np.argsort(-row, kind="stable")[: _NEAREST + 1]:
            if docs[at] != doc and row[at] > 0:
                total[docs[at]] = total.get(docs[at], 0.0) + share * float(row[at])
    return retrieve.normal(total)
