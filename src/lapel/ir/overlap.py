"""How far the output of a sliding window must lie below its input so that the two may share bytes.

Both are walked upwards: output pixel after output pixel, each reading a window that moves upwards too. What lies below
the windows still to come will never be read again, and the output may be written there.

    x        ----------[ windows of the pixels to come        ]
    y   [written so far]------------------
        |<-->| distance

The distance is exact for the order that the kernel promises (`Call.ahead`): with one byte less, some byte of x would
be overwritten before its last reader has it.
"""

from __future__ import annotations

import numpy as np

from lapel.ir.graph import Type
from lapel.ir.window import Window


def window_distance(window: Window, x: Type, y: Type, ahead: int) -> int:
    """The least (start of x - start of y), in bytes, for a kernel with this `Call.ahead`; x, y: int8 [N, H, W, C].

    While a cell of pixel q's window is read, the first q + ahead pixels may have been written: y's start + their bytes
    must not exceed where x is still read from then on. Below 0, y may even start that much above x.
    """
    (_, _, _, in_c), (_, _, _, out_c) = x.shape, y.shape
    first = _first_cells(window, x, y)
    needed = np.minimum.accumulate(first[::-1])[::-1]
    pixels = len(first)
    written = np.minimum(np.arange(pixels) + ahead, pixels)
    reads = needed < _cells(x)
    return int((written * out_c - needed * in_c)[reads].max(initial=-x.bytes))


def _cells(x: Type) -> int:
    n, h, w, _ = x.shape
    return n * h * w


def _first_cells(window: Window, x: Type, y: Type) -> np.ndarray:
    """For each output pixel of the batch the first cell of x that its window sees; all cells if it sees none."""
    (n, h, w, _), (_, oh, ow, _) = x.shape, y.shape
    rows = _first_taps(oh, h, window.kernel[0], window.stride[0], window.dilation[0], window.pad[0])
    columns = _first_taps(ow, w, window.kernel[1], window.stride[1], window.dilation[1], window.pad[2])
    inside = (rows < h)[:, None] & (columns < w)[None, :]
    image = np.where(inside, rows[:, None] * w + columns[None, :], n * h * w).ravel()
    return np.concatenate([np.minimum(image + k * h * w, n * h * w) for k in range(n)])


def _first_taps(outputs: int, size: int, taps: int, step: int, dilation: int, pad: int) -> np.ndarray:
    """Along one axis: the first coordinate inside 0..size-1 that each output sees; `size` if it sees none."""
    start = np.arange(outputs) * step - pad
    skipped = np.maximum(-(start // dilation), 0)
    return np.where(skipped < taps, np.minimum(start + skipped * dilation, size), size)
