"""Mel-frequency cepstral coefficients, as MLPerf Tiny's keyword spotting has them.

Samples over their peak; Hann window; magnitudes; triangles on the mel scale; ln(m + 1e-6); the discrete cosine
transform of type II, 2 / sqrt(2 · bands) times its sums; q = trunc(c / scale + zero), saturated where the official
quantizer wraps round.
Source: mlcommons/tiny, benchmark/training/keyword_spotting/get_dataset.py; TensorFlow `tf.signal`.
"""

from __future__ import annotations

import math

import numpy as np

from lapel.audio.logmels import log_mels
from lapel.audio.mode import FEATURES, Sketch, fft_length
from lapel.ir import Tensor
from lapel.records.frontend import FrontEnd

FLOOR = 1e-6
"""Added to magnitudes, where the peak is 1."""
LOG_BITS = 20
ROW_BITS = 15
"""Of a row's largest element."""
FLOOR_BITS = 16
TAPER_BITS = 15
BELOW_IN_SILENCE = {40: (1, 5)}
"""By bands, the coefficients of silence that TensorFlow's float32 cosine transform leaves a hair below 0. They are one
less than the zero point in each silent frame of the official features, all others are the zero point."""


class Mfcc:
    defaults = {
        "window_ms": 30.0,
        "hop_ms": 20.0,
        "bands": 40,
        "low_hz": 20.0,
        "high_hz": 4000.0,
        "coefficients": 10,
        "scale": 0.5847,
        "zero": 83,
    }
    relative = True

    def problems(self, front: FrontEnd) -> list[str]:
        if front.coefficients < 1:
            return [
                f"coefficients are {front.coefficients}, expected 1 or more: use mode lfbe for the bands themselves"
            ]
        return []

    def lead(self, front: FrontEnd) -> int:
        return 0

    def features(self, sketch: Sketch, frames: Tensor, peak: Tensor | None) -> Tensor:
        assert peak is not None
        front, length = sketch.front, fft_length(sketch.front)
        unit = 2.0 ** (30 - TAPER_BITS + 15) / length
        attrs = {"gain": 1, "lean": 0, "power": 1, "floor": round(FLOOR * unit * 2**FLOOR_BITS)}
        bands = log_mels(sketch, frames, peak, ("hann", hann(front.window_samples)), attrs)
        rows, bits = cosines(front)
        drop = LOG_BITS + bits
        bias = front.zero * 2**drop - np.round(math.log(unit) * 2**LOG_BITS * rows.sum(axis=1)).astype(np.int64)
        bias[[k for k in BELOW_IN_SILENCE.get(front.bands, ()) if k < front.coefficients]] -= 1
        tables = sketch.constant("cosines", rows), sketch.constant("bias", bias)
        return sketch.node("dct", bands, *tables, name=FEATURES, drop=drop)


def hann(length: int) -> np.ndarray:
    """The periodic window."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def cosines(front: FrontEnd) -> tuple[np.ndarray, int]:
    """int16 [coefficients, bands] and their fraction bits: the transform in steps of the features' scale."""
    k, b = np.arange(front.coefficients)[:, None], np.arange(front.bands)
    real = 2 / math.sqrt(2 * front.bands) * np.cos(np.pi * k * (b + 0.5) / front.bands) / front.scale
    bits = ROW_BITS - math.frexp(float(np.abs(real).max()))[1]
    exact = real * 2.0**bits
    rows = np.clip(np.round(exact), -32767, 32767)
    for row, wanted in zip(rows[1:], exact[1:], strict=True):
        _balance(row, wanted)
    return rows.astype(np.int16), bits


def _balance(row: np.ndarray, exact: np.ndarray) -> None:
    """Round some elements to the other side, so that the row's sum is 0, as it is over the reals.

    So equal logarithms, those of silence, have coefficients of exactly 0.
    """
    surplus = int(row.sum())
    direction = 1 if surplus > 0 else -1
    worst = np.argsort(-(row - exact) * direction, kind="stable")
    row[worst[: abs(surplus)]] -= direction


MODE = Mfcc()
