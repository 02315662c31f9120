"""Depthwise convolution: a convolution of as many groups as x has channels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import channels_first, channels_last, flat, split_pad


def forward(inst: Instance, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [N, H, W, C], w [1, KH, KW, C · M]."""
    inner, outer = split_pad(inst)
    image = channels_first(x)
    if outer is not None:
        image = F.pad(image, outer)
    filters, stride, dilation = w.permute(3, 0, 1, 2), inst.attrs["stride"], inst.attrs["dilation"]
    return channels_last(F.conv2d(image, filters, flat(bias), stride, inner, dilation, x.shape[3]))


OP = TorchOp(forward, filters=3)
