"""Sums and differences: both operands are rescaled, and their sum once more."""

from __future__ import annotations

from torch import Tensor

from lapel.ir import Instance
from lapel.ir.fixed import clamp_range
from lapel.ops.add import LEFT, Add
from lapel.training.rounding import requantize


def sums(op: Add, inst: Instance, a: Tensor, b: Tensor) -> Tensor:
    """As `Add.reference`."""
    am, bm, ym = op.multipliers(inst)
    y, left = inst.y(), LEFT[inst.y().dtype]
    total = requantize(a << left, *am) + op.sign * requantize(b << left, *bm)
    low, high = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
    return requantize(total, *ym).clamp_(low - y.zero, high - y.zero)
