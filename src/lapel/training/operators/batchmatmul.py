"""Products of matrices that the model computes."""

from __future__ import annotations

import torch
from torch import Tensor

from lapel.ir import Instance
from lapel.training.operators import TorchOp


def forward(inst: Instance, a: Tensor, b: Tensor) -> Tensor:
    """Operands may be stored with their last two axes exchanged."""
    a = a.mT if inst.attrs["adj_x"] else a
    b = b.mT if inst.attrs["adj_y"] else b
    return torch.matmul(a, b)


OP = TorchOp(forward)
