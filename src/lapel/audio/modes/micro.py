"""The micro-frontend of TensorFlow Lite Micro, as ESPHome's wake words and micro_speech have it, bit for bit.

Hann window in 12 bits; a Fourier transform of 16 bits of the frame at its loudest; energies in triangles of 12
bits; square roots; spectral subtraction; PCAN; logarithms times 64; q = (256 · l + 333) / 666 - 128, rounded down.

Source: tensorflow/lite/experimental/microfrontend, of which the parameters are the defaults but for bands and hop, with
PCAN; the quantization is tflite-micro's, examples/micro_speech/audio_preprocessor.py; Wang et al., arXiv:1607.05666.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lapel.audio.mode import FEATURES, Sketch, fft_length
from lapel.ir import Tensor
from lapel.records.frontend import FrontEnd

WINDOW_BITS = 12
WEIGHT_BITS = 12
NOISE_BITS = 14
"""Of the fractions of spectral subtraction."""
SMOOTHING = (0.025, 0.06)
"""Of the even and the odd bands: what a new frame adds to the estimate of the noise."""
SIGNAL_LEFT = 0.05
"""The part of a band's signal that is never subtracted."""
ESTIMATE_BITS = 10
PCAN_STRENGTH, PCAN_OFFSET, PCAN_BITS, SNR_BITS = 0.95, 80.0, 21, 12
LOG_SCALE = 64
FULL, COUNTS, DROP = 666, 256, 28
"""A logarithm of FULL has COUNTS steps of an int8; and bits of a quotient that is exact below 2^16."""
PER_UNIT = 25.6
"""Logarithms times LOG_SCALE of what ESPHome calls a feature of 1."""


