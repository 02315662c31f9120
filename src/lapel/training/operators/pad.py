"""A border of one value."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """The last axis comes first in PyTorch's list."""
    pairs = zip(inst.attrs["before"][::-1], inst.attrs["after"][::-1], strict=True)
    return F.pad(x, [n for pair in pairs for n in pair], value=float(inst.attrs["value"]))


OP = TorchOp(forward, moves=True)
