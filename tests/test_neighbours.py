"""Which vectors lie nearest to each: exactly where they are few, nearly all where they are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from swarm import neighbours


def unit(rows: Any) -> Any:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def by_hand(rows: Any, many: int) -> Any:
    alike = rows @ rows.T
    np.fill_diagonal(alike, -2)
    return np.sort(alike, axis=1)[:, ::-1][:, :many]


@pytest.mark.parametrize(("size", "many"), [(2, 1), (5, 9), (200, 10), (400, 3)])
def test_the_nearest_are_found(size: int, many: int) -> None:
    rows = unit(np.random.default_rng(1).standard_normal((size, 8)))
    found = neighbours.nearest(rows, many)
    there = min(many, size - 1)
    assert found.numbers.shape == (size, many)
    assert np.allclose(found.likeness[:, :there], by_hand(rows, there), atol=1e-5)
    assert (found.numbers[:, there:] == -1).all()
    own = np.arange(size)[:, None]
    assert not (found.numbers == own).any()
    near = rows[found.numbers[:, :there]]
    assert np.allclose(np.einsum("ij,ikj->ik", rows, near), found.likeness[:, :there], atol=1e-5)


def test_a_row_of_zeros_is_near_nothing() -> None:
    rows = unit(np.random.default_rng(1).standard_normal((6, 4)))
    rows[2] = 0
    found = neighbours.nearest(rows, 5)
    assert (found.numbers[2] == -1).all()
    assert (found.numbers != 2).all()
    assert (found.likeness[2] == 0).all()
    nothing = neighbours.nearest(np.zeros((3, 4), dtype=np.float32), 2)
    assert (nothing.numbers == -1).all()
    assert neighbours.nearest(np.zeros((0, 0), dtype=np.float32), 2).numbers.shape == (0, 2)


def test_many_that_are_the_same_are_each_others_nearest() -> None:
    rows = np.tile(unit(np.ones((1, 4))), (50, 1))
    found = neighbours.nearest(rows, 10)
    assert np.allclose(found.likeness, 1)
    assert all(len(set(row)) == 10 for row in found.numbers.tolist())
    assert not (found.numbers == np.arange(50)[:, None]).any()


def crowd(size: int, spread: float) -> Any:
    """Rows around centres, twenty to each."""
    dice = np.random.default_rng(1)
    centres = dice.standard_normal((size // 20, 16))
    return unit(
        centres[dice.integers(0, len(centres), size)] + spread * dice.standard_normal((size, 16))
    )


def test_above_fifty_thousand_nearly_all_of_the_nearest_are_found_and_always_the_same() -> None:
    rows = crowd(neighbours.FLAT + 1_000, 0.1)
    found, again = neighbours.nearest(rows, 10), neighbours.nearest(rows, 10)
    assert np.array_equal(found.numbers, again.numbers)
    assert 0.95 <= found.recall < 1.0000001
    some = np.arange(3, len(rows), 499)
    alike = rows[some] @ rows.T
    alike[np.arange(len(some)), some] = -2
    exact = np.argsort(-alike, axis=1)[:, :10]
    hits = [
        len(set(one) & set(other)) for one, other in zip(exact, found.numbers[some], strict=True)
    ]
    assert sum(hits) / exact.size >= 0.95
