"""Depthwise convolutions on Helium: 16 channels at a time, or as many pixels of few channels as fill 16 lanes."""

from __future__ import annotations

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.vectors import LANES, blocks, multiplier_problem, pack_lanes, variant_call

TAPS, CHUNK = (define(f"LAPEL_DEPTHWISE_MVE_{name}") for name in ("MOST", "CHUNK"))


class DepthwiseMve:
    def specialize(self, call: Call) -> Call | str:
        p = {k: v for k, v in call.params.items() if isinstance(v, int)}
        if p["multiplier"] > 1:
            return f"{p['multiplier']} outputs a channel"
        if p["kernel_h"] * p["kernel_w"] > TAPS:
            return f"more than {TAPS} taps"
        packed = call.params["w"]
        assert isinstance(packed, np.ndarray)
        if packed.min() < -127:
            return "weights of -128: two products could exceed 16 bits"
        reason = multiplier_problem(call)
        if reason:
            return reason
        fold = LANES // p["in_c"] if p["stride_w"] == 1 and p["in_c"] <= LANES else 1
        w = np.tile(unpack_channels(packed, p["in_c"]), (1, fold))
        changed: dict[str, Param] = {"w": pack_taps(w), "table": pack_lanes(call, p["in_c"], fold), "fold": fold}
        # Each vector of channels is read before it is written, a row of the image chunk of channels by chunk.
        ahead = 0 if p["in_c"] <= CHUNK else p["out_w"] - 1
        return variant_call(call, "depthwise_mve", changed, ("out_c", "multiplier"), ahead)


def unpack_channels(packed: np.ndarray, channels: int) -> np.ndarray:
    """The weights as [taps, channels], from the portable kernel's blocks of four and of one."""
    whole = channels // 4 * 4
    taps = packed.size // channels
    four = packed[: taps * whole].reshape(-1, taps, 4).transpose(1, 0, 2).reshape(taps, whole)
    return np.concatenate([four, packed[taps * whole :].reshape(-1, taps).T], axis=1)


def pack_taps(w: np.ndarray) -> np.ndarray:
    """[taps, lanes] -> [lanes / 16][taps, made even][16], padded with zeros."""
    taps, lanes = w.shape
    padded = np.zeros((taps + taps % 2, blocks(lanes, LANES) * LANES), np.int8)
    padded[:taps, :lanes] = w
    return padded.reshape(len(padded), -1, LANES).transpose(1, 0, 2).copy()


VARIANT = DepthwiseMve()
