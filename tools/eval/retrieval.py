"""Every query of a corpus, put to the board as it was just before, under every weighting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.eval import guard, subject
from tools.eval.corpus import Citations, Corpus, Query, popular
from tools.eval.guard import Leak
from tools.eval.metrics import Mean, Score, mean, score
from tools.eval.repository import Repository

POPULAR = "popularity"
HUBS, HUBS_THEN = "ten most cited removed", "ten most cited by then"
PROVED = 3  # queries ranked again where nothing later exists

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What each way of ranking scored on one query, and in worlds without the most cited."""

    scores: dict[str, Score]
    less: dict[str, dict[str, Score]]  # by world; one in which nothing else was a truth is left out


@dataclass(frozen=True, slots=True)
class Row:
    """One way of ranking over one window of queries."""

    method: str
    window: str
    queries: int
    recall: Mean
    mrr: Mean
    ndcg: Mean
    change: Mean | None  # in recall, query by query, against the product as it comes


@dataclass(frozen=True, slots=True)
class Silence:
    """How many queries a board takes for none of its business."""

    board: str
    asked: str
    when: str
    queries: int
    silent: int


def table(corpus: Corpus, hubs: frozenset[str], say: Say) -> list[Row]:
    """All rows of a corpus; `hubs` are left out of truths and candidates in one window."""
    answers = []
    for number, answer in enumerate(replay(corpus, hubs), 1):
        answers.append(answer)
        say(f"{corpus.title}: query {number} of {len(corpus.queries)}")
    return rows(answers)


def replay(corpus: Corpus, hubs: frozenset[str]) -> Iterator[Answer]:
    """The answers in the order of time."""
    weightings, citations = subject.variants(), Citations(corpus)
    for query in corpus.queries:
        tree = corpus.repository.tree(query.commit)
        with subject.opened(corpus.repository.root, query.commit) as board:
            guard.check(subject.seen(board), tree, partial(_is_of, corpus, query))
            evidence = subject.gather(board, query.text)
            rankings = {
                name: corpus.names(subject.ranked(evidence, weights))
                for name, weights in weightings.items()
            }
        rankings[POPULAR] = popular(citations.of(tree))
        worlds = {HUBS: hubs, HUBS_THEN: frozenset(rankings[POPULAR][: corpus.hubs])}
        yield judged(rankings, query.truths, worlds)


def prove(corpus: Corpus, say: Say) -> int:
    """Rank some queries where nothing later exists, and raise Leak if that makes a difference."""
    chosen = corpus.sample(PROVED).queries
    for query in chosen:
        say(f"{corpus.title}: {query.name} once more, in a repository that ends before it")
        with TemporaryDirectory(prefix="swarm-eval-") as folder:
            alone = corpus.repository.until(query.commit, Path(folder) / "alone.git")
            usual, past = _ranked(corpus.repository, query), _ranked(alone, query)
        if usual != past:
            raise Leak(f"{query.name}: ranked otherwise where nothing came after {query.commit}")
    return len(chosen)


def judged(
    rankings: dict[str, tuple[str, ...]],
    truths: frozenset[str],
    worlds: Mapping[str, frozenset[str]],
) -> Answer:
    """Each ranking's score, and its score in worlds that lack some records."""
    less = {
        world: {
            name: score([each for each in ranking if each not in gone], truths - gone)
            for name, ranking in rankings.items()
        }
        for world, gone in worlds.items()
        if gone and truths - gone
    }
    return Answer({name: score(ranking, truths) for name, ranking in rankings.items()}, less)


def rows(answers: Sequence[Answer]) -> list[Row]:
    """Two methods in every window, the others over all queries."""
    half = len(answers) // 2
    scores = [each.scores for each in answers]
    windows = {
        "": scores,
        "first half": scores[:half],
        "second half": scores[half:],
        **{
            world: [each.less[world] for each in answers if world in each.less]
            for world in (HUBS, HUBS_THEN)
        },
    }
    found = []
    for method in scores[0] if scores else ():
        everywhere = method in (subject.DEFAULT, subject.WORDS)
        for window, held in windows.items():
            if held and (everywhere or not window):
                found.append(_row(method, window, held))
    return found


def silences(boards: Sequence[Corpus], say: Say) -> Iterator[Silence]:
    """Its own queries, each put to a board as it was just before; another's, put to it whole.

    A board is also asked half-way, since what it covers grows with it.
    """
    for corpus in boards:
        say(f"{corpus.title}: silence on its own queries")
        silent = sum(_silent(corpus, query.commit, [query.text]) for query in corpus.queries)
        own = len(corpus.queries)
        yield Silence(corpus.title, corpus.title, "just before each", own, silent)
        others = [each for each in boards if each is not corpus]
        half_way = corpus.queries[own // 2].commit
        for when, commit in (("half-way", half_way), ("at its end", corpus.repository.head)):
            for asked in others:
                say(f"{corpus.title}: silence on the queries of {asked.title}, {when}")
                texts = [query.text for query in asked.queries]
                silent = _silent(corpus, commit, texts)
                yield Silence(corpus.title, asked.title, when, len(texts), silent)


def _silent(corpus: Corpus, commit: str, texts: Sequence[str]) -> int:
    with subject.opened(corpus.repository.root, commit) as board:
        return sum(subject.is_silent(board, text) for text in texts)


def _ranked(repository: Repository, query: Query) -> list[str]:
    with subject.opened(repository.root, query.commit) as board:
        weights = subject.variants()[subject.DEFAULT]
        return subject.ranked(subject.gather(board, query.text), weights)


def _row(method: str, window: str, held: Sequence[dict[str, Score]]) -> Row:
    mine = [each[method] for each in held]
    usual = [each[subject.DEFAULT] for each in held]
    change = [one.recall - other.recall for one, other in zip(mine, usual, strict=True)]
    return Row(
        method, window, len(mine),
        recall=mean([each.recall for each in mine]),
        mrr=mean([each.mrr for each in mine]),
        ndcg=mean([each.ndcg for each in mine]),
        change=mean(change) if method != subject.DEFAULT else None,
    )  # fmt: skip


def _is_of(corpus: Corpus, query: Query, path: str) -> bool:
    return corpus.name_of(path) == query.name
