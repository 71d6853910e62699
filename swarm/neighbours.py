"""Which vectors lie nearest to each: exactly, or by an approximate index where there are many.

Rows have length 1 or are zeros, of which nothing is known: they are near nothing. The index is
cells around centres, of which a search looks into some. How many it must look into depends on
how the rows lie, so that is not set but measured, on a sample that is also searched exactly.
Where it would be many of the cells, comparing everything with everything is quicker. One thread
does it all: with more, the last bits of a cosine would depend on how many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Numbers = NDArray[np.int64]

FLAT = 50_000  # rows; up to there nothing is quicker than to compare them all
RECALL = 0.97  # of the sample's nearest that must be found
_SAMPLE = 500  # rows
_WORTH = 16  # a search of more than this part of the cells is slower than an exact one
_PER_CELL = 64  # rows that each centre is learned from


class Nearest(NamedTuple):
    """For each row its nearest others, the nearest first."""

    numbers: Numbers  # -1 where there is none
    likeness: Rows  # cosines; 0 there
    recall: float  # of the exact answer, as the sample has it


def nearest(rows: Rows, many: int) -> Nearest:
    """The `many` nearest others of each row."""
    import numpy as np

    known = np.flatnonzero(rows.any(axis=1))
    numbers = np.full((len(rows), many), -1, dtype=np.int64)
    likeness = np.zeros((len(rows), many), dtype=np.float32)
    if len(known) < 2 or many < 1:
        return Nearest(numbers, likeness, 1.0)
    there = min(many, len(known) - 1)
    found, alike, recall = _search(np.ascontiguousarray(rows[known], dtype=np.float32), there)
    others, alike = _others(found, alike)
    numbers[known, :there] = np.where(others >= 0, known[others], -1)
    likeness[known, :there] = np.where(others >= 0, alike, 0)
    return Nearest(numbers, likeness, recall)


def _search(rows: Rows, many: int) -> tuple[Numbers, Rows, float]:
    """The nearest of each row, itself among them, with their cosines, and the recall."""
    import faiss
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,unused-ignore]

    with threadpool_limits(1):  # of what is loaded by now
        flat = faiss.IndexFlatIP(rows.shape[1])
        flat.add(rows)
        index, recall = (flat, 1.0) if len(rows) <= FLAT else _approximate(flat, rows, many)
        alike, found = index.search(rows, many + 1)
    return found, alike, recall


def _others(found: Numbers, alike: Rows) -> tuple[Numbers, Rows]:
    """What was found without each row itself; of more that are the same, without the last."""
    import numpy as np

    own = found == np.arange(len(found))[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(found), found.shape[1] - 1)
    return found[~own].reshape(shape), alike[~own].reshape(shape)


def _approximate(flat: Any, rows: Rows, many: int) -> tuple[Any, float]:
    """An index that looks into as few cells as will do, and its recall; or the exact one."""
    sample = rows[:: len(rows) // _SAMPLE]
    exact = flat.search(sample, many)[1]
    cells = _cells(rows)
    cells.nprobe = 1
    while cells.nprobe * _WORTH <= cells.nlist:
        recall = _recall(exact, cells.search(sample, many)[1])
        if recall >= RECALL:
            return cells, recall
        cells.nprobe *= 2
    return flat, 1.0


def _cells(rows: Rows) -> Any:
    """The approximate index. faiss draws its first centres from a fixed seed."""
    import faiss

    size, dimensions = rows.shape
    count = 4 * int(size**0.5)
    cells = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(dimensions), dimensions, count, faiss.METRIC_INNER_PRODUCT
    )
    cells.cp.min_points_per_centroid = 1  # or faiss warns of what was meant
    cells.train(rows[:: max(1, size // (count * _PER_CELL))])
    cells.add(rows)
    return cells


def _recall(exact: Numbers, found: Numbers) -> float:
    hits = sum(
        len(set(one) & set(other))
        for one, other in zip(exact.tolist(), found.tolist(), strict=True)
    )
    return hits / exact.size
