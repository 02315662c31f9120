"""Banks of triangles on the mel scale, segment by segment, as operator `logbank` takes them.

The corners of the triangles are equally far apart in mel. A bin between corners c and d has the weight
(mel - c) / (d - c) in the triangle that rises there, and the rest of 1 in the one that falls.
Source: TensorFlow `tf.signal.linear_to_mel_weight_matrix`; mel by O'Shaughnessy, Speech Communication, 1987.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEIGHT_BITS = 15


def mel(hertz: np.ndarray | float) -> np.ndarray:
    """Pitch of frequencies."""
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0))


@dataclass(frozen=True, eq=False)
class Bank:
    """first: the first bin. weights: int16 [bins], of the bins from there on, of the rising side, 2^15 is 1. counts:
    int32 [bands + 1], bins of each segment.
    """

    first: int
    weights: np.ndarray
    counts: np.ndarray


def make_bank(bands: int, low_hz: float, high_hz: float, fft_length: int, rate_hz: int) -> Bank:
    """The bank over the bins of a spectrum; the bin of 0 Hz is in no triangle."""
    corners = np.linspace(mel(low_hz), mel(high_hz), bands + 2)
    bins = np.arange(1, fft_length // 2 + 1)
    pitch = mel(bins * (rate_hz / fft_length))
    inside = bins[(pitch >= corners[0]) & (pitch < corners[-1])]
    pitch = pitch[inside - 1]
    segment = np.searchsorted(corners, pitch, side="right") - 1
    share = (pitch - corners[segment]) / (corners[segment + 1] - corners[segment])
    weights = np.minimum(np.round(share * 2**WEIGHT_BITS), 2**WEIGHT_BITS - 1).astype(np.int16)
    counts = np.bincount(segment, minlength=bands + 1).astype(np.int32)
    return Bank(int(inside[0]) if len(inside) else 0, weights, counts)
