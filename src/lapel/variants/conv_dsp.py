"""`conv` on the DSP extension.

Where a window is small, two of them are gathered as int16 and multiplied with four channels at a time: sixteen
multiplications in twelve instructions. Larger ones stay int8: two pixels in fourteen, and the largest one pixel at a
time, in sixteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.packing import pack_layer
from lapel.variants.variant import Variant

WORDS = define("LAPEL_CONV_DSP_WORDS")
"""Of a window, on the stack."""
KEPT = (
    "batches", "in_h", "in_w", "in_c", "out_h", "out_w", "out_c", "kernel_h", "kernel_w", "stride_h", "stride_w",
    "dilation_h", "pad_top", "pad_left", "x_zero", "y_zero", "lo", "hi",
)  # fmt: skip


class ConvDsp:
    def specialize(self, call: Call) -> Call | str:
        p = call.params
        how = gathering(p)
        if isinstance(how, str):
            return how
        packed = pack_layer(p)
        if isinstance(packed, str):
            return packed
        # A window is gathered before its pixel is written, except where it is read in place.
        ahead = 1 if how["inside"] and how["whole"] and not how["pairs"] else 0
        return replace(call, kernel="conv_dsp", params={**{k: p[k] for k in KEPT}, **packed, **how}, ahead=ahead)


def gathering(p: Mapping[str, Param], most_words: int = WORDS) -> dict[str, Param] | str:
    """How the kernel reads windows (blocks, words, pairs, bytes, inside, whole of its params), or why it cannot.

    most_words: that there is room for.
    """
    if p["groups"] != 1 or (p["dilation_w"] != 1 and p["kernel_w"] != 1):
        return "it has groups or is dilated"
    taps, in_c = _int(p, "kernel_h") * _int(p, "kernel_w"), _int(p, "in_c")
    blocks = -(-taps * in_c // 4)
    inside = taps == 1 and _always_inside(p)
    whole = in_c % 4 == 0
    # One word more for odd windows, which are gathered as int8 before; a single pixel has no neighbour.
    words = 4 * blocks if inside or whole else 5 * blocks
    several = _int(p, "batches") * _int(p, "out_h") * _int(p, "out_w") > 1
    as_bytes = several and words > most_words >= 2 * blocks and in_c % 8 == 0
    pairs = as_bytes or (several and words <= most_words)
    if as_bytes:
        words = 2 * blocks
    elif not pairs:
        words = 0 if inside and whole else blocks
    if words > most_words:
        return f"a window has {taps * in_c} values, more than {4 * most_words}"
    flags = {"pairs": pairs, "bytes": as_bytes, "inside": inside, "whole": whole}
    return {"blocks": blocks, "words": words, **{k: int(v) for k, v in flags.items()}}


def _int(params: Mapping[str, Param], name: str) -> int:
    value = params[name]
    assert isinstance(value, (int, np.integer))
    return int(value)


def _always_inside(p: Mapping[str, Param]) -> bool:
    """Whether a window of one tap never leaves x."""
    for pad, out, step, size in (("pad_top", "out_h", "stride_h", "in_h"), ("pad_left", "out_w", "stride_w", "in_w")):
        first = -_int(p, pad)
        if first < 0 or first + (_int(p, out) - 1) * _int(p, step) >= _int(p, size):
            return False
    return True


VARIANT: Variant = ConvDsp()
