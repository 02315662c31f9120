"""Convolutions of windows too large, or too far apart, for `conv_dsp`: for the kernel `conv_dsp_parts`."""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Case, Graph
from lapel.ir.op import single

LARGE = [(5, 5, 24), (3, 3, 65), (8, 8, 10), (2, 3, 97), (1, 9, 67), (25, 25, 1), (2, 2, 300), (3, 1, 513)]
"""Kernels and input channels: a kernel row has 25 values or more, of all remainders modulo 4; 577 or more in all."""


def draw_large(
    rng: np.random.Generator, *, shapes: list[tuple[int, int, int]], channels: int = 9, dilation: int = 1
) -> Graph:
    """A convolution of one of `shapes` to few pixels, of which windows reach beyond x on any side."""
    kh, kw, c = shapes[int(rng.integers(len(shapes)))]
    kernel = kh, kw
    steps = tuple(int(rng.integers(1, dilation + 1)) for _ in kernel)
    pad = tuple(int(rng.integers(min(k, 3))) for k in (kh, kh, kw, kw))
    window = Window(kernel, (int(rng.integers(1, 3)), int(rng.integers(1, 3))), (steps[0], steps[1]), pad)  # type: ignore[arg-type]
    n, o = int(rng.integers(1, 3)), int(rng.integers(1, channels + 1))
    size = tuple(
        max(1, e + int(rng.integers(-1, 3)) - before) for e, before in zip(window.extent, pad[::2], strict=True)
    )
    size = tuple(max(s, e - b - a) for s, e, b, a in zip(size, window.extent, pad[::2], pad[1::2], strict=True))
    x = draw_type(rng, "x", (n, *size, c))
    weights = symmetric_weights(rng, "w", (o, *kernel, c), None if rng.random() < 0.3 else 0)
    bias, y = weighted_bias(rng, x, weights, o, (n, *window.output(size), o), kh * kw * c)
    return single("conv", [x, weights, bias], [y], draw_attrs(rng, window))


LARGE_CASES = [
    Case("large", partial(draw_large, shapes=LARGE)),
    Case("large_many_channels", partial(draw_large, shapes=[(3, 3, 65), (5, 5, 24)], channels=75)),
    Case("taps_apart", partial(draw_large, shapes=[(2, 3, 5), (3, 4, 16), (2, 2, 130)], channels=40, dilation=3)),
]
