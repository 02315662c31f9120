"""`lstm` on the DSP extension: the four gates of a unit at a time, sixteen multiplications in sixteen instructions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.dspsums import pack_rows
from lapel.variants.variant import Variant

PACKED = ("w", "r", "w_bias", "r_bias")
"""Params that become one table."""


class LstmDsp:
    def specialize(self, call: Call) -> Call | str:
        groups = []
        for name in ("w", "r"):
            weights, bias, shift = (call.params[k] for k in (name, f"{name}_bias", f"{name}_shift"))
            assert isinstance(weights, np.ndarray) and isinstance(bias, np.ndarray) and isinstance(shift, tuple)
            packed = pack_rows(weights.reshape(-1, weights.shape[-1]), bias.reshape(-1), shift)
            if isinstance(packed, str):
                return packed
            groups.append(packed)
        kept = {k: v for k, v in call.params.items() if k not in PACKED}
        return replace(call, kernel="lstm_dsp", params={**kept, "w": np.concatenate(groups, axis=1)})


VARIANT: Variant = LstmDsp()
