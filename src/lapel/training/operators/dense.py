"""Fully connected layer."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import flat


def forward(inst: Instance, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [..., K], w [O, K]."""
    y = F.linear(x.reshape(-1, w.shape[1]), w, flat(bias))
    return y.reshape(*x.shape[:-1], w.shape[0]) if inst.attrs["keep_dims"] else y


OP = TorchOp(forward, filters=0, float32_product=True)
