"""Which windows the pools of 8-bit AVR cores take (runtime/avr/avrpool.h)."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call

MOST_CELLS = 255
"""Of a window: what a byte counts, and of which a sum with its half stays in 16 bits."""


def check_windows(call: Call) -> str:
    """Why the kernels cannot have a call's windows; "" if they can."""
    p = {k: int(v) for k, v in call.params.items() if isinstance(v, (int, np.integer))}
    rows, columns = (_cells(p, *names) for names in (("h", "pad_top"), ("w", "pad_left")))
    if min(rows.min(), columns.min()) < 1:
        return "a window has no cell inside the image"
    most = int(rows.max() * columns.max())
    return f"windows of {most} cells, expected at most {MOST_CELLS}" if most > MOST_CELLS else ""


def _cells(p: dict[str, int], axis: str, before: str) -> np.ndarray:
    """How many cells along an axis each window has inside the image."""
    first = np.arange(p[f"out_{axis}"]) * p[f"stride_{axis}"] - p[before]
    return np.minimum(first + p[f"kernel_{axis}"], p[f"in_{axis}"]) - np.maximum(first, 0)
