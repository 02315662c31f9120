"""Every small window: kernels, images, strides, paddings of a few pixels, where compilers unroll whole loops."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from lapel.families.draw import draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window, same_pad
from lapel.ir import Graph, Type
from lapel.ir.op import single

KERNELS = [*itertools.product(range(1, 5), repeat=2), (8, 2), (2, 8)]
IMAGES = [*itertools.product(range(1, 5), repeat=2)]
STRIDES = [*itertools.product(range(1, 4), repeat=2)]

Size = tuple[int, int]


def windows() -> Iterator[tuple[Size, Window]]:
    """(image, window) of all of them; a stride beyond the image is one of its size, and VALID windows lie inside."""
    seen = set()
    for kernel, image, stride in itertools.product(KERNELS, IMAGES, STRIDES):
        window = Window(kernel, stride)
        pads = [same_pad(image, window)]
        if kernel[0] <= image[0] and kernel[1] <= image[1]:
            pads.append((0, 0, 0, 0))
        for pad in pads:
            found = image, Window(kernel, stride, (1, 1), pad)
            if found not in seen:
                seen.add(found)
                yield found


def small_window(op: str, image: Size, window: Window, channels: int, seed: int) -> Graph:
    """One layer. Weighted ones keep their scale in range, so that outputs differ; pools take the input's."""
    rng = np.random.default_rng(seed)
    x = draw_type(rng, "x", (1, *image, channels))
    y_shape = (1, *window.output(image), channels)
    attrs = {"stride": window.stride, "pad": window.pad, "activation": "none"}
    if op in ("avgpool", "maxpool"):
        return single(op, [x], [Type(y_shape, "int8", x.type.quant)], {**attrs, "kernel": window.kernel})
    taps = window.kernel[0] * window.kernel[1]
    inputs = 1 if op == "depthwise" else channels
    shape = (1, *window.kernel, channels) if op == "depthwise" else (channels, *window.kernel, channels)
    w = symmetric_weights(rng, "w", shape, 3 if op == "depthwise" else 0)
    bias, y = weighted_bias(rng, x, w, channels, y_shape, taps * inputs)
    return single(op, [x, w, bias], [y], {**attrs, "dilation": window.dilation, "rounding": "double"})
