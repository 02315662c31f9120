"""Scales and zero points for ranges of numbers, and numbers -> stored integers.

Source: TFLite 8-bit quantization specification: activations asymmetric of int8, symmetric of int16; 0 is always exact.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lapel.ir import DTYPES, Quant, Type
from lapel.ir.numbers import along
from lapel.ir.signature import Scaled

TINY = float(np.finfo(np.float32).tiny)
"""The least scale that operands may have."""

Range = tuple[float, float]
"""The least and the greatest number of a tensor."""


def quant_of(lo: float, hi: float, dtype: str = "int8", operand: Scaled | None = None) -> Quant:
    """The scale and zero point of integers that stand for lo..hi and 0; operand: what it shall be beyond that.

    int8 uses all of its values, unless the operand is symmetric; wider integers have a zero point of 0. A range of
    nothing but 0 has the scale 1.
    """
    wanted = operand or Scaled((dtype,))
    fixed = wanted.exactly or wanted.best
    if fixed is not None:
        return fixed
    lo, hi = min(0.0, lo, -wanted.reach), max(0.0, hi, wanted.reach)
    info = np.iinfo(DTYPES[dtype])
    symmetric = wanted.symmetric or wanted.zero == 0 or info.bits > 8
    scale = max(-lo, hi) / info.max if symmetric else (hi - lo) / (info.max - info.min)
    if wanted.power and scale > 0:
        scale = 2.0 ** math.ceil(math.log2(scale))
    scale = float(np.float32(scale))
    scale = max(scale, TINY) if hi > lo else 1.0
    return Quant((scale,), (0 if symmetric else int(np.clip(round(info.min - lo / scale), info.min, info.max)),))


def range_of(t: Type) -> Range:
    """The numbers that the least and the greatest integer of a type quantized per tensor stand for."""
    info = np.iinfo(DTYPES[t.dtype])
    return (info.min - t.zero) * t.scale, (info.max - t.zero) * t.scale


def stored(t: Type, x: np.ndarray, most: int | None = None) -> np.ndarray:
    """The integers of a type that are nearest to numbers, halves to even; most: their greatest magnitude, if less."""
    assert t.quant is not None
    info = np.iinfo(DTYPES[t.dtype])
    lo, hi = (info.min, info.max) if most is None else (-most, most)
    q = np.rint(x.astype(np.float64) / along(t, t.quant.scale)) + along(t, t.quant.zero)
    return np.asarray(np.clip(q, lo, hi)).astype(DTYPES[t.dtype])


def alike(t: Type, like: Type) -> Type:
    """The shape of one type with dtype and quantization of another."""
    return replace(t, dtype=like.dtype, quant=like.quant)
