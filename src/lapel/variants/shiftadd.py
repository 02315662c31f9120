"""Weights of few bits as kernels without multiplications want them (runtime/shiftadd/shiftadd.h)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir.op import Param

KEPT = ("bias", "mul", "shift", "lo", "hi", "per_channel")
VALUES = {1: (-1, 1), 2: (-2, -1, 0, 1), 4: tuple(range(-8, 8))}
"""Weights by bits of a code, in the order of codes."""


def pack_layer(p: Mapping[str, Param]) -> dict[str, Param] | str:
    """The fields of `lapel_shiftadd_shape` from the portable kernel's params, or why this kernel cannot have them."""
    w, shift, zero = p["w"], p["shift"], p["y_zero"]
    assert isinstance(shift, np.ndarray) and isinstance(zero, int)
    if not isinstance(w, np.ndarray):
        return "its weights are no constants in flash"
    rows = w.reshape(len(w), -1)
    found = np.unique(rows)
    bits = next((b for b, values in VALUES.items() if np.isin(found, values).all()), None)
    if bits is None:
        return f"weights are {found[0]}..{found[-1]}, expected -8..7: train or compress them to 4 bits or fewer"
    if shift.max() > -2:
        return "multipliers are not all below 1/4"
    codes = np.searchsorted(np.array(VALUES[bits]), rows)
    kept = {name: p[name] for name in KEPT}
    sizes: dict[str, Param] = {"inputs": rows.shape[1], "outputs": len(rows), "offset": 2 * zero + 1}
    return {**kept, **sizes, "doublings": bits.bit_length() - 1, "w": pack_codes(codes, bits)}


def pack_codes(codes: np.ndarray, bits: int) -> np.ndarray:
    """uint8, flat: codes [rows, count], each row whole bytes, the first code in the lowest bits."""
    per = 8 // bits
    padded = np.pad(codes, ((0, 0), (0, -codes.shape[1] % per))).reshape(len(codes), -1, per)
    return (padded << (bits * np.arange(per))).sum(axis=2).astype(np.uint8).ravel()
