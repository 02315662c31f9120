"""Loops of a broadcast visit the operands in numpy's order."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.errors import UnsupportedNode
from lapel.families.broadcast import OUTER, collapse, loop_params, result_shape

Shape = tuple[int, ...]


def walk(a: Shape, b: Shape) -> list[tuple[int, int]]:
    """The element pairs that `runtime/broadcast.h` visits, by offset."""
    p = loop_params(a, b)
    at, pa, pb, pairs = [0] * OUTER, 0, 0, []
    while True:
        pairs += [(pa + i * p["a_step"], pb + i * p["b_step"]) for i in range(p["count"])]
        for level in range(OUTER):
            at[level] += 1
            if at[level] < p["outer"][level]:
                break
            at[level] = 0
        else:
            return pairs
        pa, pb = pa + p["a_jump"][level], pb + p["b_jump"][level]


def expected(a: Shape, b: Shape) -> list[tuple[int, int]]:
    offsets = [np.arange(int(np.prod(s)), dtype=int).reshape(s) for s in (a, b)]
    left, right = np.broadcast_arrays(*offsets)
    return list(zip(left.ravel().tolist(), right.ravel().tolist(), strict=True))


@pytest.mark.parametrize(
    ("a", "b", "levels"),
    [
        ((2, 3, 4), (2, 3, 4), 1),
        ((2, 3, 4), (), 1),
        ((1, 1), (1,), 1),
        ((2, 3, 4), (4,), 2),
        ((2, 3, 4), (2, 1, 1), 2),
        ((2, 1, 4), (2, 3, 1), 3),
        ((1, 2, 1, 3, 1, 4, 1), (5, 1, 1, 1, 1, 4, 1), 3),
        ((2, 1, 3, 1, 2), (1, 2, 1, 3, 1), 5),
        ((2, 1, 2, 1, 2, 1), (2, 2, 2, 2, 2, 2), 6),
    ],
)
def test_collapse_finds_the_fewest_levels(a: Shape, b: Shape, levels: int) -> None:
    assert len(collapse(a, b)) == levels
    if levels <= OUTER + 1:
        assert walk(a, b) == expected(a, b)


def test_walk_equals_numpy_on_random_shapes() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        shape = rng.integers(1, 4, int(rng.integers(1, 6)))
        a = tuple(int(d) for d in np.where(rng.random(len(shape)) < 0.4, 1, shape))
        b = tuple(int(d) for d in np.where(rng.random(len(shape)) < 0.4, 1, shape))[int(rng.integers(0, 3)) :]
        assert walk(a, b) == expected(a, b), (a, b)


def test_shapes_that_do_not_broadcast() -> None:
    with pytest.raises(UnsupportedNode, match=r"\(2, 3\) and \(4,\) do not broadcast.*equal or one of them 1"):
        result_shape((2, 3), (4,))
