"""A query → the evidence that a board holds about it: every lane, loaded once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from swarm import fulltext, retrieve
from swarm.retrieve import Evidence, Node, Ranked

if TYPE_CHECKING:
    from swarm.view import View
    from swarm.weights import Weights

DEEP = 400  # rows that each lane looks at
HUB = 200  # a record that more link to leads back to all of them, so to none


def gather(view: View, text: str, weights: Weights) -> Evidence:
    """Everything the board knows that bears on a text."""
    question = fulltext.ask(view, text)
    said = {
        "words": retrieve.normal(fulltext.anywhere(view, question, DEEP)),
        "title": retrieve.normal(fulltext.in_titles(view, question, DEEP)),
        "phrases": retrieve.normal(fulltext.in_pairs(view, question, DEEP)),
    }
    now, warmest = view.present()
    called = dict.fromkeys(view.called(text), 1.0)
    found = {doc for lane in (called, *said.values()) for doc in lane}
    nodes = _nodes(view, found, now, weights)
    seeds = retrieve.seeds(said, nodes, weights)
    ahead = view.links_from(list(seeds))
    back = [(seed, citer) for citer, seed in view.citers(list(seeds), HUB)]
    nodes |= _nodes(view, {other for _, other in (*ahead, *back)} - set(nodes), now, weights)
    lanes = {
        "name": called,
        **said,
        "cited": retrieve.handed_on(seeds, ahead),
        "citing": retrieve.handed_on(seeds, back),
        "domain": retrieve.of_domain(seeds, nodes),
    }
    return Evidence(nodes, lanes, now, retrieve.heat(warmest, now, weights))


def search(view: View, text: str, weights: Weights) -> tuple[Ranked, ...]:
    """Every record that bears on a text, the best first."""
    return retrieve.rank(gather(view, text, weights), weights)


def _nodes(view: View, docs: Iterable[int], now: int, weights: Weights) -> dict[int, Node]:
    return {
        doc: Node(
            doc, record_id, path, kind, status, domain, place, touched,
            retrieve.heat(trail, now, weights), tuple(marks.split()),
        )
        for (
            doc, record_id, path, kind, status, domain, place, touched, trail, marks,
        ) in view.nodes(docs)
    }  # fmt: skip
