"""Depthwise convolution on Armv7E-M and Armv8-M: two taps an instruction, requantization in five."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.conv_dsp import VARIANT as CONV_DSP
from lapel.variants.conv_dsp_shallow import VARIANT as CONV_DSP_SHALLOW
from lapel.variants.multiplied import specialize_as_conv

LANES = 4
MOST_RIGHT = 22
"""Behind the multiplication, zero point and half are added at 2^right times their value, which must fit 32 bits."""
MOST_TAPS = define("LAPEL_DEPTHWISE_DSP_TAPS")
MOST_SIZE, MOST_STEP = 2**15 - 1, 2**7 - 1
"""Of the fields of the params structs for sizes, and for strides and paddings."""


class DepthwiseDsp:
    """The kernel `depthwise_dsp`; or one of `conv`, for few channels or several outputs a channel."""

    def specialize(self, call: Call) -> Call | str:
        p = Fields(call.params)
        if p["multiplier"] != 1 or p["in_c"] < LANES:
            return specialize_as_conv(call, [CONV_DSP_SHALLOW, CONV_DSP])
        reason = refuse(p) or _refuse_taps(p)
        if reason:
            return reason
        same = ("batches", "in_h", "in_w", "out_h", "out_w", "y_zero", "x_zero", "pad_top", "pad_left")
        window = [f"{name}_{axis}" for name in ("kernel", "stride", "dilation") for axis in "hw"]
        params: dict[str, Param] = {name: call.params[name] for name in (*same, *window)}
        params |= {"channels": p["in_c"], "w": pack_pairs(unpack_weights(p)), **p.scaling()}
        return replace(call, kernel="depthwise_dsp", params=params, ahead=1)


class Fields:
    """The params of the portable kernel, by type."""

    def __init__(self, params: Mapping[str, Param]) -> None:
        self.params = params

    def __getitem__(self, name: str) -> int:
        value = self.params[name]
        assert isinstance(value, (int, np.integer)), name
        return int(value)

    def table(self, name: str) -> np.ndarray:
        value = self.params[name]
        assert isinstance(value, np.ndarray), name
        return value

    @property
    def rights(self) -> np.ndarray:
        """Right shifts; a usual one for a multiplier of zero, whose outputs are the zero point whatever it is."""
        return np.where(self.table("mul") == 0, 8, -self.table("shift").astype(np.int64))

    def scaling(self) -> dict[str, Param]:
        """The tables `bias`, `mul` and `right`, [channels] each."""
        mul, right = (np.broadcast_to(t, self["in_c"]) for t in (self.table("mul"), self.rights))
        return {"bias": self.table("bias"), "mul": mul.copy(), "right": right.astype(np.int8)}


def refuse(p: Fields) -> str | None:
    """Why no form of the kernel can do this call."""
    if p["multiplier"] != 1 or p["in_c"] < LANES:
        return f"multiplier {p['multiplier']}, expected 1"
    if p["in_c"] < LANES:
        return f"{p['in_c']} channels, expected {LANES} or more"
    if (p["lo"], p["hi"]) != (-128, 127):
        return f"outputs are clamped to {p['lo']}..{p['hi']}, expected -128..127"
    if p.rights.min() < 1 or p.rights.max() > MOST_RIGHT:
        return f"right shifts of {p.rights.min()}..{p.rights.max()}, expected 1..{MOST_RIGHT}"
    if most_sum(p).max() >= 2**30:
        return "an accumulator could reach 2^30"
    sizes = max(p[name] for name in ("batches", "in_h", "in_w", "in_c", "out_h", "out_w"))
    steps = max(p[f"{name}_{axis}"] for name in ("kernel", "stride", "dilation") for axis in "hw")
    steps = max(steps, p["pad_top"], p["pad_left"])
    if sizes > MOST_SIZE or steps > MOST_STEP:
        return f"a size of {sizes} or a step of {steps}, expected at most {MOST_SIZE} and {MOST_STEP}"
    return None


def most_sum(p: Fields) -> np.ndarray:
    """[channels]: no accumulator, nor a part of its sum, is larger."""
    return 128 * np.abs(unpack_weights(p).astype(np.int64)).sum(axis=(1, 2)) + np.abs(p.table("bias").astype(np.int64))


def _refuse_taps(p: Fields) -> str | None:
    if p["kernel_h"] * p["kernel_w"] > MOST_TAPS and has_border(p):
        return f"{p['kernel_h'] * p['kernel_w']} taps, some outside the image, expected at most {MOST_TAPS}"
    return None


def has_border(p: Fields) -> bool:
    """Whether some output pixel has a tap outside the image."""
    bottom = (p["out_h"] - 1) * p["stride_h"] - p["pad_top"] + (p["kernel_h"] - 1) * p["dilation_h"]
    return p["pad_top"] > 0 or bottom >= p["in_h"] or (p["x_first"], p["x_end"]) != (0, p["out_w"])


def unpack_weights(p: Fields) -> np.ndarray:
    """[channels, kernel_h, kernel_w] from the portable kernel's blocks of four channels, then of one (multiplier 1)."""
    c, kernel = p["in_c"], (p["kernel_h"], p["kernel_w"])
    whole = c // 4 * 4
    flat, taps = p.table("w"), kernel[0] * kernel[1]
    blocks = flat[: whole * taps].reshape(-1, taps, 4).transpose(0, 2, 1).reshape(whole, taps)
    return np.concatenate([blocks, flat[whole * taps :].reshape(c - whole, taps)]).reshape(c, *kernel)


def pack_pairs(weights: np.ndarray) -> np.ndarray:
    """[blocks, kernel_h, kernel_w, 4], flat: of each half of a block's channels a tap and the next tap.

    Where kernel_w is odd, the first tap of each row stands alone, its four channels in their order. The last block is
    the last four channels, some of which are in the block before it where 4 does not divide them.
    """
    c, kernel_h, kernel_w = weights.shape
    starts = [min(o, c - LANES) for o in range(0, c, LANES)]
    blocks = np.stack([weights[o : o + LANES] for o in starts]).transpose(0, 2, 3, 1)
    first, rest = np.split(blocks, [kernel_w % 2], axis=2)
    pairs = rest.reshape(len(starts), kernel_h, -1, 2, 2, 2).swapaxes(3, 4)  # block, row, pair, half, tap, channel
    return np.concatenate([first.reshape(*first.shape[:2], -1), pairs.reshape(*first.shape[:2], -1)], axis=2).ravel()


VARIANT = DepthwiseDsp()
