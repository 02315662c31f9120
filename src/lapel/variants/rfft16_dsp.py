"""`rfft16` on the DSP extension: a complex number is a word, and a turn four multiplications in two instructions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.families.fourier import rotations
from lapel.ir import Call


class Rfft16Dsp:
    """The kernel `rfft16_dsp`."""

    def specialize(self, call: Call) -> Call | str:
        length, samples = call.params["fft_length"], call.params["length"]
        assert isinstance(length, int) and isinstance(samples, int)
        if samples % 2:
            return f"rows have {samples} samples, expected an even number"
        turns = rotation_words(length, np.arange(length // 4 + 1))
        kept = {k: v for k, v in call.params.items() if k != "sines"}
        return replace(call, kernel="rfft16_dsp", params={**kept, "turns": turns}, in_place=False)


def rotation_words(length: int, steps: np.ndarray) -> np.ndarray:
    """uint32: exp(-2 π i k / length) for each of these k, the real part in the low half."""
    re, im = (part & 0xFFFF for part in rotations(length, 16, steps))
    return (re | im << 16).astype(np.uint32)


VARIANT = Rfft16Dsp()
