"""How features become the int8 values that a device computes with: one scale for all, or one a feature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lapel.building import GraphBuilder
from lapel.ir import Quant, Tensor

Input = Literal["auto", "int8", "float"]
FEATURES = "features"
LOST = 0.01
"""The share of a feature's variance that rounding by one scale for all may make of it; else each has its own."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """q = clip(round(x · slope - centre · slope)), float32 [K] each where every feature has its own, or one scale.

    quant: of an int8 input; None: the model takes float32, and does it on the device.
    """

    features: int
    quant: Quant | None
    centre: np.ndarray
    slope: np.ndarray

    def integers(self, x: np.ndarray) -> np.ndarray:
        """int8 [n, K] of samples [n, K]."""
        if self.quant is None:
            moved = (x.astype(np.float32) - self.centre) * self.slope
            return np.clip(_half_away(moved.astype(np.float64)), -128, 127).astype(np.int8)
        q = self.quant.zero[0] + _half_away(x.astype(np.float32).astype(np.float64) / self.quant.scale[0])
        return np.clip(q, -128, 127).astype(np.int8)

    def add(self, b: GraphBuilder, batch: int) -> Tensor:
        """The graph's input, and the nodes that make int8 values of it."""
        shape = (batch, self.features)
        if self.quant is not None:
            return b.input(FEATURES, shape, "int8", self.quant)
        x = b.input(FEATURES, shape)
        moved = b.node("floatsub", x, b.constant(f"{FEATURES}/centre", self.centre), name="centre", activation="none")
        slope = b.constant(f"{FEATURES}/slope", self.slope)
        scaled = b.node("floatmul", moved, slope, name="scale", activation="none")
        return b.quantized(scaled, "int8", Quant((1.0,), (0,)), "quantize")

    def behind(self, slope: np.ndarray, offset: np.ndarray) -> Encoding:
        """That of x which is this one of slope · x + offset, feature by feature; it takes float32."""
        if self.quant is None:
            own, centre = self.slope.astype(np.float64), self.centre.astype(np.float64)
        else:
            own = np.full(self.features, 1 / self.quant.scale[0])
            centre = np.full(self.features, -self.quant.zero[0] * self.quant.scale[0])
        safe = np.where(slope == 0, 1.0, slope)
        made = replace(self, quant=None, centre=((centre - offset) / safe).astype(np.float32))
        return replace(made, slope=(own * safe).astype(np.float32))


def choose(x: np.ndarray, input: Input) -> Encoding:
    """That of training samples [n, K]; `auto` is one scale for all where it costs no feature more than `LOST`."""
    one = _one_scale(x)
    if input == "float" or (input == "auto" and _loses(one, x)):
        return _by_feature(x)
    return one


def _one_scale(x: np.ndarray) -> Encoding:
    k, low, high = x.shape[1], min(0.0, float(x.min())), max(0.0, float(x.max()))
    none = np.zeros(0, np.float32)
    if (x == np.rint(x)).all() and high - low <= 255:  # whole numbers that int8 has room for, exactly
        # Nothing is -128: cores that pass over values of that have less to do.
        zero = 0 if -128 <= low < 0 and high <= 127 else int(-128 - low)
        return Encoding(k, Quant((1.0,), (zero,)), none, none)
    scale = float(np.float32((high - low) / 255)) or 1.0
    return Encoding(k, Quant((scale,), (int(np.clip(np.rint(-128 - low / scale), -128, 127)),)), none, none)


def _by_feature(x: np.ndarray) -> Encoding:
    """Each feature's range becomes -127..127; one that does not vary is 0."""
    low, high = x.min(axis=0), x.max(axis=0)
    centre = (low / 2 + high / 2).astype(np.float32)
    half = np.maximum(high - centre, centre - low)
    # Below float32's resolution of the centre a feature holds nothing but rounding.
    varies = half > np.maximum(np.abs(centre.astype(np.float64)), 2.0**-100) * 2.0**-23
    slope = np.where(varies, 127 / np.where(varies, half, 1.0), 1.0).astype(np.float32)
    return Encoding(x.shape[1], None, centre, slope)


def _loses(one: Encoding, x: np.ndarray) -> bool:
    assert one.quant is not None
    back = one.quant.scale[0] * (one.integers(x).astype(np.float64) - one.quant.zero[0])
    return bool((((back - x) ** 2).mean(axis=0) > LOST * x.var(axis=0)).any())


def _half_away(v: np.ndarray) -> np.ndarray:
    """Rounded to nearest, halves away from zero."""
    return np.asarray(np.trunc(v + np.copysign(0.5, v)))
