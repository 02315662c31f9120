"""Images of the batch as the places within blocks, and Slice."""

from __future__ import annotations

from math import prod

import numpy as np

from lapel.exporters.onnx.blocks import cut
from lapel.exporters.onnx.emitter import Emitter


def write(e: Emitter) -> str:
    attrs, (n, *inner, c) = e.inst.attrs, e.inst.x().shape
    block, before, after = attrs["block"], attrs["before"], attrs["after"]
    images, whole = n // prod(block), [d * b for d, b in zip(inner, block, strict=True)]
    shape, axes = cut((images, *whole, c), block)
    x = e.reshaped(e.x(), *(shape[a] for a in axes))
    y = e.reshaped(e.op("Transpose", x, perm=np.argsort(axes).tolist()), images, *whole, c)
    if not any((*before, *after)):
        return y
    ends = [d - a for d, a in zip(whole, after, strict=True)]
    return e.op("Slice", y, e.ints(*before), e.ints(*ends), e.ints(*range(1, 1 + len(block))))
