"""Would neighbours of the text hits, by vectors, be worth a lane of retrieval of their own?

Each query as in `retrieval`, and once more with a lane that leads from the best text hits to the
records nearest to them. The model is learned from what stood there before the first query, and
what came since is folded in: nothing later is known to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tools.eval import alike, guard, subject
from tools.eval.corpus import Corpus, Query
from tools.eval.metrics import Mean, mean, score

WEIGHTS = (0.1, 0.3, 1.0)  # of the lane; what the words say weighs 1

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What a lane of such a weight comes to, and what it changes, query by query."""

    corpus: str
    weight: float
    queries: int
    recall: Mean
    mrr: Mean
    change: Mean  # in recall
    better: Mean  # in mrr


def table(corpus: Corpus, say: Say) -> list[Row]:
    """The product as it comes, and with the lane at each weight."""
    scores: dict[float, list[tuple[float, float]]] = {weight: [] for weight in (0.0, *WEIGHTS)}
    for number, (query, rankings) in enumerate(_replayed(corpus), 1):
        for weight, ranking in rankings.items():
            told = score(ranking, query.truths)
            scores[weight].append((told.recall, told.mrr))
        say(f"{corpus.title}: query {number} of {len(corpus.queries)}")
    usual = np.array(scores[0.0])
    return [_row(corpus.title, weight, np.array(told), usual) for weight, told in scores.items()]


def _row(title: str, weight: float, told: np.ndarray, usual: np.ndarray) -> Row:  # type: ignore[type-arg]
    change = told - usual
    return Row(
        title, weight, len(told), mean(told[:, 0]), mean(told[:, 1]), mean(change[:, 0]),
        mean(change[:, 1]),
    )  # fmt: skip


def _replayed(corpus: Corpus) -> Iterator[tuple[Query, Mapping[float, Sequence[str]]]]:
    likeness: alike.Likeness | None = None
    for query in corpus.queries:
        tree = corpus.repository.tree(query.commit)
        with subject.opened(corpus.repository.root, query.commit) as board:
            guard.check(subject.seen(board), tree, partial(_is_of, corpus, query))
            likeness = likeness or alike.learned(board)
            ranked = alike.ranked(board, query.text, likeness, (0.0, *WEIGHTS))
        yield query, {weight: corpus.names(paths) for weight, paths in ranked.items()}


def _is_of(corpus: Corpus, query: Query, path: str) -> bool:
    return corpus.name_of(path) == query.name


def helps(rows: Sequence[Row], weight: float) -> bool:
    """Whether recall grows on every board."""
    return all(each.change.low > 0 for each in rows if each.weight == weight)
