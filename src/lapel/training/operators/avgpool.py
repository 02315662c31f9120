"""Mean over windows, of the pixels that are in the image."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import activate, channels_first, channels_last, padded


def forward(inst: Instance, x: Tensor) -> Tensor:
    """Padding is not counted."""
    kernel, stride = inst.attrs["kernel"], inst.attrs["stride"]
    image = padded(inst, channels_first(x), 0.0)
    y = F.avg_pool2d(image, kernel, stride)
    if any(inst.attrs["pad"]):
        inside = padded(inst, torch.ones(1, 1, *x.shape[1:3], dtype=x.dtype, device=x.device), 0.0)
        y = y / F.avg_pool2d(inside, kernel, stride)
    return activate(channels_last(y), inst.attrs["activation"])


OP = TorchOp(forward)
