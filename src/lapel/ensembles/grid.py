"""`Grid`: the numbers that a model's input can stand for, in their order, by codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.families.trees import INFINITY
from lapel.ir import DTYPES, Quant, Type


@dataclass(frozen=True)
class Grid:
    """dtype: int8 or int16, of which code q stands for (q - zero) · scale, or float32, whose codes are their keys."""

    dtype: str
    scale: float = 1.0
    zero: int = 0

    @property
    def low(self) -> int:
        """The least code."""
        return -INFINITY - 1 if self.dtype == "float32" else int(np.iinfo(DTYPES[self.dtype]).min)

    @property
    def high(self) -> int:
        return INFINITY if self.dtype == "float32" else int(np.iinfo(DTYPES[self.dtype]).max)

    def numbers(self, codes: np.ndarray) -> np.ndarray:
        """float64: what int64 codes stand for."""
        if self.dtype == "float32":
            keys = codes.astype(np.int32)
            return (keys ^ ((keys >> 31) & np.int32(0x7FFFFFFF))).view(np.float32).astype(np.float64)
        return (codes - self.zero) * self.scale

    def stored(self, codes: np.ndarray) -> np.ndarray:
        """Codes in the dtype of the input."""
        if self.dtype == "float32":
            return self.numbers(codes).astype(np.float32)
        return codes.astype(DTYPES[self.dtype])

    def rounded(self, x: np.ndarray) -> np.ndarray:
        """The numbers of the grid that raw features become."""
        if self.dtype == "float32":
            return x.astype(np.float32).astype(np.float64)
        return self.numbers(np.clip(np.rint(x / self.scale) + self.zero, self.low, self.high).astype(np.int64))

    def type(self, rows: int, features: int) -> Type:
        """Of the model's input."""
        quant = None if self.dtype == "float32" else Quant((self.scale,), (self.zero,))
        return Type((rows, features), self.dtype, quant)


def grid_of(data: np.ndarray, dtype: str = "auto") -> Grid:
    """A grid for features like `data` [n, F]: where they are whole, and few enough, with a step of 1.

    dtype: "auto": the first of int8 and int16 that holds whole numbers of their range, else float32.
    """
    low, high = float(data.min()), float(data.max())
    whole = bool((data == np.rint(data)).all())
    for name in ("int8", "int16") if dtype == "auto" else (dtype,):
        info = np.iinfo(DTYPES[name]) if name != "float32" else None
        if info is None:
            break
        if whole and high - low <= info.max - info.min:
            return Grid(name, 1.0, _zero(info, int(low), int(high)))
        if dtype != "auto":
            scale = float(np.float32(max(high - low, float(np.finfo(np.float32).tiny)) / float(info.max - info.min)))
            return Grid(name, scale, int(np.clip(info.min - np.rint(low / scale), info.min, info.max)))
    return Grid("float32")


def _zero(info: np.iinfo, low: int, high: int) -> int:
    """A zero point of whole numbers low..high: 0, or that of unsigned ones, or the nearest."""
    if info.min <= low and high <= info.max:
        return 0
    if low >= 0 and high <= info.max - info.min:
        return int(info.min)
    return int(info.min) - low
