"""`rfft32` for Helium: two complex numbers a vector, turned by VQRDMLSDH and VQRDMLADHX; in place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.families.fourier import rotations
from lapel.ir import Call
from lapel.variants.rfft16_mve import stage_steps

LANES = 2


class Rfft32Mve:
    """The kernel `rfft32_mve`."""

    def specialize(self, call: Call) -> Call | str:
        length = call.params["fft_length"]
        assert isinstance(length, int)
        tables = {
            "turns": rotation_pairs(length, stage_steps(length, LANES)),
            "parted": rotation_pairs(length, np.arange(1, length // 4 + 1) + length // 4),
        }
        kept = {k: v for k, v in call.params.items() if k != "sines"}
        return replace(call, kernel="rfft32_mve", params={**kept, **tables})


def rotation_pairs(length: int, steps: np.ndarray) -> np.ndarray:
    """int32: real and imaginary part of exp(-2 π i k / length) for each of these k."""
    return np.stack(rotations(length, 32, steps), axis=1).reshape(-1).astype(np.int32)


VARIANT = Rfft32Mve()