class Micro:
    defaults = {
        "window_ms": 30.0,
        "hop_ms": 10.0,
        "bands": 40,
        "low_hz": 125.0,
        "high_hz": 7500.0,
        "scale": FULL / COUNTS / PER_UNIT,
        "zero": -128,
    }
    relative = False

    def problems(self, front: FrontEnd) -> list[str]:
        fixed = {"coefficients": 0, "peak": 0, "scale": self.defaults["scale"], "zero": self.defaults["zero"]}
        for name, wanted in fixed.items():
            if getattr(front, name) != wanted:
                return [f"{name} is {getattr(front, name)}, expected {wanted}, which this mode has: leave it out"]
        if make_bank(front).end > fft_length(front) // 2:
            return [f"high_hz is {front.high_hz:g}, expected the last band to end below half the rate: lower it"]
        return []

    def lead(self, front: FrontEnd) -> int:
        return 0

    def features(self, sketch: Sketch, frames: Tensor, peak: Tensor | None) -> Tensor:
        front, length = sketch.front, fft_length(sketch.front)
        correction = length.bit_length() - 1 - WEIGHT_BITS // 2
        window = sketch.constant("hann", hann(front.window_samples))
        soft = sketch.node("windowed", frames, window, shift=WINDOW_BITS, dtype="int16")
        loud, bits = sketch.nodes("autoscale", soft)
        bank = make_bank(front)
        energy = sketch.node("energy", sketch.node("rfft", loud, fft_length=length), start=bank.start, end=bank.end)
        tables = [sketch.constant(name, data) for name, data in bank.tables()]
        bands = sketch.node("bankroot", sketch.node("filterbank", energy, *tables), bits)
        clean, noise = self._subtracted(sketch, bands)
        gains = sketch.constant("gains", pcan_gains(ESTIMATE_BITS - correction))
        even = sketch.node("pcan", clean, noise, gains, snr_shift=PCAN_BITS - correction - SNR_BITS)
        logs = sketch.node("banklog", even, output_scale=LOG_SCALE, correction_bits=correction)
        part = -(-(1 << DROP) // FULL)
        add = FULL // 2 * part + (front.zero << DROP)
        return sketch.node("narrow", logs, name=FEATURES, mul=COUNTS * part, add=add, drop=DROP)

    def _subtracted(self, sketch: Sketch, bands: Tensor) -> tuple[Tensor, Tensor]:
        """Bands without their noise, and the noise of each frame."""
        frames, count = bands.type.shape
        state = sketch.state("noise", np.zeros((1, count), np.uint32))
        smoothing = tuple(int(s * 2**NOISE_BITS) for s in SMOOTHING)
        clean, noise = sketch.nodes(
            "spectralsubtraction",
            bands,
            state,
            smoothing=smoothing,
            kept=tuple(2**NOISE_BITS - s for s in smoothing),
            floor=int(SIGNAL_LEFT * 2**NOISE_BITS),
            bits=NOISE_BITS,
            smoothing_bits=ESTIMATE_BITS,
            clamping=False,
        )
        if sketch.streaming:
            last = {"begin": (frames - 1, 0), "step": (1, 1), "count": (1, count), "shape": (1, count)}
            sketch.keep(state, noise if frames == 1 else sketch.node("slice", noise, name="last", **last))
        return clean, noise


def hann(length: int) -> np.ndarray:
    """int16: the window between samples, each step rounded to float32, as ESPHome's and microcontrollers have it.

    In float64, as micro_speech's preprocessor has it, 1 of 480 values is another.
    """
    turn, half = np.float32(2 * np.pi) / np.float32(length), np.float32(0.5)
    angles = turn * (np.arange(length, dtype=np.float32) + half)
    window = half - half * np.cos(angles.astype(np.float64)).astype(np.float32)
    return np.floor(window.astype(np.float64) * 2**WINDOW_BITS + 0.5).astype(np.int16)


@dataclass(frozen=True, eq=False)
class MicroBank:
    """Triangles as operator `filterbank` takes them; start, end: the bins in them. All tables are int16."""

    start: int
    end: int
    weights: np.ndarray
    unweights: np.ndarray
    starts: np.ndarray
    weight_starts: np.ndarray
    widths: np.ndarray

    def tables(self) -> list[tuple[str, np.ndarray]]:
        """In the operator's order."""
        names = ("weights", "unweights", "starts", "weight_starts", "widths")
        return [(name, getattr(self, name)) for name in names]


def make_bank(front: FrontEnd) -> MicroBank:
    """Corners equally far apart in mel, and of each bin the weight in the triangle that falls there, in float32."""
    bins = fft_length(front) // 2
    step = np.float32(0.5) * np.float32(front.sample_rate_hz) / np.float32(bins)
    low, high = (_mel(np.float32(f)) for f in (front.low_hz, front.high_hz))
    spacing = (high - low) / np.float32(front.bands + 1)
    corners = [low, *(low + spacing * np.float32(i + 1) for i in range(front.bands + 1))]
    start = int(np.float32(1.5) + np.float32(front.low_hz) / step)
    pitch = [_mel(np.float32(k) * step) for k in range(bins + 2)]
    weights, starts, widths = [], [], []
    k = start
    for below, corner in pairwise(corners):
        starts.append(k)
        while k < len(pitch) and pitch[k] <= corner:
            weights.append((corner - pitch[k]) / (corner - below))
            k += 1
        widths.append(k - starts[-1])
    falling = np.array(weights, np.float32)
    rounded = [np.floor(w * 2**WEIGHT_BITS + np.float32(0.5)) for w in (falling, np.float32(1) - falling)]
    places = np.cumsum([0, *widths[:-1]])
    tables = (*rounded, starts, places, widths)
    return MicroBank(start, k, *(np.asarray(t).astype(np.int16) for t in tables))


def _mel(hertz: np.float32) -> np.float32:
    return np.float32(1127.0) * np.log1p(hertz / np.float32(700.0))


def pcan_gains(input_bits: int) -> np.ndarray:
    """int16 [125]: the gain of noises 0 and 1, and of each octave above a parabola: start, slope, bend, and a gap."""
    most = 2**32 - 1
    table = np.zeros(125, np.int16)
    table[:2] = [_gain(0, input_bits), _gain(1, input_bits)]
    for octave in range(2, 33):
        first = 1 << (octave - 1)
        y0, y1, y2 = (_gain(min(x, most), input_bits) for x in (first, first + first // 2, 2 * first))
        slope = 4 * (y1 - y0) - (y2 - y0)
        table[4 * octave - 6 : 4 * octave - 3] = [y0, slope, (y2 - y0) - slope]
    return table


def _gain(noise: int, input_bits: int) -> int:
    level = np.float32(noise) / np.float32(2.0**input_bits)
    gain = np.float32(2.0**PCAN_BITS) * np.power(level + np.float32(PCAN_OFFSET), np.float32(-PCAN_STRENGTH))
    return min(int(gain + np.float32(0.5)), 2**15 - 1)


MODE = Micro()
