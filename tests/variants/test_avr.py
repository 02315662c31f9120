"""The kernels for 8-bit AVR cores: bits on the emulated ATmega328P, and what layers cost there, as budgets."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from test_variants_run import more_cases

import lapel
import selection
from batch import check_bits, draw_samples, merge
from cores import needs
from fitted_sums import fitted_layer
from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window, same_pad
from lapel.ir import Case, Graph, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.planning import make_plan
from lapel.targets import load_target
from lapel.variants import variants

CORE = "atmega328p"
NAMES = selection.variants([n for n in sorted(variants()) if n.split("_")[1] == "avr"])
DRAWS, TRIED = 2, 40
SAMPLES = 3
RAM_BYTES, FLASH_BYTES = 700, 12_000
"""Of the graphs that are one firmware: all values are alive at the same time, beside the stack and the harness."""


def taken(name: str, count: int = DRAWS) -> list[Graph]:
    """One-node graphs in whose plan the variant is, small enough for the core: so many of each case that has them."""
    kernel, graphs = name.split("_")[0], list[Graph]()
    for op in selection.callers(name):
        for case in [*op.cases(), *(more_cases(name) if op.name == kernel else [])]:
            small = (g for g in draw(case, TRIED) if sizes(g)[0] <= RAM_BYTES and sizes(g)[1] <= FLASH_BYTES)
            graphs += islice((g for g in small if takes(name, g)), count)
    return graphs


def draw(case: Case, count: int) -> Iterator[Graph]:
    seed = zlib.crc32(case.name.encode())
    return (case.draw(np.random.default_rng((seed, i))) for i in range(count))


def takes(name: str, graph: Graph) -> bool:
    return any(c.kernel == name for step in make_plan(graph, load_target(CORE)).steps for c in step.calls)


def sizes(graph: Graph) -> tuple[int, int]:
    """Bytes of the values and of the constants."""
    constants = sum(t.type.bytes for t in graph.tensors.values() if t.data is not None)
    return sum(t.type.bytes for t in graph.tensors.values()) - constants, constants


def batches(graphs: list[Graph]) -> Iterator[list[Graph]]:
    """The graphs in order, as many together as the core has room for."""
    part: list[Graph] = []
    for g in graphs:
        ram, flash = map(sum, zip(*map(sizes, [*part, g]), strict=True))
        if part and (ram > RAM_BYTES or flash > FLASH_BYTES):
            yield part
            part = []
        part.append(g)
    yield part


@needs(CORE)
@pytest.mark.selected
@pytest.mark.parametrize("name", NAMES if selection.cores([CORE]) else [])
def test_a_variant_has_the_references_bits_on_the_core(name: str, tmp_path: Path) -> None:
    for k, part in enumerate(batches(taken(name))):
        graph = merge(f"avr_{k}", part)
        plan = make_plan(graph, load_target(CORE))
        assert any(c.kernel == name for s in plan.steps for c in s.calls), "no draw of any case"
        check_bits(plan, graph, tmp_path / str(k), SAMPLES)


def with_zero(t: Type, scale: float | None = None) -> Type:
    """The type with a zero point of -128, and this scale instead of its own."""
    assert t.quant is not None
    return replace(t, quant=Quant(t.quant.scale if scale is None else (scale,), (-128,)))


def perceptron() -> Graph:
    """64 -> 32 with a rectifier, and 32 -> 10 beside it: the sizes of handwritten digits of 8 x 8 pixels."""
    rng, graphs = np.random.default_rng(7), []
    for inputs, outputs, activation in ((64, 32, "relu"), (32, 10, "none")):
        x = draw_type(rng, "x", (1, inputs))
        x = Tensor("x", with_zero(x.type))
        w = symmetric_weights(rng, "w", (outputs, inputs), axis=None)
        bias, y = weighted_bias(rng, x, w, outputs, (1, outputs), fan_in=inputs)
        if activation == "relu":
            y = with_zero(y)
        attrs = {"activation": activation, "keep_dims": False, "rounding": "double"}
        graphs.append(single("dense", [x, w, bias], [y], attrs))
    return merge("perceptron", graphs)


def convolutions() -> Graph:
    """5 x 5 with stride 2 on an image of one channel, 3 x 3 of 8 to 12 channels, and pointwise of 8 to 16."""
    rng, graphs = np.random.default_rng(8), []
    shapes = [((14, 14, 1), 6, 5, 2), ((6, 6, 8), 12, 3, 1), ((5, 5, 8), 16, 1, 1)]
    for (h, w, c), outputs, kernel, stride in shapes:
        window = Window((kernel, kernel), (stride, stride))
        if stride == 2:
            window = replace(window, pad=same_pad((h, w), window))
        x = draw_type(rng, "x", (1, h, w, c))
        x = Tensor("x", with_zero(x.type))
        weights = symmetric_weights(rng, "w", (outputs, kernel, kernel, c), axis=0)
        shape = (1, *window.output((h, w)), outputs)
        bias, y = weighted_bias(rng, x, weights, outputs, shape, kernel * kernel * c)
        assert x.type.quant is not None and weights.type.quant is not None
        spread = 32 * kernel * c**0.5 * x.type.quant.scale[0] * max(weights.type.quant.scale)
        attrs = {**draw_attrs(rng, window), "activation": "relu"}
        graphs.append(single("conv", [x, weights, bias], [with_zero(y, float(np.float32(spread)))], attrs))
    return merge("convolutions", graphs)


def fitted() -> Graph:
    """The layers of `perceptron`, of weights and multipliers as quantization for accumulators of int16 makes them."""
    rng = np.random.default_rng(9)
    return merge("fitted", [fitted_layer(rng, 64, 32, "relu"), fitted_layer(rng, 32, 10, "none")])


def channels() -> Graph:
    """What takes each channel for itself: 3 x 3 taps of 8 channels, and pools of 2 x 2 cells of 8 channels."""
    rng, shape = np.random.default_rng(10), (1, 6, 6, 8)
    window = Window((3, 3), (1, 1), pad=(1, 1, 1, 1))
    x = draw_type(rng, "x", shape)
    x = Tensor("x", with_zero(x.type))
    weights = symmetric_weights(rng, "w", (1, 3, 3, 8), axis=3)
    bias, y = weighted_bias(rng, x, weights, 8, shape, 9)
    graphs = [single("depthwise", [x, weights, bias], [y], {**draw_attrs(rng, window), "activation": "relu"})]
    halves = {"kernel": (2, 2), "stride": (2, 2), "pad": (0, 0, 0, 0), "activation": "none"}
    small = replace(x.type, shape=(1, 3, 3, 8))
    return merge("channels", [*graphs, *(single(op, [x], [small], halves) for op in ("maxpool", "avgpool"))])


BUDGETS = {
    perceptron: [("dense_avr", 2048, 8_142), ("dense_avr", 320, 2_902)],
    fitted: [("dense_avr_fitted", 2048, 3_443), ("dense_avr_fitted", 320, 1_236)],
    convolutions: [("conv_avr", 13824, 97_223), ("conv_avr", 7350, 140_193), ("conv_avr", 3200, 56_449)],
    channels: [("depthwise_avr", 2592, 112_026), ("maxpool_avr", 0, 7_226), ("avgpool_avr", 0, 14_864)],
}
"""Multiplications and cycles of layers, of which half the inputs or more are -128."""


@needs(CORE)
@pytest.mark.parametrize("draw", BUDGETS, ids=lambda draw: draw.__name__)
def test_layers_keep_their_budgets(draw: Callable[[], Graph]) -> None:
    graph = draw()
    samples = draw_samples(graph, np.random.default_rng(5), 4)
    for x in samples.values():
        x.reshape(-1)[::2] = -128
    found = lapel.run(graph, CORE, samples)
    assert found.bit_exact
    assert sorted((layer.kernel, layer.macs, layer.cycles) for layer in found.layers) == sorted(BUDGETS[draw])


@pytest.mark.parametrize(
    ("pad", "kernel", "said"),
    [
        ((2, 2, 0, 0), (2, 2), "a window has no cell inside the image"),
        ((0, 0, 0, 0), (16, 16), "windows of 256 cells, expected at most 255"),
    ],
)
def test_windows_that_a_pool_does_not_take(pad: tuple[int, ...], kernel: tuple[int, int], said: str) -> None:
    window = Window(kernel, (1, 1), pad=pad)
    x = Tensor("x", Type((1, 16, 16, 1), "int8", Quant((0.5,), (0,))))
    y = Type((1, *window.output((16, 16)), 1), "int8", Quant((0.5,), (0,)))
    attrs = {"kernel": kernel, "stride": (1, 1), "pad": pad, "activation": "none"}
    (step,) = make_plan(single("maxpool", [x], [y], attrs), load_target(CORE)).record().steps
    assert said in str([(r.kernel, r.why) for r in step.calls[0].choice.rejected])
