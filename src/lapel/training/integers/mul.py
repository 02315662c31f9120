"""Product of two operands."""

from __future__ import annotations

from torch import Tensor

from lapel.ir import Instance
from lapel.ir.fixed import clamp_range
from lapel.ops.mul import multiplier
from lapel.training.rounding import requantize


def compute(inst: Instance, a: Tensor, b: Tensor) -> Tensor:
    """As the reference."""
    y = inst.y()
    low, high = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
    return requantize(a * b, *multiplier(inst)).clamp_(low - y.zero, high - y.zero)
