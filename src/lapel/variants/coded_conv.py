"""Convolutions of coded weights of which most are zero: those of a channel that are not meet all pixels, one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import SCRATCH, Call, Place
from lapel.variants.coded import TABLE_BYTES, Form, code_params, folded_biases, saved_problem, table_bytes
from lapel.variants.variant import FlashSaver

ENTRY_BYTES = 4
"""Of a listed weight."""
MOST_BYTES = 4096
"""Of a list."""
ROWS = 256
"""Of a window, that a byte tells apart."""
FAST_DENSE = 0.3
"""Of weights that are not zero: a product of one of them takes three to four times as long as one of a dense kernel for
the DSP extension."""
KEPT = (
    "mul", "shift", "batches", "in_h", "in_c", "out_h", "out_w", "out_c", "x_first", "x_end", "kernel_h", "stride_h",
    "stride_w", "dilation_h", "pad_top", "pad_left", "x_zero", "y_zero", "lo", "hi", "per_channel",
)  # fmt: skip


@dataclass(frozen=True)
class SparseConv(FlashSaver):
    """A kernel `conv_coded…` of one form, which skips zeros.

    fast: it may be faster than kernels without codes. tables: of code books in scratch, for which the stream is padded.
    """

    kernel: str
    form: Form
    fast: bool = False
    tables: int = 0

    def specialize(self, call: Call) -> Call | str:
        """The coded call of a call of `conv`."""
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        w, bias = call.params["w"], call.params["bias"]
        if not isinstance(w, np.ndarray) or not isinstance(bias, np.ndarray):
            return "its weights are no constants in flash"
        if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
            return "it has groups or is dilated"
        geometry = {"line": p["in_w"] * p["in_c"], "run": p["kernel_w"] * p["in_c"]}
        row = p["dilation_h"] * geometry["line"]
        if (p["kernel_h"] - 1) * row + max(row, geometry["run"]) >= 2**15 or p["kernel_h"] > ROWS:
            return "a window's rows are too many, or too far apart for 16-bit offsets"
        w = w.reshape(len(w), -1)
        most = max(int(np.count_nonzero(w, axis=1).max()), 1)
        if ENTRY_BYTES * most > MOST_BYTES:
            return f"a channel has {most:,} weights that are not zero, more than {MOST_BYTES // ENTRY_BYTES:,}"
        problem = saved_problem(self.form.bound_bytes(w), call.params, bound=True)
        if problem:
            return problem
        changed = {**code_params(self.form, w, padded=self.tables > 0), **folded_biases(bias, w), **geometry}
        list_bytes = ENTRY_BYTES * most
        changed |= {"table": Place("", list_bytes)} if self.tables else {}
        found = {**{k: call.params[k] for k in KEPT}, **changed, "list": SCRATCH, "most": most}
        problem = saved_problem(table_bytes(found), call.params)
        return problem or replace(
            call, kernel=self.kernel, params=found, scratch_bytes=list_bytes + self.tables * TABLE_BYTES
        )

    def may_be_faster(self, call: Call) -> bool:
        """Where few weights are not zero."""
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        return self.fast and p["most"] <= FAST_DENSE * p["kernel_h"] * p["run"]
