"""Convolutions whose weights are worth a code: of few values, of mostly zeros, of many small ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Case, Graph
from lapel.ir.op import single
from lapel.ops.conv import draw_conv

Draw = Callable[[np.random.Generator], Graph]
Kind = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def few(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of at most sixteen values."""
    values = rng.choice(np.arange(-127, 128), int(rng.choice([2, 4, 16])), replace=False)
    return rng.choice(values, shape).astype(np.int8)


def pruned(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of which one in ten is not zero, and of one channel none."""
    w = np.clip(np.round(rng.normal(0, 30, shape)), -127, 127) * (rng.random(shape) < 0.1)
    w[int(rng.integers(shape[0]))] = 0
    return w.astype(np.int8)


def small(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of some tens of values, the small ones more often."""
    return np.clip(np.round(rng.normal(0, 6, shape)), -127, 127).astype(np.int8)


def lonely(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of which every channel has two that are not zero, far apart."""
    w = np.zeros((shape[0], int(np.prod(shape[1:]))), np.int8)
    w[:, rng.integers(0, 20, 1)] = rng.integers(50, 128, (shape[0], 1))
    w[:, -1 - rng.integers(0, 20, 1)] = rng.integers(50, 128, (shape[0], 1))
    return w.reshape(shape)


def coded(rng: np.random.Generator, draw: Draw, kinds: Sequence[Kind] = (few, small, pruned, pruned)) -> Graph:
    """What `draw` draws, with such weights."""
    graph = draw(rng)
    w = graph.tensors["w"]
    assert w.data is not None
    kind = kinds[int(rng.integers(len(kinds)))]
    return replace(graph, tensors={**graph.tensors, "w": replace(w, data=kind(rng, w.data.shape))})


def draw_window(rng: np.random.Generator, kernel: tuple[int, int], in_c: int, out_c: int) -> Graph:
    """One of few pixels, some with taps outside x."""
    pad = tuple(int(rng.integers(k)) for k in (kernel[0], kernel[0], kernel[1], kernel[1]))
    window = Window(kernel, (int(rng.integers(1, 3)), 1), (1, 1), pad)
    size = kernel[0] + int(rng.integers(2)), kernel[1] + int(rng.integers(3))
    x = draw_type(rng, "x", (1, *size, in_c))
    w = symmetric_weights(rng, "w", (out_c, *kernel, in_c), None if rng.random() < 0.5 else 0)
    fan_in = kernel[0] * kernel[1] * in_c
    bias, y = weighted_bias(rng, x, w, out_c, (1, *window.output(size), out_c), fan_in)
    return single("conv", [x, w, bias], [y], draw_attrs(rng, window))


def draw_deep(rng: np.random.Generator) -> Graph:
    """One whose windows are as many values as four channels have room for."""
    kernel = [(1, 1), (3, 3), (5, 5), (5, 1)][int(rng.integers(4))]
    taps = kernel[0] * kernel[1]
    return draw_window(rng, kernel, int(rng.integers(max(1, 300 // taps), 1000 // taps)), int(rng.integers(3, 14)))


def draw_far(rng: np.random.Generator) -> Graph:
    """One whose windows have more values than a byte counts."""
    return draw_window(rng, (1, 1), int(rng.integers(300, 900)), 3)


def draw_tiny(rng: np.random.Generator) -> Graph:
    """One that a dozen of fit a small core."""
    return draw_window(rng, (2, 2), 4, int(rng.integers(16, 24)))


CODED_CONVS = [
    Case("coded_pointwise", partial(coded, draw=partial(draw_conv, kernel=1, stride=2, channels=90))),
    Case("coded_wide", partial(coded, draw=partial(draw_conv, kernel=4, stride=2, channels=40))),
    Case("coded_explicit", partial(coded, draw=partial(draw_conv, kernel=3, channels=30, explicit=True))),
    Case("coded_dilated", partial(coded, draw=partial(draw_conv, kernel=3, dilation=2, channels=30))),
    Case("coded_deep", partial(coded, draw=draw_deep)),
    Case("coded_tiny", partial(coded, draw=draw_tiny)),
    Case("coded_lonely", partial(coded, draw=draw_far, kinds=(lonely,))),
]
