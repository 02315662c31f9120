"""2-D convolution, grouped where x has more channels than the weights."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import channels_first, channels_last, flat, split_pad


def forward(inst: Instance, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [N, H, W, C], w [O, KH, KW, C / groups]."""
    inner, outer = split_pad(inst)
    image = channels_first(x)
    if outer is not None:
        image = F.pad(image, outer)
    groups = x.shape[3] // w.shape[3]
    stride, dilation = inst.attrs["stride"], inst.attrs["dilation"]
    return channels_last(F.conv2d(image, channels_first(w), flat(bias), stride, inner, dilation, groups))


OP = TorchOp(forward, filters=0)
