"""`rfft16` for Helium: four complex numbers a vector, turned by VQRDMLSDH and VQRDMLADHX; tables in their order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.rfft16_dsp import rotation_words

LANES = 4


class Rfft16Mve:
    """The kernel `rfft16_mve`."""

    def specialize(self, call: Call) -> Call | str:
        length = call.params["fft_length"]
        assert isinstance(length, int)
        tables = {
            "turns": rotation_words(length, stage_steps(length, LANES)),
            "parted": rotation_words(length, np.arange(1, length // 4 + 1) + length // 4),
        }
        kept = {k: v for k, v in call.params.items() if k != "sines"}
        return replace(call, kernel="rfft16_mve", params={**kept, **tables}, in_place=False)


def stage_steps(length: int, lanes: int) -> np.ndarray:
    """By how many of `length` steps of a circle values are turned: of each stage of fours behind the first one, of each
    vector of butterflies, those of the second, third and fourth values."""
    n, found = length // 2, []
    m = 2 if n.bit_length() % 2 == 0 else 4
    while m < n:
        of_each = np.resize(np.arange(m), max(m, lanes)) * (length // (4 * m))
        groups = of_each.reshape(-1, 1, lanes) * np.arange(1, 4).reshape(1, -1, 1)
        found.append(groups.reshape(-1))
        m *= 4
    return np.concatenate(found)


VARIANT = Rfft16Mve()
