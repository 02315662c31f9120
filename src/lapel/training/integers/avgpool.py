"""Mean over windows, halves away from zero, of stored integers: the zero point takes part in the rounding."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lapel.families.pooling import pool_clamp
from lapel.ir import Instance
from lapel.training.operators._tensors import channels_first, channels_last, padded


def compute(inst: Instance, x: Tensor) -> Tensor:
    """As the reference."""
    zero, (low, high) = inst.x().zero, pool_clamp(inst)
    acc = _sums(inst, (x + zero).double())
    count = _sums(inst, torch.ones(1, *x.shape[1:3], 1, dtype=torch.float64, device=x.device))
    mean = acc.sign() * ((acc.abs() + count // 2) // count)
    return mean.clamp_(low, high) - zero


def _sums(inst: Instance, x: Tensor) -> Tensor:
    """int64: of each window, padding being 0; exact, since float64 has every sum."""
    image = padded(inst, channels_first(x), 0.0)
    made = F.avg_pool2d(image, inst.attrs["kernel"], inst.attrs["stride"], divisor_override=1)
    return channels_last(made).round().to(torch.int64)
