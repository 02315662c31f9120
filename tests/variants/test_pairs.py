"""Two products by one multiplication: runs of weights that cannot carry, at their limits, and what they cost."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from batch import merge
from cores import needs
from lapel.families.convolution import draw_attrs
from lapel.families.draw import weighted_bias
from lapel.families.window import Window
from lapel.ir import Call, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import registry
from lapel.variants import variants
from lapel.variants.conv_pairs import CHANNELS, MOST, find_runs, in_blocks
from lapel.variants.conv_pairs_three import MOST as MOST_OF_SEGMENT
from lapel.variants.conv_pairs_three import find_segment
from lapel.variants.wordpixels import UNIT

CORES = [pytest.param(c, marks=needs(c)) for c in ("cortex-m0plus", "cortex-m3", "rv32imac")]
INSTRUCTIONS = {
    "cortex-m0plus": {"conv_pairs": (4.1, 3.3), "conv_pairs_three": (4.1, 3.3)},
    "cortex-m3": {"conv_pairs": (2.2, 1.85), "conv_pairs_three": (1.75, 1.55)},
    "rv32imac": {"conv_pairs": (3.3, 2.85), "conv_pairs_three": (2.85, 2.45)},
}
"""A multiplication, at most, of LAYERS."""
LAYERS = {"pointwise": (4, 7, 64, 32, 1), "square": (6, 8, 32, 32, 3)}
"""Height, width, channels in and out, taps of a window's side: 64 channels by single taps, windows of 3 x 3 of 32."""


