"""Values that are scaled by another number than the model says, in some channels or all."""

from __future__ import annotations

import numpy as np

from lapel.debugging.scene import Scene
from lapel.ir import DTYPES

LEAST_OFF = 0.005
"""Of a factor: nearer to 1 it is not told from roundings."""
LEAST_SPREAD = 8
"""Counts that a channel's right values lie apart at least, for its factor to be known."""


def find(scene: Scene) -> str:
    """Factors by channel that make what the device has of what is right, to one count."""
    t = scene.output
    if t.quant is None or t.quant.axis is not None or scene.right.ndim < 2:
        return ""
    right, found = (x.reshape(-1, x.shape[-1]).astype(np.float64).T - t.zero for x in (scene.right, scene.found))
    factors = {c: _factor(scene, a, b) for c, (a, b) in enumerate(zip(right, found, strict=True)) if (a != b).any()}
    if not factors or any(f is None for f in factors.values()):
        return ""
    known = {c: f for c, f in factors.items() if f is not None}
    if len(known) == len(right) and len({round(f, 2) for f in known.values()}) == 1:
        return f"a wrong multiplier: all values are {_mean(known):.3g} times what they should be"
    c, f = next(iter(known.items()))
    more = f", and {len(known) - 1} other channels are wrong" if len(known) > 1 else ", the other channels are right"
    return f"a wrong multiplier: channel {c} is {f:.3g} times what it should be{more}"


def _mean(known: dict[int, float]) -> float:
    return sum(known.values()) / len(known)


def _factor(scene: Scene, right: np.ndarray, found: np.ndarray) -> float | None:
    info, zero = np.iinfo(DTYPES[scene.output.dtype]), scene.output.zero
    lo, hi = info.min - zero, info.max - zero
    inside = (right > lo) & (right < hi) & (found > lo) & (found < hi)
    if not inside.any() or np.ptp(right[inside]) < LEAST_SPREAD:
        return None
    a, b = right[inside], found[inside]
    f = float(a @ b / (a @ a))
    exact = np.abs(np.clip(f * right, lo, hi) - found)[inside] <= 1 + abs(f)
    return f if abs(f - 1) > LEAST_OFF and exact.all() else None
