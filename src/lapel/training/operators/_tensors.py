"""What operators in PyTorch share: activations, layouts, paddings, and makers of simple ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.ir.fixed import LIMITS
from lapel.training.operators import TorchOp


def activate(y: Tensor, activation: str) -> Tensor:
    """A fused activation."""
    low, high = (float(limit) for limit in LIMITS[activation])
    if (low, high) == (0.0, float("inf")):
        return F.relu(y)
    return y if (low, high) == (-float("inf"), float("inf")) else F.hardtanh(y, low, high)


def channels_first(x: Tensor) -> Tensor:
    """[N, C, H, W]: a view of an image [N, H, W, C]."""
    return x.permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    """[N, H, W, C]: a view of an image [N, C, H, W]."""
    return x.permute(0, 2, 3, 1)


def split_pad(inst: Instance) -> tuple[tuple[int, int], tuple[int, int, int, int] | None]:
    """The padding (height, width) that a convolution may add itself, and one (left, right, top, bottom) to be added
    before, where it is not the same on both sides."""
    top, bottom, left, right = inst.attrs["pad"]
    if top == bottom and left == right:
        return (top, left), None
    return (0, 0), (left, right, top, bottom)


def padded(inst: Instance, x: Tensor, fill: float) -> Tensor:
    """An image [N, C, H, W] with the node's whole padding."""
    top, bottom, left, right = inst.attrs["pad"]
    return F.pad(x, (left, right, top, bottom), value=fill) if any(inst.attrs["pad"]) else x


def flat(bias: Tensor | None) -> Tensor | None:
    """[O]: a bias of any shape."""
    return None if bias is None else bias.reshape(-1)


def unary(function: Callable[[Tensor], Tensor]) -> TorchOp:
    """An operator that is a function of each element."""
    return TorchOp(lambda inst, x: function(x))


def binary(function: Callable[[Tensor, Tensor], Tensor]) -> TorchOp:
    """An operator of two operands with broadcasting, and perhaps a fused activation."""

    def forward(inst: Instance, a: Tensor, b: Tensor) -> Tensor:
        return activate(function(a, b), inst.attrs.get("activation", "none"))

    return TorchOp(forward)


def reduction(function: Callable[..., Any]) -> TorchOp:
    """An operator over `axes`, which stay as 1 if `keep_dims`."""

    def forward(inst: Instance, x: Tensor) -> Tensor:
        made = function(x, dim=inst.attrs["axes"], keepdim=inst.attrs["keep_dims"])
        return made if isinstance(made, torch.Tensor) else made.values

    return TorchOp(forward)


def batch_factor(inst: Instance, x: Tensor) -> int:
    """How many times as many values the tensor of input 0 has as the graph's own."""
    return x.numel() // inst.x().size
