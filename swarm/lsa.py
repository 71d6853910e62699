"""Texts → vectors by the company their words keep: latent semantic analysis. Pure, no download.

A text is its words, each weighed by how often it is said (logarithmically) and how few other
texts say it. A truncated singular value decomposition of all of them turns words that keep
the same company into one direction. A text that came later is folded in: weighed as the model
knows its words, and turned the same way.

The same texts in the same order give the same model to the bit: what is drawn is drawn from a
fixed seed, every direction has its sign settled, and one thread adds everything up (more would
add in another order on another machine, and on a busy one they wait for each other). What holds
no word that the model knows is a row of zeros, which is like nothing.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from math import isqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from swarm import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Numbers = NDArray[np.float64]

FORMAT = 2  # of a model: change what words or directions the same texts give, count up
DIMENSIONS = 128  # of many texts, where more would take minutes and gigabytes
_MANY = 20_000  # texts
_FEWEST, _MOST = 64, 256  # directions of fewer texts
VOCABULARY = 50_000  # words; those that more texts hold come first
_BLOCK = 16  # vectors that are turned together
_BLOCKS = 16  # the fewest that are searched
_FRESH = 1e-9  # of chance in each, so that one which leads nowhere new leads somewhere
_ROUNDING = 1e-6  # a direction so much weaker than the strongest is none


class Model(NamedTuple):
    """What some texts taught: words, how much each says, and which way it points."""

    words: tuple[str, ...]
    rarity: Rows  # of each word
    basis: Rows  # a row for each word, a column for each direction
    size: int  # texts that it learned from
    share: float  # how much of such a text its directions say, on average

    @property
    def dimensions(self) -> int:
        return int(self.basis.shape[1])


class Counts(NamedTuple):
    """How often each text says each word: texts one after another, words by number."""

    words: dict[str, int]
    starts: array[int]  # where each text's words begin; one more than there are texts
    said: array[int]  # words
    times: array[int]  # how often


def directions(size: int) -> int:
    """How many are worth having: more texts say more, and of few the rest is noise."""
    return DIMENSIONS if size > _MANY else max(_FEWEST, min(4 * isqrt(size), _MOST))


def fit(texts: Iterable[str], dimensions: int = 0) -> Model:
    """What some texts teach. The model has fewer dimensions when they do not fill so many."""
    import numpy as np
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    counts = count(texts)
    size = len(counts.starts) - 1
    dimensions = dimensions or directions(size)
    held = np.bincount(_numbers(counts.said), minlength=len(counts.words))
    told = sorted(counts.words, key=lambda word: (-held[counts.words[word]], word))[:VOCABULARY]
    order = np.array([counts.words[word] for word in told], dtype=np.int64)
    rarity = 1 + np.log((1 + size) / (1 + held))
    weighed = _weighed(counts, rarity)[:, order]
    with threadpool_limits(1):
        basis = _directions(weighed, dimensions)
    found = Model(
        tuple(told), rarity[order].astype(np.float32), basis.astype(np.float32), size, 0.0
    )
    return found._replace(share=_share(_folded(found, counts)))


def embed(model: Model, texts: Iterable[str]) -> Rows:
    """A row of length 1 for each text; of zeros for one without a word that is known."""
    import numpy as np

    rows = _folded(model, count(texts))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def fold(model: Model, texts: Iterable[str]) -> Rows:
    """The same rows, each as long as the root of the share of its text that the model says."""
    return _folded(model, count(texts))


def drift(model: Model, texts: Iterable[str]) -> float:
    """How much less of some texts the model says than of those it learned from.

    0 for the same texts; 1 for texts of which it knows nothing.
    """
    return drifted(model, fold(model, texts))


def drifted(model: Model, rows: Rows) -> float:
    """The same of rows that were folded in."""
    return 1 - _share(rows) / model.share if model.share and len(rows) else 0.0


def frozen(model: Model) -> dict[str, Any]:
    """A model as arrays of numbers, to be kept."""
    import numpy as np

    told = "\n".join(model.words).encode("utf-8", "surrogatepass")
    return {
        "words": np.frombuffer(told, dtype=np.uint8),
        "rarity": model.rarity,
        "basis": model.basis,
        "about": np.array([model.size, model.share], dtype=np.float64),
    }


def thawed(arrays: dict[str, Any]) -> Model | None:
    """The model in some arrays, if they hold one."""
    try:
        told = arrays["words"].tobytes().decode("utf-8", "surrogatepass")
        rarity, basis = arrays["rarity"], arrays["basis"]
        size, share = arrays["about"].tolist()
    except (KeyError, ValueError, AttributeError):
        return None
    known = tuple(told.split("\n")) if told else ()
    if rarity.shape != (len(known),) or basis.ndim != 2 or basis.shape[0] != len(known):
        return None
    return Model(known, rarity, basis, int(size), share)


def count(texts: Iterable[str]) -> Counts:
    """The words of some texts."""
    numbers: dict[str, int] = {}
    starts, said, times = array("q", [0]), array("i"), array("i")
    for text in texts:
        for word, often in Counter(words_of(text)).items():
            said.append(numbers.setdefault(word, len(numbers)))
            times.append(often)
        starts.append(len(said))
    return Counts(numbers, starts, said, times)


def words_of(text: str) -> list[str]:
    """The words of a text that count, in their order."""
    return words.segment(text).split()


def _folded(model: Model, counts: Counts) -> Rows:
    """Counted texts in the model's directions. Words it never met are the rarest of all."""
    import numpy as np

    known = {word: number for number, word in enumerate(model.words)}
    met = np.array([known.get(word, -1) for word in counts.words], dtype=np.int64)
    rarity = np.full(len(met), 1 + np.log(1 + model.size))
    rarity[met >= 0] = model.rarity[met[met >= 0]]
    basis = np.zeros((len(met), model.dimensions))
    basis[met >= 0] = model.basis[met[met >= 0]]
    return np.asarray(_weighed(counts, rarity) @ basis, dtype=np.float32)


