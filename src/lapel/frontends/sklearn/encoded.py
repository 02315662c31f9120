"""`Encoded`: how features become the integers that a model without layers computes with, on the device or before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.building import GraphBuilder
from lapel.ir import DTYPES, Quant, Tensor

FEATURES = "features"


@dataclass(frozen=True, eq=False)
class Encoded:
    """Code of x: clip(round((x - centre) · slope)), float64 [K] each, in dtype.

    quant: of an input that has these codes; None: the model takes float32, in which the device makes them.
    """

    dtype: str
    quant: Quant | None
    centre: np.ndarray
    slope: np.ndarray

    def codes(self, x: np.ndarray) -> np.ndarray:
        """int64 [n, K] of samples [n, K], as the device has them."""
        if self.quant is None:
            moved = (x.astype(np.float32) - self.centre.astype(np.float32)) * self.slope.astype(np.float32)
        else:
            moved = (x - self.centre) * self.slope
        info = np.iinfo(DTYPES[self.dtype])
        found = moved.astype(np.float64)
        return np.clip(np.trunc(found + np.copysign(0.5, found)), info.min, info.max).astype(np.int64)

    def add(self, b: GraphBuilder, batch: int = 1) -> Tensor:
        """The graph's input, and the nodes that make codes of it."""
        shape = (batch, len(self.slope))
        if self.quant is not None:
            return b.input(FEATURES, shape, self.dtype, self.quant)
        x = b.input(FEATURES, shape)
        centre, slope = (
            b.constant(f"{FEATURES}/{name}", value.astype(np.float32))
            for name, value in (("centre", self.centre), ("slope", self.slope))
        )
        moved = b.node("floatsub", x, centre, name="centre", activation="none")
        scaled = b.node("floatmul", moved, slope, name="scale", activation="none")
        return b.quantized(scaled, self.dtype, Quant((1.0,), (0,)), "quantize")

    def given(self, codes: np.ndarray, x: np.ndarray) -> np.ndarray:
        """What the graph's input is given for samples x with these codes."""
        return x.astype(np.float32) if self.quant is None else codes.astype(DTYPES[self.dtype])


def of_quant(dtype: str, scale: float, zero: int, features: int) -> Encoded:
    """That of an input of one scale for all features."""
    centre, slope = np.full(features, -zero * scale), np.full(features, 1 / scale)
    return Encoded(dtype, Quant((scale,), (zero,)), centre, slope)
