"""Weights, biases and multipliers as the AVR variants want them (runtime/avr/avrrow.h, avrfinish.h, avrfitted.h).

Weights are stored as 127 - w, and values are read as x + 128: products have no sign, and values of -128 are passed
over. Sums have 24 bits; whether these suffice is known from the weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir.op import Param
from lapel.ir.shortmultiplier import short_multiplier
from lapel.variants.packing import accumulator_range

LANES = 8
"""Outputs of a block; those that are left go in blocks of REST."""
REST = 2
LANES_OF_TAPS = 4
"""Channels of a block of avrlanes.h; those that are left go one by one."""
FITTED_LEFT = 5
"""Of avrfitted.h: fewer than these go in blocks of REST."""
SCALE_BYTES = 6
MOST_SHIFT = 17
"""To the right, of a multiplier in [1/2, 1): a byte and 1..8 bits, and the last one."""


def pack_rows(p: Mapping[str, Param], bits: int = 24) -> dict[str, Param] | str:
    """The fields of `lapel_avrrow_shape` from the portable kernel's params, or why this kernel cannot have them.

    bits: of a sum, 24 (avrrow.h) or 16 (avrnarrow.h).
    """
    if not isinstance(p["w"], np.ndarray):
        return "its weights are no constants in flash"
    w, bias, mul, shift = (_table(p[k]) for k in ("w", "bias", "mul", "shift"))
    w = w.reshape(len(w), -1)
    shift = np.where(mul == 0, -8, shift)  # whatever it is, the product is zero
    if shift.max() > -2 or shift.min() < -MOST_SHIFT:
        return f"multipliers are not all within 2^{-MOST_SHIFT - 1}..1/4"
    least, greatest = accumulator_range(w, bias)
    if least.min() < -(2 ** (bits - 1)) or greatest.max() >= 2 ** (bits - 1):
        return f"an accumulator could reach 2^{bits - 1}"
    zero, lo, hi = (_int(p[k]) for k in ("y_zero", "lo", "hi"))
    return {
        "inputs": w.shape[1],
        "outputs": len(w),
        "w": _blocks(127 - w if bits == 24 else w, bias - 128 * w.sum(axis=1), bits // 8),
        "scale": pack_scales(mul, shift, max(int(greatest.max()), -int(least.min()))),
        "scale_step": SCALE_BYTES if mul.size > 1 else 0,
        "offset": 2 * zero + 1,
        "lo": lo,
        "hi": hi,
        "rectified": -128 if lo == zero else 0,
    }


def pack_lanes(p: Mapping[str, Param]) -> dict[str, Param] | str:
    """The same of a depthwise convolution, whose `inputs` are taps and whose weights avrlanes.h multiplies."""
    channels, taps = _int(p["out_c"]), _int(p["kernel_h"]) * _int(p["kernel_w"])
    if taps > 255:
        return f"it has {taps} taps, expected at most 255"
    w, parts, first = _table(p["w"]), list[np.ndarray](), 0
    while first < channels:
        lanes = LANES_OF_TAPS if channels - first >= LANES_OF_TAPS else 1
        parts.append(w[first * taps : (first + lanes) * taps].reshape(taps, lanes).T)
        first += lanes
    rows = np.concatenate(parts)
    packed = pack_rows({**p, "w": rows})
    if isinstance(packed, str):
        return packed
    bias = _table(p["bias"]) - 128 * rows.sum(axis=1)
    blocks, first = list[np.ndarray](), 0
    for part in parts:
        blocks.append(_block(part, bias[first : first + len(part)], 3, (0, 0)))
        first += len(part)
    return {**packed, "w": (np.concatenate(blocks) & 0xFF).astype(np.uint8)}


def pack_scales(mul: np.ndarray, shift: np.ndarray, greatest: int) -> np.ndarray:
    """uint8 [channels * SCALE_BYTES] of multipliers and shifts of -2..-MOST_SHIFT: see avrfinish.h.

    greatest: no accumulator's magnitude is more. Its product with the upper half of m is less than that with all of m
    by greatest / 2^16 at most; the half that is added, what is dropped of the product, and rounding make three more.
    """
    drop = -1 - shift
    far = drop > 8
    word = (2 * mul + far).astype("<u4")
    last = 1 << (8 - (drop - 8 * far))
    short = (max(greatest, 0) >> 16) + 4
    most = np.where(far, 255 - (short * last >> 8), np.maximum(256 - short * last, 0))
    tail = np.stack([last, np.maximum(most, 0)], axis=1).astype(np.uint8)
    return np.concatenate([word[:, None].view(np.uint8), tail], axis=1).ravel()


def pack_fitted(p: Mapping[str, Param]) -> dict[str, Param] | str:
    """The fields of `lapel_avrfitted_shape` from the portable kernel's params, or why this kernel cannot have them."""
    if not isinstance(p["w"], np.ndarray):
        return "its weights are no constants in flash"
    w, bias, mul, shift = (_table(p[k]) for k in ("w", "bias", "mul", "shift"))
    w, (zero, lo, hi) = w.reshape(len(w), -1), (_int(p[k]) for k in ("y_zero", "lo", "hi"))
    if lo != -128 or hi < zero:
        return f"outputs end at {lo} and {hi} round a zero point of {zero}, expected -128 and no less than that"
    least, greatest = accumulator_range(w, bias)
    if least.min() < -(2**15) or greatest.max() >= 2**15:
        return "an accumulator could reach 2^15"
    scales = np.broadcast_to(np.stack([mul, shift], axis=1), (len(w), 2)).tolist()
    found = [short_multiplier(*s, *ends) for s, *ends in zip(scales, least.tolist(), greatest.tolist(), strict=True)]
    if None in found:
        return "of its multipliers 16 bits do not give the same outputs: quantize it for accumulators of int16"
    scale = np.array([[half, m & 0xFF, m >> 8] for m, half in filter(None, found)])
    packed = _fitted_blocks(w, bias - 128 * w.sum(axis=1), scale)
    return {"inputs": w.shape[1], "outputs": len(w), "w": packed, "zero": zero, "most": hi - zero}


