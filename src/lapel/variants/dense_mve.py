"""Dense layers on Helium: four outputs at a time, 16 products an instruction."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.variants.vectors import pack_biased, pack_rows, pack_scale, problem, variant_call


class DenseMve:
    def specialize(self, call: Call) -> Call | str:
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        packed = pack_rows(w[:, None, :])
        reason = problem(call, w, packed)
        if reason:
            return reason
        scale = pack_scale(call, len(packed))
        same = bool((scale == scale[0]).all())
        step = 0 if same else scale.itemsize * scale.shape[1]
        changed = {"w": pack_biased(call, packed), "scale": scale[:1] if same else scale, "scale_next": step}
        return variant_call(call, "dense_mve", changed)


VARIANT = DenseMve()
