"""Whether a device said what the reference says: bit for bit."""

from __future__ import annotations

import numpy as np

from lapel.proving.samples import Samples


def differing(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Of each element of two arrays of one type whether its bits differ: -0.0 is not 0.0.

    A NaN is a NaN whichever bits it has: IEEE 754 leaves them to the core, and cores differ.
    """
    if found.dtype.kind != "f":
        return np.asarray(found != expected)
    words = f"u{found.dtype.itemsize}"
    a, b = np.ascontiguousarray(found), np.ascontiguousarray(expected)
    wrong = (a.view(words) != b.view(words)) & ~(np.isnan(a) & np.isnan(b))
    return wrong.reshape(found.shape)


def count_mismatches(found: Samples, expected: Samples) -> int:
    """Number of samples of which some output differs."""
    wrong = np.zeros(len(next(iter(expected.values()))), bool)
    for name, want in expected.items():
        wrong |= differing(found[name].reshape(want.shape), want).reshape(len(want), -1).any(axis=1)
    return int(wrong.sum())
