"""Convolutions of few values a window and many pixels, for the kernel `conv_dsp_shallow`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Case, Graph, Quant
from lapel.ir.op import single
from lapel.variants.conv_dsp_shallow import FEWEST_PIXELS


def draw_shallow(
    rng: np.random.Generator,
    *,
    shapes: list[tuple[int, int, int]],
    stride: int = 1,
    dilation: int = 1,
    pad: int = 0,
) -> Graph:
    """A convolution of one of `shapes` (kernel, input channels) to many pixels of zero point -128."""
    kh, kw, c = shapes[int(rng.integers(len(shapes)))]
    steps = [(int(rng.integers(1, most + 1)), int(rng.integers(1, most + 1))) for most in (stride, dilation)]
    top, bottom, left, right = map(int, rng.integers(0, pad + 1, 4))
    window = Window((kh, kw), steps[0], (steps[1][0], 1), (top, bottom, left, right))
    n, columns = int(rng.integers(1, 3)), int(rng.integers(3, 40))
    rows = -(-(FEWEST_PIXELS + int(rng.integers(9))) // (n * columns))
    h = max(1, (rows - 1) * window.stride[0] + window.extent[0] - top - bottom + int(rng.integers(window.stride[0])))
    w = max(1, (columns - 1) * window.stride[1] + kw - left - right + int(rng.integers(window.stride[1])))
    x, o = draw_type(rng, "x", (n, h, w, c)), int(rng.integers(1, 14))
    weights = symmetric_weights(rng, "w", (o, kh, kw, c), None if rng.random() < 0.3 else 0)
    assert weights.type.quant is not None
    scales = tuple(float(np.float32(s)) for s in rng.uniform(0.02, 0.1, len(weights.type.quant.scale)))
    quant = replace(weights.type.quant, scale=scales)
    weights = replace(weights, type=replace(weights.type, quant=quant))
    bias, y = weighted_bias(rng, x, weights, o, (n, *window.output((h, w)), o), kh * kw * c)
    y = replace(y, quant=Quant((y.scale,), (-128,)))
    return single("conv", [x, weights, bias], [y], draw_attrs(rng, window))


FIRST = [(3, 3, 1), (3, 3, 2), (3, 3, 3), (5, 5, 1), (2, 4, 3), (1, 10, 3), (8, 1, 4), (32, 1, 1), (7, 2, 2)]
SHALLOW_CASES = [
    Case("colours", partial(draw_shallow, shapes=[(3, 3, 3)], stride=2, dilation=2, pad=3)),
    Case("first", partial(draw_shallow, shapes=FIRST, stride=3, dilation=2, pad=2)),
    Case("few_channels", partial(draw_shallow, shapes=[(1, 1, c) for c in range(1, 9)])),
    Case("more_channels", partial(draw_shallow, shapes=[(1, 1, c) for c in range(9, 33)])),
    Case("few_channels_apart", partial(draw_shallow, shapes=[(1, 1, c) for c in range(4, 33, 4)], stride=2, pad=1)),
]
