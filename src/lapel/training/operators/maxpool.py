"""Maximum over windows."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import activate, channels_first, channels_last, padded


def forward(inst: Instance, x: Tensor) -> Tensor:
    """Padding is below every number."""
    image = padded(inst, channels_first(x), -float("inf"))
    y = F.max_pool2d(image, inst.attrs["kernel"], inst.attrs["stride"])
    return activate(channels_last(y), inst.attrs["activation"])


OP = TorchOp(forward, moves=True)
