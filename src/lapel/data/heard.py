"""Features of files of sound by the front end that a device has: its own firmware, on this computer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lapel.audio import frontend
from lapel.audio.files import read_sound
from lapel.errors import UsageError, shown
from lapel.proving import hosted
from lapel.records.frontend import FrontEnd

BYTE_ZERO = 128
"""What is added to an int8 feature, so that it is a byte."""
REALS = {"window_ms", "hop_ms", "low_hz", "high_hz", "scale"}
"""Fields that are no whole numbers, though TOML may say them as such."""


class Heard:
    """A function of files: uint8 [frames, features, 1], 128 more than the int8 of the front end.

    seconds: that files are cut or filled with silence to. notes: what was done to files, a sentence for all.
    """

    def __init__(self, given: str | Mapping[str, Any], seconds: float | None) -> None:
        self.front = named(given)
        self.seconds = seconds
        self._resampled: dict[int, int] = {}
        self._files = 0
        self._graphs: dict[int, Any] = {}

    def __call__(self, file: Path) -> np.ndarray:
        front = self.front
        sound = read_sound(file, front.sample_rate_hz, 1 if self.seconds else front.window_samples)
        self._files += 1
        rate = sound.recording.found_rate_hz
        if rate != front.sample_rate_hz:
            self._resampled[rate] = self._resampled.get(rate, 0) + 1
        wave = sound.samples
        if self.seconds is not None:
            count = max(front.window_samples, round(self.seconds * front.sample_rate_hz))
            wave = np.pad(wave[:count], (0, max(0, count - len(wave))))
        features = self._graph(len(wave))(wave)
        return np.asarray((features.astype(np.int16) + BYTE_ZERO).astype(np.uint8)[..., None])

    def _graph(self, samples: int) -> Any:
        """The compiled front end for clips of that length."""
        if samples not in self._graphs:
            self._graphs[samples] = hosted(frontend.graph(self.front, self.front.frames(samples), samples))
        return self._graphs[samples]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(
            f"{count} of {self._files} sounds have {rate} Hz and were resampled to {self.front.sample_rate_hz} Hz"
            for rate, count in sorted(self._resampled.items())
        )


def named(given: str | Mapping[str, Any]) -> FrontEnd:
    """A front end by the name of its mode, or by a table of its fields. Raises UsageError."""
    fields = {"mode": given} if isinstance(given, str) else dict(given)
    mode = fields.pop("mode", None)
    if not isinstance(mode, str):
        raise UsageError(f"frontend is {shown(str(given))}, expected a mode, or a table with a key mode")
    return frontend.make(mode, **{k: float(v) if k in REALS and isinstance(v, int) else v for k, v in fields.items()})
