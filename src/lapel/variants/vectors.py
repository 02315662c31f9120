"""Weights and scales as `runtime/dot_mve.h` reads them: blocks of four channels, vectors of 16 values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param

LANES, CHANNELS = 16, 4
PERMUTED = (0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15)
"""Lanes in the order in which two widenings leave them, bottom before top: bytes to 16, then to 32 bits."""
WASTE_BYTES = 1024
"""Padding of the weights that is accepted however few they are."""


def blocks(count: int, size: int) -> int:
    """How many blocks of `size` hold `count`."""
    return -(-count // size)


def pack_rows(w: np.ndarray) -> np.ndarray:
    """[channels, rows, run] -> [channels / 4][rows][run / 16][4][16], padded with zeros."""
    o, rows, run = w.shape
    groups, vectors = blocks(o, CHANNELS), blocks(run, LANES)
    padded = np.zeros((groups * CHANNELS, rows, vectors * LANES), np.int8)
    padded[:o, :, :run] = w
    return padded.reshape(groups, CHANNELS, rows, vectors, LANES).transpose(0, 2, 3, 1, 4).copy()


def expand(call: Call, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """(mul, shift) of every channel."""
    return np.resize(_array(call, "mul"), channels), np.resize(_array(call, "shift"), channels)


def pack_stream(call: Call, packed: np.ndarray) -> np.ndarray:
    """[channels / 4][words] int32: bias[4], the packed rows, mul[4], and shift[4] as int8."""
    return np.concatenate([pack_biased(call, packed), pack_scale(call, len(packed))], axis=1)


def pack_biased(call: Call, packed: np.ndarray) -> np.ndarray:
    """[channels / 4][words] int32: bias[4], padded with zeros, and the packed rows."""
    bias = _array(call, "bias")
    groups = len(packed)
    padded = np.zeros((groups * CHANNELS, 1), np.int32)
    padded[: len(bias), 0] = bias
    rows = packed.reshape(groups, -1).view("<i4")
    return np.concatenate([padded.reshape(groups, CHANNELS), rows], axis=1).astype(np.int32)


def pack_scale(call: Call, groups: int) -> np.ndarray:
    """[channels / 4][5] int32: mul[4], and shift[4] as int8; padding is as the last channel."""
    mul, shift = expand(call, len(_array(call, "bias")))
    missing = (0, groups * CHANNELS - len(mul))
    muls = np.pad(mul, missing, mode="edge").reshape(groups, CHANNELS)
    shifts = np.pad(shift.astype(np.int8), missing, mode="edge").view("<i4").reshape(groups, 1)
    return np.concatenate([muls, shifts], axis=1).astype(np.int32)


def pack_lanes(call: Call, channels: int, fold: int) -> np.ndarray:
    """[lanes / 16][36] int32: shift[16] as int8, bias[16], mul[16], in PERMUTED order, of `fold` pixels' channels."""
    mul, shift = expand(call, channels)
    groups = blocks(channels * fold, LANES)
    values = np.zeros((3, groups * LANES), np.int32)
    values[2] = -31
    values[:, : channels * fold] = np.tile([_array(call, "bias"), mul, shift], fold)
    bias, mul, shift = values.reshape(3, groups, LANES)[:, :, PERMUTED]
    shifts = np.ascontiguousarray(shift.astype(np.int8)).view("<i4").astype(np.int32)
    return np.concatenate([shifts, bias, mul], axis=1)


def multiplier_problem(call: Call) -> str | None:
    """Why shifts to the right alone are not for this call: a multiplier of one half or more."""
    if int(_array(call, "shift").max()) > -1:
        return "an output multiplier is one half or more"
    return None


def problem(call: Call, w: np.ndarray, packed: np.ndarray) -> str | None:
    """Why vectors are not for this call: a multiplier that is too large, or mostly padding."""
    reason = multiplier_problem(call)
    if reason:
        return reason
    if packed.nbytes > max(2 * w.nbytes, w.nbytes + WASTE_BYTES):
        return "rows too short for vectors"
    return None


def variant_call(
    call: Call, kernel: str, changed: dict[str, Param], without: Sequence[str] = (), ahead: int | None = None
) -> Call:
    """`call` with another kernel and its promise: the params less those of the portable one alone, and `changed`."""
    dropped = {"bias", "mul", "shift", "per_channel", "plain", *without, *changed}
    kept = {k: v for k, v in call.params.items() if k not in dropped}
    return replace(call, kernel=kernel, params={**kept, **changed}, ahead=ahead)


def _array(call: Call, name: str) -> np.ndarray:
    value = call.params[name]
    assert isinstance(value, np.ndarray)
    return value
