"""Mean over axes."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from lapel.ir import DTYPES, Instance
from lapel.ops.mean import OP
from lapel.training.rounding import requantize


def compute(inst: Instance, x: Tensor) -> Tensor:
    """As the reference: one multiplier divides by the cells and changes the scale."""
    y, info = inst.y(), np.iinfo(DTYPES[inst.y().dtype])
    sums = x.sum(dim=inst.attrs["axes"], keepdim=inst.attrs["keep_dims"])
    return requantize(sums, *OP.multiplier(inst)).clamp_(int(info.min) - y.zero, int(info.max) - y.zero)
