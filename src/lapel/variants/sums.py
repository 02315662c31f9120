"""Rows of weights packed for kernels that make something of their own of the sums, and the bounds of what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from lapel.ir import Call
from lapel.ir.op import Param
from lapel.variants.packing import accumulator_range, pack_sums
from lapel.variants.vectors import pack_rows

Pack = Callable[[np.ndarray, np.ndarray], np.ndarray | str]
"""Rows [count, k] and biases [count] -> int32 [count / 4][words], each group's four biases first; or why not."""


def pack_dsp(rows: np.ndarray, bias: np.ndarray) -> np.ndarray | str:
    """Groups of `runtime/dsp/dspsums.h`."""
    if _most(rows, np.zeros(1, np.int64)) >= 2**23:
        return "a sum of products could reach 2^23"
    return pack_sums({"w": rows, "bias": bias})


def pack_mve(rows: np.ndarray, bias: np.ndarray) -> np.ndarray | str:
    """Groups of `runtime/mve/sums_mve.h`."""
    packed = pack_rows(rows[:, None, :])
    biases = np.pad(bias, (0, -len(bias) % 4)).reshape(-1, 4).astype(np.int32)
    return np.concatenate([biases, packed.reshape(len(packed), -1).view("<i4")], axis=1).astype(np.int32)


def specialize_lstm(call: Call, kernel: str, pack: Pack) -> Call | str:
    """A call of `lstm` as one of this variant: of each unit, the groups of its gates over x and over h."""
    groups = []
    for name in ("w", "r"):
        weights, bias, shift = (call.params[k] for k in (name, f"{name}_bias", f"{name}_shift"))
        assert isinstance(weights, np.ndarray) and isinstance(bias, np.ndarray) and isinstance(shift, tuple)
        packed = _packed(weights.reshape(-1, weights.shape[-1]), bias.reshape(-1), shift, pack)
        if isinstance(packed, str):
            return packed
        groups.append(packed)
    changed: dict[str, Param] = {"w": np.concatenate(groups, axis=1)}
    kept = {k: v for k, v in call.params.items() if k not in ("r", "w_bias", "r_bias")}
    return replace(call, kernel=kernel, params={**kept, **changed})


def specialize_svdf(call: Call, kernel: str, pack: Pack) -> Call | str:
    """A call of `svdf` as one of this variant: its features are packed."""
    feature, bias, shift = (call.params[k] for k in ("feature", "feature_bias", "feature_shift"))
    assert isinstance(feature, np.ndarray) and isinstance(bias, np.ndarray) and isinstance(shift, int)
    packed = _packed(feature, bias, (shift,), pack)
    if isinstance(packed, str):
        return packed
    kept = {k: v for k, v in call.params.items() if k != "feature_bias"}
    return replace(call, kernel=kernel, params={**kept, "feature": packed})


def _packed(rows: np.ndarray, bias: np.ndarray, shifts: Sequence[int], pack: Pack) -> np.ndarray | str:
    """The groups, unless the sums or the multipliers are too large for `lapel_dspsums_requantize`."""
    if max(shifts) > 0 or min(shifts) < -30:
        return "multipliers of its sums are not all within 2^-31..1"
    if _most(rows, bias) >= 2**30:
        return "a sum could reach 2^30"
    return pack(rows, bias)


def _most(rows: np.ndarray, bias: np.ndarray) -> int:
    """The greatest magnitude that a sum can have."""
    return max(int(np.abs(ends).max()) for ends in accumulator_range(rows, bias))
