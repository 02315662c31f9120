"""Images of another size, of copied pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from lapel.ir import Instance
from lapel.ops.nearest import source_index
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """The source of each row and column as the reference has it."""
    flags = inst.attrs["align_corners"], inst.attrs["half_pixel"]
    for axis, size in zip((1, 2), inst.attrs["size"], strict=True):
        at = torch.as_tensor(source_index(x.shape[axis], size, *flags), dtype=torch.int64, device=x.device)
        x = x.index_select(axis, at)
    return x


OP = TorchOp(forward, moves=True)
