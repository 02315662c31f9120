"""Log filter-bank energies, as MLPerf Tiny's keyword spotting and streaming wake word have them.

Samples over their peak; pre-emphasis x[n] - (1 - 2^-5) · x[n - 1]; symmetric Hamming window; powers over the window's
length; triangles on the mel scale; d = (10 · log10(p) + 52) / 64, limited to 0..1; q = floor(d / scale) + zero.
Source: mlcommons/tiny, benchmark/training/keyword_spotting/get_dataset.py and streaming_wakeword/get_dataset.py.
"""

from __future__ import annotations

import math

import numpy as np

from lapel.audio.logmels import log_mels
from lapel.audio.mode import FEATURES, Sketch, fft_length
from lapel.ir import Tensor
from lapel.records.frontend import FrontEnd

GAIN, LEAN = 32, 31
TAPER_BITS = 21
"""Of 32 · x - 31 · x'."""
LOG_BITS = 20
POWER_BITS = 15 - 12
"""That weights add and powers lose."""
OFFSET_DB, RANGE_DB = 52.0, 64.0
MUL_BITS = 31


class Lfbe:
    defaults = {
        "window_ms": 30.0,
        "hop_ms": 20.0,
        "bands": 10,
        "low_hz": 0.0,
        "high_hz": 8000.0,
        "scale": 1 / 255,
        "zero": -128,
    }
    relative = True

    def problems(self, front: FrontEnd) -> list[str]:
        if front.coefficients:
            return [f"coefficients are {front.coefficients}, expected 0: use mode mfcc for those of a cepstrum"]
        return []

    def lead(self, front: FrontEnd) -> int:
        return 1

    def features(self, sketch: Sketch, frames: Tensor, peak: Tensor | None) -> Tensor:
        assert peak is not None
        front, length = sketch.front, fft_length(sketch.front)
        attrs = {"gain": GAIN, "lean": LEAN, "power": 2, "floor": 0}
        bands = log_mels(sketch, frames, peak, ("hamming", hamming(front.window_samples)), attrs)
        unit = (GAIN * 2.0 ** (30 - TAPER_BITS) / length) ** 2 * 2**POWER_BITS * front.window_samples
        step = 10 / math.log(10) / RANGE_DB / front.scale
        offset = (OFFSET_DB / RANGE_DB / front.scale) - step * math.log(unit) + front.zero
        drop = MUL_BITS + LOG_BITS - math.frexp(step)[1]
        mul, add = round(step * 2.0 ** (drop - LOG_BITS)), round(offset * 2.0**drop)
        return sketch.node("narrow", bands, name=FEATURES, mul=mul, add=add, drop=drop)


def hamming(length: int) -> np.ndarray:
    """The symmetric window."""
    return np.asarray(0.54 - 0.46 * np.cos(2 * np.pi * np.arange(length) / max(length - 1, 1)))


MODE = Lfbe()
