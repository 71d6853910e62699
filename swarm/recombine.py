"""Pairs of records that nobody has brought together yet, and that may belong together.

Two records that share neighbours, with no link between them and nobody who cites
both. How likely it is that somebody will: what they share, the rarer the more
(Adamic-Adar); how warm both are; how alike their words are. The three multiply.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import trails, words
from swarm.records import KNOWLEDGE

if TYPE_CHECKING:
    from swarm.view import View

# Bounds that keep a board of 100,000 as quick as one of 1,000; on real histories they lose nothing.
SIDES = 100  # the warmest records, one of which is in every pair
HUB = 50  # what more records than this meet at says nothing about any two of them
OPENING = 4_000  # characters of each text that are compared


class Reach(NamedTuple):
    """How far to look: the newest neighbours of each side, and pairs whose words are compared."""

    neighbours: int
    read: int


WHOLE = Reach(50, 400)  # a board
NEAR = Reach(12, 12)  # some records that somebody waits for


class Pair(NamedTuple):
    """Two records worth reading side by side; `score` is the product of its terms."""

    left: str
    right: str
    titles: tuple[str, str]
    paths: tuple[str, str]
    shared: tuple[str, ...]  # ids of what both are linked to
    terms: Mapping[str, float]

    @property
    def score(self) -> float:
        return math.prod(self.terms.values())

    def as_json(self) -> dict[str, Any]:
        ends = zip((self.left, self.right), self.titles, self.paths, strict=True)
        return {
            "id": f"{self.left}+{self.right}",
            "records": [{"id": one, "title": title, "path": path} for one, title, path in ends],
            "shared": list(self.shared),
            "score": self.score,
            "terms": self.terms,
            "question": self.question,
        }

    @property
    def question(self) -> str:
        """What to ask with both in hand."""
        return f"What does “{self.titles[0]}” change about “{self.titles[1]}”?"


class _Candidate(NamedTuple):
    left: int
    right: int
    shared: tuple[int, ...]
    kinship: float
    heat: float

    @property
    def docs(self) -> tuple[int, int]:
        return self.left, self.right


class _Facts(NamedTuple):
    """A row as pairing sees it."""

    id: str
    path: str
    place: int
    heat: float


def pairs(view: View, half_life: float, top: int, among: Sequence[int] = ()) -> tuple[Pair, ...]:
    """The best pairs of a board; or the best of which one side is `among` some rows."""
    reach = NEAR if among else WHOLE
    near = _Near(view, half_life)
    sides = among or near.warmest()
    found = _unjoined(near, _candidates(near, sides, reach.neighbours), reach.read)
    near.know(doc for each in found for doc in each.shared)
    texts = {doc: each for doc, *each in view.texts({doc for one in found for doc in one.docs})}
    alike = _likeness(found, texts)
    told = [_told(near, each, alike[each.docs], texts) for each in found]
    told.sort(key=lambda each: (-each.score, each.left, each.right, each.paths))
    return tuple(each for each in told[:top] if each.score > 0)


class _Near:
    """The neighbourhood of some rows, loaded as it is asked for."""

    def __init__(self, view: View, half_life: float) -> None:
        self._view = view
        self._half_life = half_life
        self._now = view.present()[0]
        self.facts: dict[int, _Facts] = {}
        self.out: dict[int, frozenset[int]] = {}
        self.into: dict[int, frozenset[int]] = {}

    def warmest(self) -> list[int]:
        """The warmest rows of knowledge, the newest among equals."""
        self.know(self._view.warm(KNOWLEDGE, 2 * SIDES))
        order = sorted(self.facts, key=lambda doc: (-self.facts[doc].heat, -self.facts[doc].place))
        return order[:SIDES]

    def know(self, docs: Iterable[int]) -> None:
        """Load what is not known of some rows yet. That a record is new warms it once."""
        for doc, record_id, path, kind, _, _, place, _, trail, _ in self._view.nodes(
            set(docs) - set(self.facts)
        ):
            born = 2 ** (-(self._now - place) / self._half_life)
            warm = math.log1p(born + trails.heat(trail, self._now, self._half_life))
            self.facts[doc] = _Facts(record_id, path, place, warm if kind in KNOWLEDGE else 0.0)

    def meet(self, docs: Iterable[int]) -> None:
        """Load what some rows are linked to, either way."""
        fresh = sorted({doc for doc in docs if doc not in self.out})
        out: dict[int, set[int]] = {doc: set() for doc in fresh}
        into: dict[int, set[int]] = {doc: set() for doc in fresh}
        for source, target in self._view.links_from(fresh):
            out[source].add(target)
        for source, target in self._view.links_into(fresh):
            into[target].add(source)
        self.out |= {doc: frozenset(found) for doc, found in out.items()}
        self.into |= {doc: frozenset(found) for doc, found in into.items()}

    def newest(self, docs: frozenset[int], most: int) -> list[int]:
        """The newest of some rows."""
        places = self._view.places(docs) if len(docs) > most else dict.fromkeys(docs, 0)
        return sorted(docs, key=lambda doc: (-places[doc], doc))[:most]

    def around(self, doc: int) -> frozenset[int]:
        return self.out[doc] | self.into[doc]


def _candidates(near: _Near, sides: Sequence[int], most: int) -> list[_Candidate]:
    """Every pair with one warm side that shares a neighbour and has no link, the best first."""
    near.know(sides)
    near.meet(sides)
    close = {side: near.newest(near.around(side), most) for side in sides}
    near.meet({other for others in close.values() for other in others})
    shared: dict[tuple[int, int], list[int]] = {}
    for side, others in close.items():
        for between in others:
            around = near.around(between)
            for other in around if len(around) <= HUB else ():
                if other != side and other not in near.around(side):
                    met = shared.setdefault((min(side, other), max(side, other)), [])
                    if between not in met:
                        met.append(between)
    near.know({doc for pair in shared for doc in pair})
    found = [
        _weighed(near, left, right, met)
        for (left, right), met in shared.items()
        if near.facts[left].heat and near.facts[right].heat
    ]
    return sorted(found, key=lambda each: (-each.kinship * each.heat, *_paths(near, each)))


def _unjoined(near: _Near, candidates: Sequence[_Candidate], most: int) -> list[_Candidate]:
    """The first of them that no record cites both sides of."""
    found: list[_Candidate] = []
    for start in range(0, len(candidates), most):
        batch = candidates[start : start + most]
        near.meet(doc for each in batch for doc in each.docs)
        found += [each for each in batch if near.into[each.left].isdisjoint(near.into[each.right])]
        if len(found) >= most:
            break
    return found[:most]


def _weighed(near: _Near, left: int, right: int, met: Sequence[int]) -> _Candidate:
    rare = math.fsum(1 / math.log(2 + len(near.into[between])) for between in met)
    warm = near.facts[left].heat * near.facts[right].heat
    return _Candidate(left, right, tuple(met), rare, warm)


def _paths(near: _Near, pair: _Candidate) -> tuple[str, str]:
    return near.facts[pair.left].path, near.facts[pair.right].path


def _likeness(
    found: Sequence[_Candidate], texts: Mapping[int, Sequence[str]]
) -> dict[tuple[int, int], float]:
    """How alike the words of each pair are: the cosine of their weighed counts."""
    counts = {
        doc: Counter(word for text in each for word in _opening(text))
        for doc, each in texts.items()
    }
    held = Counter(word for count in counts.values() for word in count)
    rarity = {  # never nothing: of a single pair every common word is in all there is
        word: max(math.log((len(counts) + 0.5) / (many + 0.5)), 1e-9) for word, many in held.items()
    }
    weights = {
        doc: {word: (1 + math.log(many)) * rarity[word] for word, many in count.items()}
        for doc, count in counts.items()
    }
    norms = {
        doc: math.sqrt(math.fsum(each**2 for each in weight.values()))
        for doc, weight in weights.items()
    }
    return {
        (left, right): _product(weights[left], weights[right]) / (norms[left] * norms[right] or 1.0)
        for left, right in (each.docs for each in found)
    }


def _opening(text: str) -> list[str]:
    return words.segment(text[:OPENING]).split()


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    few, many = sorted((one, other), key=len)
    return math.fsum(weight * many[word] for word, weight in few.items() if word in many)


def _told(near: _Near, each: _Candidate, alike: float, texts: Mapping[int, Sequence[str]]) -> Pair:
    one, other = sorted(each.docs, key=lambda doc: (near.facts[doc].id, near.facts[doc].path))
    left, right = near.facts[one], near.facts[other]
    shared = sorted((near.facts[doc].place, near.facts[doc].id) for doc in each.shared)
    return Pair(
        left.id, right.id, (texts[one][0], texts[other][0]), (left.path, right.path),
        tuple(record_id for _, record_id in shared),
        {"kinship": each.kinship, "heat": each.heat, "likeness": alike},
    )  # fmt: skip
