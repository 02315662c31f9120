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

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from lapel.families.window import Window
from lapel.ir.graph import Type

BLOCK = 1 << 16
"""Pixels that are looked at together."""


def window_distance(window: Window, x: Type, y: Type, ahead: int) -> int:
    """The least (start of x - start of y), in bytes, for a kernel with this `Call.ahead`.

    x, y: [N, H, W, C] of one dtype. While a cell of pixel q's window is read, the first q + ahead pixels may have been
    written: y's start + their bytes must not exceed where x is still read from then on. Below 0, y may even start that
    much above x.
    """
    return _distance(window, x.shape, y.shape, ahead) * (x.bytes // x.size)


@lru_cache(maxsize=4096)
def _distance(window: Window, x: Sequence[int], y: Sequence[int], ahead: int) -> int:
    """In elements."""
    (n, h, w, in_c), (_, oh, ow, out_c) = x, y
    rows = _first_taps(oh, h, window.kernel[0], window.stride[0], window.dilation[0], window.pad[0])
    columns = _first_taps(ow, w, window.kernel[1], window.stride[1], window.dilation[1], window.pad[2])
    cells, pixels = n * h * w, n * oh * ow
    lowest, most = cells, -cells * in_c
    for end in range(pixels, 0, -BLOCK):  # from the last pixel on, since what is read later counts
        numbers = np.arange(max(0, end - BLOCK), end)
        first = _first_cells(numbers, rows, columns, (n, h, w))
        needed = np.minimum(np.minimum.accumulate(first[::-1])[::-1], lowest)
        written = np.minimum(numbers + ahead, pixels)
        most = int((written * out_c - needed * in_c)[needed < cells].max(initial=most))
        lowest = int(needed[0])
    return most


def _first_cells(pixels: np.ndarray, rows: np.ndarray, columns: np.ndarray, x: tuple[int, int, int]) -> np.ndarray:
    """For each output pixel, by number in the batch, the first cell of x that its window sees; all cells if none."""
    n, h, w = x
    row, column = rows[pixels // len(columns) % len(rows)], columns[pixels % len(columns)]
    image = pixels // (len(rows) * len(columns))
    return np.where((row < h) & (column < w), image * h * w + row * w + column, n * h * w)


def _first_taps(outputs: int, size: int, taps: int, step: int, dilation: int, pad: int) -> np.ndarray:
    """Along one axis: the first coordinate inside 0..size-1 that each output sees; `size` if it sees none."""
    start = np.arange(outputs) * step - pad
    skipped = np.maximum(-(start // dilation), 0)
    return np.where(skipped < taps, np.minimum(start + skipped * dilation, size), size)