def conv(rng: np.random.Generator, weights: np.ndarray, size: tuple[int, int]) -> Graph:
    """A convolution of one image by these weights, [out_c, kernel, kernel, in_c], padded to its own size."""
    out_c, kernel, _, in_c = weights.shape
    window = Window((kernel, kernel), (1, 1), (1, 1), (kernel // 2,) * 4)
    x = Tensor("x", Type((1, *size, in_c), "int8", Quant((0.05,), (3,))))
    w = Tensor("w", Type(weights.shape, "int8", Quant((0.01,) * out_c, (0,) * out_c, 0)), weights)
    bias, y = weighted_bias(rng, x, w, out_c, (1, *size, out_c), kernel * kernel * in_c)
    return single("conv", [x, w, bias], [y], {**draw_attrs(rng, window), "activation": "none"})


def called(graph: Graph, kernel: str) -> Call | str:
    (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
    return variants()[kernel].specialize(call)


def test_runs_have_all_taps_and_cannot_carry() -> None:
    rng = np.random.default_rng(0)
    for most in (1, 30, 127):
        weights = rng.integers(-most, most + 1, (5, 3, 3, 7)).astype(np.int8)
        blocks = in_blocks(weights)
        units = np.abs(blocks.astype(int)).reshape(len(blocks), -1, UNIT, CHANNELS).sum(axis=2)
        runs, at, block = find_runs(blocks), 0, 0
        for run in map(int, runs):
            if run == 0:
                assert at == units.shape[1]
                at, block = 0, block + 1
                continue
            total = units[block, at : at + run].sum(axis=0)
            assert total.max() <= MOST
            assert at + run == units.shape[1] or (total + units[block, at + run]).max() > MOST or run == 255
            at += run
        assert block == len(blocks)


def test_a_weight_that_two_of_may_carry_is_refused() -> None:
    weights = np.full((2, 1, 1, 4), -128, np.int8)
    assert "a weight is -128" in str(called(conv(np.random.default_rng(0), weights, (2, 2)), "conv_pairs"))


@pytest.mark.parametrize("most", [1, 40, 127])
def test_segments_have_all_taps_and_keep_every_channel_within_the_bound(most: int) -> None:
    weights = np.random.default_rng(0).integers(-most, most + 1, (5, 3, 3, 64)).astype(np.int8)
    segment, taps = find_segment(weights), 9 * 64
    rows = np.abs(weights.astype(int)).reshape(5, -1)
    sums = [[row[k : k + segment].sum() for k in range(0, taps, segment)] for row in rows]
    assert segment % UNIT == 0 and np.max(sums) <= MOST_OF_SEGMENT
    longer = -(-taps // (len(sums[0]) - 1)) if len(sums[0]) > 1 else 0
    assert longer == 0 or rows[:, :longer].sum(axis=1).max() > MOST_OF_SEGMENT


@pytest.fixture(params=["conv_pairs", "conv_pairs_three"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The other one takes nothing."""
    for name in {"conv_pairs", "conv_pairs_three"} - {request.param}:
        monkeypatch.setattr(type(variants()[name]), "specialize", lambda self, call: "not asked for")
    return str(request.param)


SEGMENT = [127] * 64 + [63, 0]
"""Magnitudes that sum up to 8,191."""
LIMITS = {
    "conv_pairs": (
        602,
        [[127, 127], [-127, -127], [127, -127], [127, 126, 1, 1], [-1], [0, 127] * 3 + [1] * 140, [0], [0]],
    ),
    "conv_pairs_three": (
        2 * len(SEGMENT),
        [
            SEGMENT,
            [-w for w in SEGMENT],
            [w * (-1) ** k for k, w in enumerate(SEGMENT)],
            [-128] * 63 + [-127, 0, 0],
            [0],
        ],
    ),
}
"""Taps of a window, and what the weights of each channel repeat."""


@pytest.mark.parametrize("core", CORES)
def test_sums_at_their_limits_on_each_core(core: str, kernel: str) -> None:
    """Runs of 255 and segments of 8,191 of either sign under the least and the greatest x, and zeros."""
    taps, rows = LIMITS[kernel]
    weights = np.zeros((len(rows), 1, 1, taps), np.int8)
    for row, values in zip(weights, rows, strict=True):
        row.reshape(-1)[:] = np.resize(values, taps)
    graph = conv(np.random.default_rng(1), weights, (1, 7))
    found = called(graph, kernel)
    assert not isinstance(found, str)
    assert found.params.get("segment", len(SEGMENT)) == len(SEGMENT)
    assert np.asarray(found.params.get("runs", 255)).max() == 255
    x = np.full((6, *graph.tensors["x"].type.shape), -128, np.int8)
    x[1], x[2, ..., ::2], x[3, :, :, ::2], x[4, :, :, 1::2] = 127, 127, 127, 127
    x[5] = np.random.default_rng(2).integers(-128, 128, x[5].shape)
    result = lapel.run(graph, core, x)
    assert result.bit_exact and [layer.kernel for layer in result.layers] == [kernel]


@pytest.mark.parametrize("core", CORES)
def test_convolutions_keep_their_budgets(core: str, kernel: str) -> None:
    rng = np.random.default_rng(7)
    graphs = {}
    for name, (height, width, in_c, out_c, side) in LAYERS.items():
        weights = np.clip(rng.normal(0, 38, (out_c, side, side, in_c)), -127, 127).astype(np.int8)
        graphs[name] = conv(rng, weights, (height, width))
    graph = merge("layers", list(graphs.values()))
    result = lapel.run(
        graph, core, {n: rng.integers(-128, 128, (1, *graph.tensors[n].type.shape), np.int8) for n in graph.arguments}
    )
    assert result.bit_exact and {layer.kernel for layer in result.layers} == {kernel}
    taken = {n: (layer.instructions or 0) / layer.macs for n, layer in zip(graphs, result.layers, strict=True)}
    most = dict(zip(LAYERS, INSTRUCTIONS[core][kernel], strict=True))
    assert all(0.85 * most[name] < taken[name] <= most[name] for name in LAYERS), (taken, most)


COLUMNS = {"cortex-m0plus": (115, 135), "cortex-m3": (31.5, 37), "rv32imac": (56, 66)}
"""Instructions of an output of 3 x 3 taps, at most: rows of a multiple of three, and rows of five."""


@pytest.mark.parametrize("core", CORES)
def test_depthwise_layers_keep_their_budgets(core: str) -> None:
    rng = np.random.default_rng(5)
    graphs = [depthwise(rng, (1, 4, 12, 24)), depthwise(rng, (1, 25, 5, 64))]
    graph = merge("layers", graphs)
    result = lapel.run(
        graph, core, {n: rng.integers(-128, 128, (1, *graph.tensors[n].type.shape), np.int8) for n in graph.arguments}
    )
    assert result.bit_exact and {layer.kernel for layer in result.layers} == {"depthwise_pairs"}
    taken = [(layer.instructions or 0) * 9 / layer.macs for layer in result.layers]
    assert all(0.85 * most < found <= most for found, most in zip(taken, COLUMNS[core], strict=True)), taken


def depthwise(rng: np.random.Generator, shape: tuple[int, int, int, int]) -> Graph:
    """A depthwise convolution of 3 x 3 of an image, padded to its own size, whose scales make the kernel's layers."""
    x = Tensor("x", Type(shape, "int8", Quant((0.05,), (3,))))
    values = np.clip(rng.normal(0, 45, (1, 3, 3, shape[3])), -127, 127).astype(np.int8)
    w = Tensor("w", Type(values.shape, "int8", Quant((0.01,) * shape[3], (0,) * shape[3], 3)), values)
    y = Type(shape, "int8", Quant((0.5,), (-5,)))
    window = Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))
    return single("depthwise", [x, w], [y], {**draw_attrs(rng, window), "activation": "none"})
