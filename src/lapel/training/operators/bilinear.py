"""Images of another size, interpolated."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lapel.ir import Instance
from lapel.ops.bilinear import real_positions
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """Rows, then columns."""
    flags = inst.attrs["align_corners"], inst.attrs["half_pixel"]
    for axis, size in zip((1, 2), inst.attrs["size"], strict=True):
        at = real_positions(x.shape[axis], size, *flags)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, x.shape[axis] - 1)
        share = torch.as_tensor(at - low, dtype=x.dtype, device=x.device).reshape(-1, *[1] * (3 - axis))
        first, second = (x.index_select(axis, torch.as_tensor(i, device=x.device)) for i in (low, high))
        x = first * (1 - share) + second * share
    return x


OP = TorchOp(forward)
