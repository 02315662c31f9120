"""Convolutions that reach every path of the Helium kernels, beside the operators' own cases."""

from __future__ import annotations

import numpy as np

from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Graph
from lapel.ir.op import single
from lapel.ops import verify

Shape = tuple[int, ...]
CONVOLUTIONS: list[tuple[Shape, int, Window]] = [
    ((1, 5, 7, 16), 9, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((2, 4, 5, 32), 4, Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 6, 5, 16), 5, Window((3, 2), (1, 1), (2, 1), (2, 2, 1, 0))),
    ((1, 3, 3, 48), 7, Window((3, 3), (1, 1), (1, 1), (2, 2, 3, 3))),
    ((1, 4, 9, 40), 6, Window((2, 2), (1, 2))),
    ((1, 7, 6, 11), 8, Window((3, 3), (1, 1))),
    ((1, 1, 11, 37), 13, Window((1, 1), (1, 1))),
    ((1, 1, 6, 8), 16, Window((1, 1), (1, 1))),
    ((1, 5, 5, 16), 3, Window((1, 1), (2, 2))),
    ((1, 9, 5, 1), 64, Window((10, 4), (2, 2), (1, 1), (4, 5, 1, 1))),
    ((1, 7, 9, 3), 8, Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 7, 9, 24), 5, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 7, 9, 5), 6, Window((3, 3), (1, 1), (2, 2), (2, 2, 2, 2))),
]
"""x, output channels, window: read in place with and without taps outside, gathered by twos and one by one."""
LARGE: list[tuple[Shape, int, Window, int]] = [
    ((1, 3, 4, 30), 5, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 1),
    ((2, 5, 9, 16), 6, Window((8, 8), (1, 1), (1, 1), (3, 4, 3, 4)), 1),
    ((1, 6, 7, 41), 3, Window((5, 7), (2, 1), (1, 2), (2, 3, 6, 6)), 1),
    ((1, 5, 5, 8), 12, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1)), 2),
    ((2, 6, 4, 36), 15, Window((2, 3), (2, 1), (2, 1), (2, 2, 1, 1)), 3),
    ((1, 4, 3, 80), 40, Window((1, 1), (1, 1)), 5),
    ((1, 1, 2, 3), 1, Window((1, 2), (1, 1), (1, 1), (0, 0, 9, 9)), 1),
]
"""x, output channels, window, groups: windows of each size on the stack, some all outside x, and groups."""
DEPTHWISE: list[tuple[Shape, Window]] = [
    ((1, 5, 6, 64), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 5, 11, 8), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 4, 12, 5), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 4, 17, 1), Window((2, 2), (1, 1), (1, 1), (0, 1, 0, 1))),
    ((1, 7, 7, 24), Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 4, 4, 300), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 5, 9, 40), Window((1, 5), (1, 1))),
    ((1, 9, 8, 17), Window((2, 3), (1, 1), (2, 3), (2, 2, 3, 3))),
    ((1, 7, 7, 3), Window((5, 5), (1, 1), (1, 1), (2, 2, 2, 2))),
    ((2, 9, 13, 16), Window((3, 3), (1, 1))),
    ((2, 2, 3, 20), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 3, 8, 2), Window((3, 3), (1, 1), (1, 1), (3, 4, 4, 3))),
    ((1, 1, 1, 33), Window((3, 3), (1, 1), (1, 1), (2, 2, 2, 1))),
    ((1, 6, 5, 9), Window((2, 3), (1, 1), (1, 1), (0, 1, 1, 1))),
]
"""x, window: 2x2 pixels of 3x3 with and without taps outside, 16 channels of any other, few channels folded."""

MANY: list[tuple[Shape, int, Window]] = [
    ((1, 9, 12, 32), 32, Window((7, 7), (1, 1), (1, 1), (3, 3, 3, 3))),
    ((2, 8, 13, 3), 3, Window((6, 5), (1, 1), (1, 1), (2, 3, 2, 2))),
    ((1, 9, 9, 5), 5, Window((7, 7), (2, 2), (1, 1), (3, 3, 3, 3))),
    ((1, 12, 13, 17), 17, Window((11, 11), (1, 1))),
    ((1, 2, 3, 150), 150, Window((5, 6), (1, 1), (1, 2), (2, 2, 5, 5))),
    ((2, 10, 9, 1), 8, Window((10, 8), (2, 2), (1, 1), (4, 5, 3, 4))),
    ((1, 5, 23, 2), 4, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 5, 11, 3), 6, Window((3, 3), (2, 2), (1, 1), (1, 1, 1, 1))),
    ((1, 6, 31, 1), 2, Window((2, 3), (1, 3), (2, 2))),
    ((1, 6, 31, 2), 6, Window((2, 3), (1, 3), (2, 2))),
    ((1, 5, 6, 12), 36, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 2, 4, 140), 280, Window((2, 3), (1, 1), (1, 1), (1, 0, 1, 1))),
    ((1, 1, 9, 7), 14, Window((1, 3), (1, 40), (1, 1), (0, 0, 2, 80))),
]
"""x, output channels, window: depthwise with many taps, several outputs a channel, both, some pixels at once."""


def window_graph(seed: int, op: str, x_shape: Shape, out_c: int, window: Window, groups: int = 1) -> Graph:
    """One convolution of either kind. Zero points include the extremes."""
    rng = np.random.default_rng(seed)
    x = draw_type(rng, "x", x_shape)
    inputs = x_shape[3] // groups if op == "conv" else 1
    w_shape = (out_c, *window.kernel, inputs) if op == "conv" else (1, *window.kernel, out_c)
    w = symmetric_weights(rng, "w", w_shape, None if seed % 3 == 0 else (0 if op == "conv" else 3))
    y_shape = (x_shape[0], *window.output(x_shape[1:3]), out_c)
    bias, y = weighted_bias(rng, x, w, out_c, y_shape, window.kernel[0] * window.kernel[1] * inputs)
    shape = {"stride": window.stride, "dilation": window.dilation, "pad": window.pad}
    activation = ("none", "relu", "relu6")[seed % 3]
    return single(op, [x, w, bias], [y], {**shape, "activation": activation, "rounding": "double"})


def convolutions() -> list[Graph]:
    graphs = [window_graph(s, "conv", *c) for s in range(4) for c in CONVOLUTIONS]
    graphs += [window_graph(s, "conv", *c) for s in range(4) for c in LARGE]
    graphs += [window_graph(s, "depthwise", x, x[3], w) for s in range(4) for x, w in DEPTHWISE]
    graphs += [window_graph(s, "depthwise", *c) for s in range(4) for c in MANY]
    for g in graphs:
        verify(g)
    return graphs
