"""Channels to blocks of pixels."""

from __future__ import annotations

from torch import Tensor

from lapel.ir import Instance
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """[N, H, W, B · B · C] to [N, H · B, W · B, C]."""
    n, h, w, c = x.shape
    b = inst.attrs["block"]
    return x.reshape(n, h, w, b, b, c // (b * b)).permute(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, c // (b * b))


OP = TorchOp(forward, moves=True)
