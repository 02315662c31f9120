"""Functions of int16 by a table of 512 segments: what TFLite Micro's softmax of int16 takes its curves from.

Source: `tensorflow/lite/kernels/internal/common.h`, `gen_lut` and `LUTLookup`; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SEGMENTS = 512
UNIT = np.float32(32768)
"""1.0 of an entry."""


def make_lut(function: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> np.ndarray:
    """int16 [513]: `function`, float64 of float64, at the ends of the segments of low..high, in float32.

    An entry is moved by half of what a straight line misses in the middle of the segment that begins there.
    """
    step = np.float32((high - low) / SEGMENTS)
    at = np.float32(low) + np.arange(SEGMENTS, dtype=np.float32) * step
    after = np.float32(low) + np.arange(1, SEGMENTS + 1, dtype=np.float32) * step

    def scaled(x: np.ndarray) -> np.ndarray:
        return function(x.astype(np.float64)).astype(np.float32) * UNIT

    here = _round(scaled(at))
    line = _round((scaled(after) + here) / np.float32(2))
    bias = _round((line - _round(scaled(at + step / np.float32(2)))) / np.float32(2))
    entries = np.append(here - bias, _round(scaled(np.array([high], np.float32))))
    return np.clip(entries, -32768, 32767).astype(np.int16)


def _round(x: np.ndarray) -> np.ndarray:
    """Halves away from zero; float32."""
    return np.copysign(np.floor(np.abs(x.astype(np.float64)) + 0.5), x).astype(np.float32)


def look_up(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The table's line at int16 values x: -32768 is its first entry; int64 in and out."""
    lut, at = table.astype(np.int64), 256 + (x >> 7)
    return lut[at] + (((lut[at + 1] - lut[at]) * (x & 127) + 64) >> 7)
