"""Transposed 2-D convolution."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lapel.ir import Instance
from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import channels_first, channels_last, flat


def forward(inst: Instance, x: Tensor, w: Tensor, bias: Tensor | None = None) -> Tensor:
    """x [N, H, W, C], w [O, KH, KW, C]; what lies outside `size` is cut off, what is missing there is 0."""
    (top, _, left, _), (height, width) = inst.attrs["pad"], inst.attrs["size"]
    whole = F.conv_transpose2d(channels_first(x), w.permute(3, 0, 1, 2), None, inst.attrs["stride"])
    more = (0, max(0, left + width - whole.shape[3]), 0, max(0, top + height - whole.shape[2]))
    made = channels_last(F.pad(whole, more)[:, :, top : top + height, left : left + width])
    offset = flat(bias)
    return made if offset is None else made + offset


OP = TorchOp(forward, filters=0)
