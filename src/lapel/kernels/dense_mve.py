"""Dense layers on Helium: four outputs at a time, 16 products an instruction."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.kernels.vectors import pack_rows, pack_table, problem, variant_call


class DenseMve:
    def specialize(self, call: Call) -> Call | str:
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        packed = pack_rows(w[:, None, :])
        reason = problem(call, w, packed)
        return reason or variant_call(call, "dense_mve", {"w": packed, "table": pack_table(call)})


VARIANT = DenseMve()