def _blocks(w: np.ndarray, bias: np.ndarray, width: int) -> np.ndarray:
    """uint8: of each block of outputs its biases, `width` bytes each, and its weights, input by input."""
    parts, first = [], 0
    while first < len(w):
        lanes = LANES if len(w) - first >= LANES else REST
        block = slice(first, first + lanes)
        missing = max(0, lanes - (len(w) - first))
        parts.append(_block(w[block], bias[block], width, (0, missing)))
        first += lanes
    return (np.concatenate(parts) & 0xFF).astype(np.uint8)


def _fitted_blocks(w: np.ndarray, bias: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """uint8: blocks as avrfitted.h has them; scale: [outputs, bytes] that follow each block."""
    parts, first = [], 0
    while first < len(w):
        lanes = LANES if len(w) - first >= FITTED_LEFT else REST
        block = slice(first, first + lanes)
        missing = max(0, lanes - (len(w) - first))
        parts += [_block(w[block], bias[block], 2, (missing, 0)), scale[block].ravel()]
        first += lanes
    return (np.concatenate(parts) & 0xFF).astype(np.uint8)


def _block(w: np.ndarray, bias: np.ndarray, width: int, missing: tuple[int, int]) -> np.ndarray:
    """One block, with so many outputs of zeros before and behind."""
    rows, biases = np.pad(w, (missing, (0, 0))), np.pad(bias, missing)
    words = biases.astype("<i4")[:, None].view(np.uint8)[:, :width]
    return np.concatenate([words.ravel(), rows.T.ravel()])


def _table(value: Param) -> np.ndarray:
    assert isinstance(value, np.ndarray)
    return value.astype(np.int64)


def _int(value: Param) -> int:
    assert isinstance(value, int)
    return value
