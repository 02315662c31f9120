"""Logarithms of a mel bank over spectra of 32 bits: what modes of levels relative to a peak have in common."""

from __future__ import annotations

import numpy as np

from lapel.audio.mel import make_bank
from lapel.audio.mode import Sketch, fft_length, tapered
from lapel.ir import Tensor


def log_mels(
    sketch: Sketch, frames: Tensor, peak: Tensor, window: tuple[str, np.ndarray], attrs: dict[str, int]
) -> Tensor:
    """int32 [frames, bands], in units of 2^-20.

    frames: int16, each as long as the window, or with a lean a sample longer. window: its name and values of 0..1.
    attrs: gain and lean of `taper`, power and floor of `logbank`.
    """
    front, length = sketch.front, fft_length(sketch.front)
    name, values = window
    taper = sketch.constant(name, tapered(values))
    loud, shift = sketch.nodes("taper", frames, taper, gain=attrs["gain"], lean=attrs["lean"])
    spectrum = sketch.node("rfft", loud, fft_length=length)
    bank = make_bank(front.bands, front.low_hz, front.high_hz, length, front.sample_rate_hz)
    tables = sketch.constant("mel", bank.weights), sketch.constant("segments", bank.counts)
    power, floor = attrs["power"], attrs["floor"]
    return sketch.node("logbank", spectrum, shift, peak, *tables, first=bank.first, power=power, floor=floor)
