"""Depthwise convolutions as ordinary ones: with one channel these are the same, with few there are few zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.ir import SCRATCH, Call
from lapel.ir.op import Param
from lapel.variants.variant import Variant

WASTE_BYTES = 1024
"""Zeros among the weights that are accepted."""


def specialize_as_conv(call: Call, forms: Sequence[Variant]) -> Call | str:
    """The call of the first of these variants of `conv` that takes `call` of `depthwise`, or why there is none."""
    p = {k: v for k, v in call.params.items() if isinstance(v, int)}
    zeros = (p["in_c"] - 1) * p["out_c"] * p["kernel_h"] * p["kernel_w"]
    if zeros > WASTE_BYTES:
        return f"{p['multiplier']} outputs a channel: as a convolution, {zeros} weights are 0, more than {WASTE_BYTES}"
    reason = ""
    for form in forms:
        found = form.specialize(_as_conv(call, p))
        if isinstance(found, Call):
            return found
        reason = f"{p['multiplier']} outputs a channel: as a convolution, {found}"
    return reason


def _as_conv(call: Call, p: dict[str, int]) -> Call:
    """The same outputs from the portable kernel `conv`."""
    kept = {k: v for k, v in call.params.items() if k != "multiplier"}
    w = np.zeros((p["out_c"], p["kernel_h"] * p["kernel_w"], p["in_c"]), np.int8)
    for o, taps in enumerate(unpack_taps(call)):
        w[o, :, o // p["multiplier"]] = taps
    shape: dict[str, Param] = {
        "groups": 1,
        "group_in": p["in_c"],
        "group_out": p["out_c"],
        "gather": 0,
        "scratch": SCRATCH,
    }
    weights = w.reshape(p["out_c"], p["kernel_h"], p["kernel_w"], p["in_c"])
    return replace(call, kernel="conv", params={**kept, **shape, "w": weights})


def unpack_taps(call: Call) -> np.ndarray:
    """int8 [out_c, taps], from the portable kernel's blocks of four outputs of an input channel, and of one."""
    packed, in_c, each = (call.params[k] for k in ("w", "in_c", "multiplier"))
    assert isinstance(packed, np.ndarray) and isinstance(in_c, int) and isinstance(each, int)
    taps, whole = packed.size // (in_c * each), each // 4 * 4
    channels = packed.reshape(in_c, -1)
    fours = channels[:, : whole * taps].reshape(in_c, -1, taps, 4).transpose(0, 1, 3, 2).reshape(in_c, whole, taps)
    return np.concatenate([fours, channels[:, whole * taps :].reshape(in_c, -1, taps)], axis=1).reshape(-1, taps)
