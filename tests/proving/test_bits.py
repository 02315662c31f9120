"""What counts as the same bits."""

from __future__ import annotations

import numpy as np

from lapel.proving.bits import count_mismatches, differing


def test_a_nan_is_a_nan_and_minus_zero_is_not_zero() -> None:
    words = np.array([0x7FC00000, 0xFFC00001, 0x80000000, 0x3F800000, 0x7F800000], np.uint32)
    a, b = words.view(np.float32), words.view(np.float32).copy()
    b[0], b[2] = words[1:2].view(np.float32)[0], 0.0
    assert differing(a, b).tolist() == [False, False, True, False, False]
    b[4] = np.nan
    assert differing(a, b)[4], "an infinity is no NaN"


def test_mismatches_are_samples() -> None:
    want = {"y": np.arange(6, dtype=np.int8).reshape(3, 2), "z": np.zeros((3, 1), np.float32)}
    found = {"y": want["y"].copy(), "z": want["z"].copy()}
    assert count_mismatches(found, want) == 0
    found["y"][1] += 1
    found["z"][1] = -0.0
    assert count_mismatches(found, want) == 1
    found["z"][2] = -0.0
    assert count_mismatches(found, want) == 2
