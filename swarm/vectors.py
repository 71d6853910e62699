"""The vectors of some texts: made once for each text and model, and kept where they may be lost.

A text is known by its hash, so a renamed file, another branch and an edit of a record's head
find what is there. Rows are kept batch by batch as they are made: what was killed goes on from
there. What cannot be read is made again, and what cannot be kept is made for this once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import embedders
from swarm.shelf import Shelf

if TYPE_CHECKING:
    from swarm.embedders import Embedder
    from swarm.lsa import Rows

Choice = embedders.Choice
LSA = embedders.LSA
LEARNED = embedders.LEARNED

FORMAT = 1  # of the files
_MODELS = 4  # that are kept: those whose files were written last

Progress = Callable[[int, int], None]


class Vectors(NamedTuple):
    """A row of length 1 for each text, in their order; of zeros where nothing is known of one."""

    rows: Rows
    model: str  # what tells the model from every other
    made: int  # rows that had to be made now
    lasting: bool  # whether the next command will find them

    @property
    def silent(self) -> list[int]:
        """The texts of which nothing is known."""
        return [at for at, row in enumerate(self.rows) if not row.any()]


class Standing(NamedTuple):
    """What there is of the vectors of some texts, without making any."""

    model: str
    there: int
    silent: tuple[int, ...]  # of those that are there, the texts of which nothing is known


def chosen(stated: str, root: Path | None, given: str | None = None, fetch: bool = False) -> Choice:
    """The model that a person names, or the board; a board's folder is told from its root."""
    if given:
        return Choice(given, fetch)
    inside = root / stated if root and stated != LSA else None
    return Choice(str(inside) if inside and inside.is_dir() else stated, fetch)


def bring(
    folder: Path, choice: Choice, texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """The vectors of some texts: those that a folder holds, and the rest made and put there."""
    for embedder in embedders.candidates(choice, texts):
        work, later = _Work(Shelf(folder), embedder), embedder.later
        if not later or embedder.suits(work.rows(later, progress)):
            break
        work.tidy(later)  # it is asked again when the board has grown
    rows = work.rows(texts, progress)
    work.tidy(texts)
    return Vectors(_unit(rows), embedder.digest, work.made, work.lasting)


def look(folder: Path, choice: Choice, texts: Sequence[str]) -> Standing:
    """What a folder holds of the vectors of some texts, by the model that has most of them."""
    found = [
        _Work(Shelf(folder), embedder).standing(texts)
        for embedder in embedders.candidates(choice, texts)
    ]
    return max(found, key=lambda each: each.there)


class _Work:
    """A model, and the rows that it made."""

    def __init__(self, shelf: Shelf, embedder: Embedder) -> None:
        self._shelf = shelf
        self._embedder = embedder
        self._held: dict[bytes, Any] = {}
        self._files: list[str] = []
        self._ready = False
        self.made = 0
        self.lasting = True
        self._load()

    def rows(self, texts: Sequence[str], progress: Progress | None) -> Rows:
        """A row for each text, as the model makes them."""
        import numpy as np

        keys = [embedders.key(text) for text in texts]
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._held
        }
        if missing or self._embedder.later:
            self._make_ready(progress)
        for done, batch in _batches(list(missing.items()), self._embedder.batch):
            rows = self._embedder.rows([text for _, text in batch])
            if self._held and len(next(iter(self._held.values()))) != rows.shape[1]:
                self._forget()  # of another dimension than the model
                return self.rows(texts, progress)
            self._take([key for key, _ in batch], rows)
            self._keep([key for key, _ in batch])
            self.made += len(batch)
            if progress:
                progress(done + len(batch), len(missing))
        held = [self._held[key] for key in keys]
        return np.stack(held) if held else np.zeros((0, 0), dtype=np.float32)

    def standing(self, texts: Sequence[str]) -> Standing:
        """What is held of some texts."""
        held = [(at, self._held.get(embedders.key(text))) for at, text in enumerate(texts)]
        there = [(at, row) for at, row in held if row is not None]
        silent = tuple(at for at, row in there if not row.any())
        return Standing(self._embedder.digest, len(there), silent)

    def tidy(self, texts: Sequence[str]) -> None:
        """Put rows that lie in many files into one, and throw away what is long unused."""
        if not self.lasting or not self._files or (not self.made and len(self._files) == 1):
            return
        needed = dict.fromkeys(embedders.key(text) for text in texts)
        strange = [key for key in self._held if key not in needed]  # another branch's, or old
        parts, self._files = self._files, []
        self._keep([*needed, *(strange if len(strange) <= len(needed) else ())])
        if self.lasting:
            self._shelf.drop(set(parts) - set(self._files))
            self._shelf.thin(_MODELS)

    def _load(self) -> None:
        for name, arrays in self._shelf.get(self._label("rows")):
            if _are_rows(arrays):
                self._take([key.tobytes() for key in arrays["keys"]], arrays["rows"])
                self._files.append(name)
            else:
                self._shelf.drop([name])

    def _make_ready(self, progress: Progress | None) -> None:
        if self._ready:
            return
        label = self._label("model")
        kept = self._shelf.get(label)
        learned = self._embedder.ready(kept[0].arrays if kept else None, progress)
        if learned:
            self._shelf.put(label, learned)
        self._ready = True

    def _take(self, keys: Sequence[bytes], rows: Rows) -> None:
        self._held |= dict(zip(keys, rows, strict=True))

    def _keep(self, keys: Sequence[bytes]) -> None:
        import numpy as np

        listed = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
        rows = np.stack([self._held[key] for key in keys])
        name = self._shelf.put(self._label("rows"), {"keys": listed, "rows": rows})
        self.lasting = self.lasting and bool(name)
        self._files.append(name)

    def _forget(self) -> None:
        self._shelf.drop(self._files)
        self._held, self._files = {}, []

    def _label(self, what: str) -> str:
        return f"{what}-{FORMAT}-{self._embedder.digest}"


def _batches(all_of_them: list[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    for start in range(0, len(all_of_them), size):
        yield start, all_of_them[start : start + size]


def _are_rows(arrays: dict[str, Any]) -> bool:
    """Whether these are what `_keep` keeps."""
    if not {"keys", "rows"} <= arrays.keys():
        return False
    keys, rows = arrays["keys"], arrays["rows"]
    shaped = keys.ndim == rows.ndim == 2 and len(keys) == len(rows)
    return shaped and (keys.dtype.str, rows.dtype.str) == ("|u1", "<f4")


def _unit(rows: Rows) -> Rows:
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)
