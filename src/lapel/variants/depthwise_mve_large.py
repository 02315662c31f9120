"""Depthwise convolutions on Helium that `depthwise_mve` refuses: many taps, and several outputs a channel.

With a single channel, these are ordinary convolutions and done as such.
"""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.conv_mve import VARIANT as CONV_MVE
from lapel.variants.conv_mve_large import VARIANT as CONV_MVE_LARGE
from lapel.variants.depthwise_mve import CHUNK, TAPS, pack_taps, unpack_channels
from lapel.variants.multiplied import specialize_as_conv, unpack_taps
from lapel.variants.vectors import LANES, multiplier_problem, pack_lanes, variant_call

MOST = define("LAPEL_DEPTHWISE_MVE_LARGE_MOST")
"""Taps."""
REACH = 255
"""Lanes read so far from the first."""


class DepthwiseMveLarge:
    """The kernel `depthwise_mve_large`."""

    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        taps, multiplier = p["kernel_h"] * p["kernel_w"], p["multiplier"]
        if taps <= TAPS and multiplier == 1:
            return f"{taps} taps, not more than {TAPS}"
        packed = call.params["w"]
        assert isinstance(packed, np.ndarray)
        if packed.min() < -127:
            return "weights of -128: two products could exceed 16 bits"
        reason = multiplier_problem(call)
        if reason:
            return reason
        if p["in_c"] == 1:
            found = specialize_as_conv(call, [CONV_MVE, CONV_MVE_LARGE])
            if isinstance(found, Call):
                return found
        if taps > MOST:
            return f"more than {MOST} taps"
        fold = _fold(p)
        rows = unpack_channels(packed, p["in_c"]) if multiplier == 1 else unpack_taps(call).T
        w = pack_taps(np.tile(rows, (1, fold)))
        if multiplier > 1:
            w = _with_places(w, p, fold)
        changed: dict[str, Param] = {"w": w, "table": pack_lanes(call, p["out_c"], fold), "fold": fold}
        return variant_call(call, "depthwise_mve_large", changed, ("out_c",), _ahead(p))


def _fold(p: dict[str, int]) -> int:
    """How many pixels are computed at once."""
    fold = max(LANES // p["out_c"], 1)
    if p["multiplier"] == 1:
        return fold if p["stride_w"] == 1 else 1
    return max(min(fold, (REACH + 1 - p["in_c"]) // (p["stride_w"] * p["in_c"]) + 1), 1)


def _with_places(w: np.ndarray, p: dict[str, int], fold: int) -> np.ndarray:
    """[vectors][taps][16] -> [vectors][1 + taps][16]: first where each lane reads, from its chunk's first channel."""
    pixel, channel = np.divmod(np.arange(p["out_c"] * fold), p["out_c"])
    places = np.zeros(len(w) * LANES, np.int64)
    places[: len(pixel)] = pixel * p["stride_w"] * p["in_c"] + channel // p["multiplier"] % CHUNK
    rows = places.astype(np.uint8).view(np.int8).reshape(-1, 1, LANES)
    return np.concatenate([rows, w], axis=1)


def _ahead(p: dict[str, int]) -> int:
    """Vectors of lanes are read before they are written, a row of the image chunk of channels by chunk."""
    if p["multiplier"] == 1:
        return 0 if p["in_c"] <= CHUNK else p["out_w"] - 1
    if p["out_c"] <= LANES:
        return 0
    return 1 if p["in_c"] <= CHUNK else p["out_w"]


VARIANT = DepthwiseMveLarge()
