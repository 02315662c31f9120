"""Float trees as graphs: nodes that nothing parts are gone, and every input, NaN too, takes its leaf."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.ensembles import Ensemble, Grid, Tree, forest_graph
from lapel.families.trees import float_keys
from lapel.ops.forest import trees

FEATURES = 2


def drawn(rng: np.random.Generator, missing: bool) -> Tree:
    """A whole tree of six levels, whose nodes ask the same few features again and again; leaves with their numbers."""
    inner, count = 63, 127
    at = np.arange(count)
    left, right = (np.where(at < inner, 2 * at + side, -1) for side in (1, 2))
    threshold = np.round(rng.normal(0, 2, count), 1)
    values = np.where(at < inner, 0.0, at - 90.0)[:, None]
    asked = rng.random(count) < 0.5 if missing else None
    return Tree(rng.integers(0, FEATURES, count), threshold, left, right, values, asked)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("grid", [Grid("int8", 0.1, 3), Grid("int16", 0.01, 0), Grid("float32")])
def test_every_input_takes_its_leaf(grid: Grid, missing: bool) -> None:
    rng = np.random.default_rng(3)
    for _ in range(8):
        ensemble = Ensemble((drawn(rng, missing),), np.zeros(1), FEATURES, "numbers", single=False)
        graph = forest_graph("m", ensemble, grid)
        found = trees(graph.instance(graph.nodes[0]))
        x = grid.rounded(rng.normal(0, 3, (400, FEATURES)))
        if grid.dtype == "float32":
            near = found.thresholds[rng.integers(len(found.thresholds), size=x.shape)]
            x = np.where(rng.random(x.shape) < 0.5, grid.numbers(near.astype(np.int64)), x)
            if missing:
                x[rng.random(x.shape) < 0.3] = np.nan
            codes = float_keys(x.astype(np.float32))
        else:
            codes = np.rint(x / grid.scale + grid.zero).astype(grid.dtype)
        scale = graph.tensors[graph.outputs[0]].type.scale
        want = ensemble.compute(x)
        assert np.abs(found.sums(codes) * scale - want).max() <= scale * 1.01
        assert len(found.nodes) < 63 and (found.missing is not None) == (missing and grid.dtype == "float32")


def chain(*asked: tuple[float, bool, int]) -> Tree:
    """Nodes of feature 0: (threshold, whether NaN goes left, which side goes on); other sides are leaves."""
    count = len(asked)
    left, right = (np.full(2 * count + 1, -1) for _ in range(2))
    for k, (_, _, side) in enumerate(asked):
        on, off = (k + 1 if k + 1 < count else 2 * count), count + k
        left[k], right[k] = (on, off) if side == 0 else (off, on)
    threshold = np.array([a[0] for a in asked] + [0.0] * (count + 1))
    missing = np.array([a[1] for a in asked] + [False] * (count + 1))
    values = np.arange(2 * count + 1.0)[:, None]
    return Tree(np.zeros(2 * count + 1, np.int64), threshold, left, right, values, missing)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (((3.0, False, 0), (5.0, False, 0)), 1),  # behind x <= 3 all are <= 5
        (((3.0, False, 0), (2.0, False, 0)), 2),
        (((3.0, False, 1), (2.0, False, 1)), 1),  # behind x > 3 all are > 2
        (((3.0, True, 0), (5.0, False, 0)), 2),  # but NaN, which came along and leaves here
        (((3.0, True, 0), (5.0, True, 0)), 1),
        (((3.0, False, 1), (2.0, True, 1)), 2),
        (((np.inf, False, 0),), 1),  # NaN alone goes right
        (((np.inf, True, 0),), 0),
    ],
)
def test_what_is_asked_twice_is_asked_once(asked: tuple[tuple[float, bool, int], ...], kept: int) -> None:
    ensemble = Ensemble((chain(*asked),), np.zeros(1), 1, "numbers")
    graph = forest_graph("m", ensemble, Grid("float32"))
    found = trees(graph.instance(graph.nodes[0]))
    assert (len(found.nodes) if found.roots[0] >= 0 else 0) == kept
    x = np.array([[2.0], [3.0], [4.0], [6.0], [np.nan], [-np.nan], [np.inf]])
    scale = graph.tensors[graph.outputs[0]].type.scale
    np.testing.assert_allclose(found.sums(float_keys(x)) * scale, ensemble.compute(x), atol=scale)
