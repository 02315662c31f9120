"""Depthwise convolutions at sizes at which a variant takes another path: cases beside the operator's own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window, same_pad
from lapel.ir import Case, Graph
from lapel.ir.op import single


def draw_depthwise_of(
    rng: np.random.Generator,
    *,
    kernels: list[tuple[int, int]],
    width: int,
    stride: int = 1,
    dilation: int = 1,
    explicit: bool = False,
    rectified: bool = False,
) -> Graph:
    """A depthwise convolution of multiplier 1 without activation with one of `kernels`; `explicit` pads are any.

    `rectified` outputs have the zero point -128, which is what a folded relu leaves.
    """
    kernel = kernels[int(rng.integers(len(kernels)))]
    steps = [(int(rng.integers(1, most + 1)), int(rng.integers(1, most + 1))) for most in (stride, dilation)]
    window = Window(kernel, steps[0], steps[1])
    size = int(rng.integers(1, 12)), int(rng.integers(1, width + 1))
    top, bottom, left, right = map(int, rng.integers(0, 4, 4)) if explicit else same_pad(size, window)
    if width == 1:
        left = right = 0
    window = replace(window, pad=(top, bottom, left, right))
    h, w = max(size[0], window.extent[0] - top - bottom), max(size[1], window.extent[1] - left - right)
    c = int(rng.integers(4, 13))
    x = draw_type(rng, "x", (int(rng.integers(1, 3)), h, w, c))
    weights = symmetric_weights(rng, "w", (1, *kernel, c), None if rng.random() < 0.3 else 3)
    shape = (x.type.shape[0], *window.output((h, w)), c)
    bias, y = weighted_bias(rng, x, weights, c, shape, kernel[0] * kernel[1])
    if rectified:
        assert y.quant is not None
        y = replace(y, quant=replace(y.quant, zero=(-128,)))
    attrs = {**draw_attrs(rng, window), "activation": "none"}
    return single("depthwise", [x, weights, bias], [y], attrs)


LINES = [*((5, k) for k in range(2, 10)), (7, 7), (15, 3), (4, 2)]
LONG_LINES = [*((2, k) for k in range(10, 17)), (1, 13)]


def draw_column(rng: np.random.Generator) -> Graph:
    """A depthwise convolution without activation to one pixel, whose taps are mostly evenly spaced."""
    kernel = [(1, 15), (7, 1), (4, 4), (5, 5), (3, 3), (1, 1), (2, 1)][int(rng.integers(7))]
    steps = (1, 1) if min(kernel) > 1 else (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    window, c = Window(kernel, (3, 3), steps), int(rng.integers(4, 13))
    h, w = window.extent[0] + int(rng.integers(3)), window.extent[1] + int(rng.integers(3) * (rng.random() < 0.5))
    x = draw_type(rng, "x", (int(rng.integers(1, 3)), h, w, c))
    weights = symmetric_weights(rng, "w", (1, *kernel, c), None if rng.random() < 0.3 else 3)
    bias, y = weighted_bias(rng, x, weights, c, (x.type.shape[0], 1, 1, c), kernel[0] * kernel[1])
    return single("depthwise", [x, weights, bias], [y], {**draw_attrs(rng, window), "activation": "none"})


DEPTHWISE_CASES = [
    Case("column", draw_column),
    Case("three_by_three", partial(draw_depthwise_of, kernels=[(3, 3)], stride=2, width=20, explicit=True)),
    Case("three_by_three_same", partial(draw_depthwise_of, kernels=[(3, 3)], stride=3, width=9)),
    Case("three_wide", partial(draw_depthwise_of, kernels=[(3, 3)], stride=2, width=70, rectified=True)),
    Case("three_rectified", partial(draw_depthwise_of, kernels=[(3, 3)], stride=2, width=9, rectified=True)),
    Case(
        "three_explicit",
        partial(draw_depthwise_of, kernels=[(3, 3)], stride=3, width=9, explicit=True, rectified=True),
    ),
    Case("three_by_ones", partial(draw_depthwise_of, kernels=[(3, 3)], width=14, explicit=True)),
    Case("three_by_ones_same", partial(draw_depthwise_of, kernels=[(3, 3)], width=9, rectified=True)),
    Case("rows", partial(draw_depthwise_of, kernels=[(1, k) for k in range(1, 17)], width=45, explicit=True)),
    Case("rows_same", partial(draw_depthwise_of, kernels=[(1, k) for k in range(2, 9)], width=28)),
    Case("columns", partial(draw_depthwise_of, kernels=[(k, 1) for k in range(1, 17)], width=1)),
    Case("large", partial(draw_depthwise_of, kernels=[(5, 6), (6, 5), (7, 7)], stride=2, width=9)),
    Case("lines", partial(draw_depthwise_of, kernels=LINES, stride=2, width=60, explicit=True)),
    Case("lines_same", partial(draw_depthwise_of, kernels=LINES, stride=2, width=16)),
    Case("lines_long", partial(draw_depthwise_of, kernels=LONG_LINES, stride=2, width=40, explicit=True)),
    Case(
        "lines_apart", partial(draw_depthwise_of, kernels=[(1, 5), (2, 4), (2, 3)], stride=3, width=30, explicit=True)
    ),
    Case("dilated", partial(draw_depthwise_of, kernels=[(3, 3), (1, 4)], dilation=3, width=9, explicit=True)),
]
