"""A history as a row of questions: what was about to be written, and what it went on to cite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from tools.eval.repository import Repository


@dataclass(frozen=True, slots=True)
class Query:
    """One record to be, as its title; `commit` is the moment before it."""

    name: str
    text: str
    commit: str
    truths: frozenset[str]


@dataclass(frozen=True)
class Corpus:
    """A real history. A candidate's name is read off its path, not taken from the product."""

    title: str
    repository: Repository
    queries: tuple[Query, ...]
    name_of: Callable[[str], str | None]  # path → name, none for what is no candidate
    names_in: Callable[[bytes], frozenset[str]]  # what a candidate's file names
    note: str = ""
    hubs: int = 0  # so many are cited so often that a ranking which reads no query wins on them

    def sample(self, count: int | None) -> Corpus:
        """Some of the queries, evenly spread over the history."""
        total = len(self.queries)
        if count is None or count >= total:
            return self
        chosen = ((2 * at + 1) * total // (2 * count) for at in range(count))
        return replace(self, queries=tuple(self.queries[at] for at in chosen))

    def most_cited(self) -> frozenset[str]:
        """The hubs: the names that are most often a truth."""
        often = Counter(name for query in self.queries for name in query.truths)
        ranked = sorted(often, key=lambda name: (-often[name], name))
        return frozenset(ranked[: self.hubs])

    def names(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The candidates among some paths, each once, in the same order."""
        return tuple(dict.fromkeys(filter(None, map(self.name_of, paths))))


@dataclass
class Citations:
    """Who names whom in any tree of a corpus. A blob is read once."""

    corpus: Corpus
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def of(self, tree: Mapping[str, str]) -> dict[str, frozenset[str]]:
        """Every candidate of a tree with the other candidates that it names."""
        files = [(name, blob) for path, blob in tree.items() if (name := self.corpus.name_of(path))]
        missing = {blob for _, blob in files} - self._known.keys()
        if missing:
            read = self.corpus.repository.blobs(missing)
            self._known |= {blob: self.corpus.names_in(raw) for blob, raw in read.items()}
        present = frozenset(name for name, _ in files)
        cited: dict[str, frozenset[str]] = dict.fromkeys(present, frozenset())
        for name, blob in files:
            cited[name] |= (self._known[blob] & present) - {name}
        return cited


def popular(citations: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """All candidates, those that most others name first: a ranking that reads no query."""
    often = Counter(name for cited in citations.values() for name in cited)
    return tuple(sorted(citations, key=lambda name: (-often[name], name)))
