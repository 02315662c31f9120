"""Convolutions on Helium that `conv_mve` refuses: large windows, and groups; each window is copied to the stack."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.conv_mve import VARIANT as CONV_MVE
from lapel.variants.vectors import LANES, blocks, expand, pack_rows, pack_stream, problem, variant_call

MOST = define("LAPEL_CONV_MVE_LARGE_MOST")
"""Bytes of a window."""


class ConvMveLarge:
    """The kernel `conv_mve_large`."""

    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if not isinstance(CONV_MVE.specialize(call), str):
            return "windows that are short or read in place"
        window = blocks(p["kernel_h"] * p["kernel_w"] * p["group_in"], LANES) * LANES
        if window > MOST:
            return f"windows of {window} values, more than {MOST}"
        w = call.params["w"]
        assert isinstance(w, np.ndarray)
        groups = [_group(call, g, p["group_out"]) for g in range(p["groups"])]
        packed = [pack_rows(_weights(g)[:, None, :]) for g in groups]
        reason = problem(call, w, np.concatenate(packed))
        if reason:
            return reason
        stream = np.concatenate([pack_stream(g, rows) for g, rows in zip(groups, packed, strict=True)])
        # A group's window is read before the group is written, but those of a pixel's other groups are not.
        ahead = 0 if p["groups"] == 1 else 1
        changed: dict[str, Param] = {"w": stream, "window": window}
        return variant_call(call, "conv_mve_large", changed, ("gather", "x_first", "x_end", "scratch"), ahead)


def _group(call: Call, g: int, size: int) -> Call:
    """The call with the weights, biases and multipliers of one group of output channels."""
    w, bias = call.params["w"], call.params["bias"]
    assert isinstance(w, np.ndarray) and isinstance(bias, np.ndarray)
    part = slice(g * size, (g + 1) * size)
    mul, shift = expand(call, len(bias))
    tables = {"w": w[part].reshape(size, -1), "bias": bias[part], "mul": mul[part], "shift": shift[part]}
    return Call(call.kernel, call.outputs, call.inputs, {**call.params, **tables})


def _weights(group: Call) -> np.ndarray:
    w = group.params["w"]
    assert isinstance(w, np.ndarray)
    return w


VARIANT = ConvMveLarge()
