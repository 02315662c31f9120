"""Blocks of pixels to channels."""

from __future__ import annotations

from torch import Tensor

from lapel.ir import Instance
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """[N, H, W, C] to [N, H / B, W / B, B · B · C]."""
    n, h, w, c = x.shape
    b = inst.attrs["block"]
    return x.reshape(n, h // b, b, w // b, b, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h // b, w // b, b * b * c)


OP = TorchOp(forward, moves=True)
