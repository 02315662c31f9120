"""`svdf` on the DSP extension: four features at a time, and four results of a filter moved and multiplied at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.variants.dspsums import pack_rows
from lapel.variants.variant import Variant


class SvdfDsp:
    def specialize(self, call: Call) -> Call | str:
        feature, bias, shift = (call.params[k] for k in ("feature", "feature_bias", "feature_shift"))
        assert isinstance(feature, np.ndarray) and isinstance(bias, np.ndarray) and isinstance(shift, int)
        packed = pack_rows(feature, bias, (shift,))
        if isinstance(packed, str):
            return packed
        kept = {k: v for k, v in call.params.items() if k != "feature_bias"}
        return replace(call, kernel="svdf_dsp", params={**kept, "feature": packed})


VARIANT: Variant = SvdfDsp()