def _share(rows: Rows) -> float:
    return float((rows.astype("f8") ** 2).sum(axis=1).mean()) if len(rows) else 0.0


def _weighed(counts: Counts, rarity: Numbers) -> Any:
    """The texts as sparse rows of length 1."""
    import numpy as np
    from scipy import sparse  # type: ignore[import-untyped]

    starts, said = _numbers(counts.starts), _numbers(counts.said)
    values = (1 + np.log(_numbers(counts.times))) * rarity[said]
    rows = sparse.csr_array((values, said, starts), shape=(len(starts) - 1, len(rarity)))
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(starts))
    return rows


def _numbers(held: array[int]) -> Any:
    import numpy as np

    return np.array(held, dtype=held.typecode)


def _directions(rows: Any, dimensions: int) -> Numbers:
    """The strongest directions of some sparse rows, as columns, the strongest first.

    They are sought among the vectors that a few fixed ones become when they are turned again
    and again (a block Krylov space), which is as good as ARPACK. But ARPACK goes on from a
    random vector, another one each time, where texts fill fewer dimensions than are wanted.
    """
    import numpy as np

    size, width = rows.shape
    if not rows.nnz:
        return np.zeros((width, 0))
    there, back = (rows.T.tocsr(), rows) if size < width else (rows, rows.T.tocsr())
    least = min(size, width)
    many = max(_BLOCKS, dimensions // 4) * _BLOCK  # four times as many as are wanted, or more
    spanned = np.eye(least) if least <= many else _krylov(there, back, many)
    image = np.asarray(there @ spanned)
    squares, turned = np.linalg.eigh(image.T @ image)
    strength = np.sqrt(np.maximum(squares[::-1][:dimensions], 0))
    kept = strength > _ROUNDING * strength[0]
    turned, strength = turned[:, ::-1][:, :dimensions][:, kept], strength[kept]
    return _settled(image @ turned / strength if size < width else spanned @ turned)


def _krylov(there: Any, back: Any, many: int) -> Numbers:
    """Vectors at right angles that hold nearly all of the strongest directions."""
    import numpy as np

    least = there.shape[1]
    drawn = np.random.RandomState(0)  # frozen: the same numbers in every version
    block = np.zeros((least, _BLOCK))
    spanned = np.empty((least, many))
    for done in range(0, many, _BLOCK):
        block += _FRESH * drawn.standard_normal(block.shape)
        for _ in range(2):  # once leaves rounding, which grows
            block -= spanned[:, :done] @ (spanned[:, :done].T @ block)
            block, _ = np.linalg.qr(block)
        spanned[:, done : done + _BLOCK] = block
        block = np.asarray(back @ (there @ block))
    return spanned


def _settled(columns: Numbers) -> Numbers:
    """Of either sign that which makes the heaviest weight positive."""
    import numpy as np

    heaviest = columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])]
    return columns * np.where(heaviest < 0, -1.0, 1.0)
