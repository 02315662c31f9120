"""`FrontEnd`: how samples of sound become the features that a model takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lapel.errors import UsageError, shown
from lapel.records.document import Record

MOST_RATE_HZ = 768000
MOST_WINDOW = 2048
"""Samples: the longest Fourier transform."""
MOST_BANDS = 256


@dataclass(frozen=True)
class FrontEnd(Record):
    """A front end by its parameters; `lapel.audio.frontend` makes the graph of it.

    mode: which kind, a module of `lapel.audio.modes`. window_ms, hop_ms: of a frame, and from one to the next; whole
    samples. bands: of the filter bank, from low_hz to high_hz. coefficients: of the cepstrum, 0 where the bands
    themselves are the features. peak: the sample that is 1.0; 0: the greatest one of the clip, which has to be there as
    a whole. scale, zero: what an int8 feature q stands for: scale · (q - zero).

    Raises UsageError for anything that no front end can have.
    """

    mode: str
    window_ms: float
    hop_ms: float
    bands: int
    low_hz: float
    high_hz: float
    scale: float
    zero: int
    sample_rate_hz: int = 16000
    coefficients: int = 0
    peak: int = 0

    def __post_init__(self) -> None:
        _check("sample_rate_hz", self.sample_rate_hz, 1, MOST_RATE_HZ)
        for name in ("window_ms", "hop_ms"):
            samples = getattr(self, name) * self.sample_rate_hz / 1000
            if not math.isfinite(samples) or abs(samples - round(samples)) > 1e-6 or not 1 <= samples <= MOST_WINDOW:
                found = f"{name} is {getattr(self, name)}, {samples:g} samples at {self.sample_rate_hz} Hz"
                raise UsageError(f"front end: {found}, expected a whole number of 1 to {MOST_WINDOW} samples")
        if self.hop_ms > self.window_ms:
            found = f"hop_ms is {self.hop_ms:g}, window_ms {self.window_ms:g}"
            raise UsageError(f"front end: {found}, expected no hop beyond its window: samples between would be lost")
        _check("bands", self.bands, 1, MOST_BANDS)
        if not 0 <= self.low_hz < self.high_hz <= self.sample_rate_hz / 2:
            found = f"bands from {self.low_hz:g} to {self.high_hz:g} Hz"
            raise UsageError(f"front end: {found}, expected rising ones within 0..{self.sample_rate_hz / 2:g} Hz")
        _check("coefficients", self.coefficients, 0, self.bands)
        _check("peak", self.peak, 0, 32768)
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise UsageError(f"front end: scale is {self.scale}, expected a number above 0")
        _check("zero", self.zero, -128, 127)

    @property
    def window_samples(self) -> int:
        """Of a frame."""
        return round(self.window_ms * self.sample_rate_hz / 1000)

    @property
    def hop_samples(self) -> int:
        """From one frame to the next."""
        return round(self.hop_ms * self.sample_rate_hz / 1000)

    @property
    def features(self) -> int:
        """Of a frame."""
        return self.coefficients or self.bands

    def samples(self, frames: int) -> int:
        """That so many frames need."""
        return self.window_samples + (frames - 1) * self.hop_samples

    def frames(self, samples: int) -> int:
        """That so many samples have, in full."""
        return max(0, (samples - self.window_samples) // self.hop_samples + 1)


def _check(name: str, value: int, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"front end: {name} is {shown(str(value))}, expected an integer of {least} to {most}")
