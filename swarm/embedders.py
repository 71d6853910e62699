"""What turns texts into vectors, behind one small interface: `lsa`, or a transformer.

`lsa` is learned from the board itself, and so depends on how much of it was there. It must not
depend on when somebody asked, or a deleted cache would change an answer. So the texts alone
decide what it is learned from: those that came first, up to a quarter of the way from one power
of two to the next, while the rest is folded in. When such a model says a twentieth less of the
board than of what it learned from, it is one of eight times as many steps. (On a history of
1,143 records the first nine tenths come to that: a fifteenth fewer of the ten that lie nearest
to a record are linked with it.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from swarm import lsa, transformer

if TYPE_CHECKING:
    from pathlib import Path

    from swarm.lsa import Rows

LSA = "lsa"
LEARNED = lsa.FORMAT  # of a model that is learned
DRIFT = 0.05  # what a model may say less of a board than of what it learned from
STEPS = (4, 32)  # of each doubling: by the first a board grows, by the last when it drifts
_SMALL = 256  # texts: a model of so few is learned anew in no time


Progress = Callable[[int, int], None]


class Choice(NamedTuple):
    """Which model a person wants, and whether it may be downloaded."""

    name: str = LSA
    fetch: bool = False


class Embedder(Protocol):
    """A model. It is made ready when a text has no vector yet, or to judge itself."""

    @property
    def digest(self) -> str:
        """What tells it from every other: with the same one, the same text has the same row."""

    @property
    def batch(self) -> int:
        """Texts whose rows are worth keeping as soon as they are made."""

    @property
    def later(self) -> Sequence[str]:
        """The texts whose rows tell whether it may stand."""

    def ready(
        self, kept: dict[str, Any] | None, progress: Progress | None
    ) -> dict[str, Any] | None:
        """Load or learn it; what was kept of it spares that. What is worth keeping of it."""

    def rows(self, texts: Sequence[str]) -> Rows:
        """A row for each text, of zeros where nothing is known of one."""

    def suits(self, rows: Rows) -> bool:
        """Whether it may stand, by the rows of the later texts."""


def candidates(choice: Choice, texts: Sequence[str]) -> Iterator[Embedder]:
    """What may embed these texts, the first choice first; the last one always suits."""
    if choice.name != LSA:
        yield Transformer(transformer.folder_of(choice.name, choice.fetch))
        return
    first, last = (learned_from(len(texts), steps) for steps in STEPS)
    if first < last:
        yield Lsa(texts[:first], texts[first:])
    yield Lsa(texts[:last], ())


def learned_from(size: int, steps: int) -> int:
    """Of so many texts, how many a model is learned from that takes so many steps to double."""
    if size <= _SMALL:
        return size
    step = (1 << (size.bit_length() - 1)) // steps
    return size // step * step


class Lsa:
    """Latent semantic analysis of some texts."""

    batch = 1_000

    def __init__(self, texts: Sequence[str], later: Sequence[str]) -> None:
        self._texts = texts
        self._model: lsa.Model | None = None
        self.later = later
        told = blake2b(f"{LSA} {lsa.FORMAT}".encode(), digest_size=16)
        for text in texts:
            told.update(key(text))
        self.digest = told.hexdigest()

    def ready(
        self, kept: dict[str, Any] | None, progress: Progress | None
    ) -> dict[str, Any] | None:
        self._model = lsa.thawed(kept) if kept else None
        if self._model:
            return None
        self._model = lsa.fit(_watched(self._texts, progress))
        return lsa.frozen(self._model)

    def rows(self, texts: Sequence[str]) -> Rows:
        assert self._model
        return lsa.fold(self._model, texts)

    def suits(self, rows: Rows) -> bool:
        if not self.later:
            return True
        assert self._model
        part = len(rows) / (len(self._texts) + len(rows))
        return part * lsa.drifted(self._model, rows) <= DRIFT


class Transformer:
    """A sentence-transformers model in a folder."""

    batch = 128
    later = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None
        self.digest = transformer.digest(folder)

    def ready(self, _: dict[str, Any] | None, progress: Progress | None) -> None:
        self._model = transformer.load(self._folder)

    def rows(self, texts: Sequence[str]) -> Rows:
        return transformer.embed(self._model, texts)

    def suits(self, _: Rows) -> bool:
        return True


def key(text: str) -> bytes:
    """What a text is known by: the hash of its bytes."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _watched(texts: Sequence[str], progress: Progress | None) -> Iterator[str]:
    """The same texts; how many were read is told, and never that all is done."""
    for done, text in enumerate(texts):
        if progress and done % 1_000 == 0:
            progress(done, len(texts))
        yield text
