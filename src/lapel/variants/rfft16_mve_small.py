"""`rfft16_mve` with half of its tables: parts of turns are gathered from a circle of cosines, and no twos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.families.fourier import rotations
from lapel.ir import Call


class Rfft16MveSmall:
    """The kernel `rfft16_mve_small`."""

    def specialize(self, call: Call) -> Call | str:
        length = call.params["fft_length"]
        assert isinstance(length, int)
        if length.bit_length() % 2:
            return f"half of {length} is no power of 4"
        tables = {
            "turns": rotations(length, 16, np.arange(0, length, 2))[0].astype(np.int16),
            "parted": rotations(length, 16, np.arange(length // 4 + 1) + length // 4)[0].astype(np.int16),
        }
        kept = {k: v for k, v in call.params.items() if k != "sines"}
        return replace(call, kernel="rfft16_mve_small", params={**kept, **tables}, in_place=False)


VARIANT = Rfft16MveSmall()
