"""Some of the elements along each axis."""

from __future__ import annotations

from torch import Tensor

from lapel.ir import Instance
from lapel.training.operators import TorchOp


def forward(inst: Instance, x: Tensor) -> Tensor:
    """An axis of which all is taken is left alone, so that a batch may be of any size."""
    found, whole = x, inst.x().shape
    for axis, (begin, step, count) in enumerate(
        zip(inst.attrs["begin"], inst.attrs["step"], inst.attrs["count"], strict=True)
    ):
        if (begin, step, count) == (0, 1, whole[axis]):
            continue
        if step > 0:
            found = found[(slice(None),) * axis + (slice(begin, begin + (count - 1) * step + 1, step),)]
        else:
            last = begin + (count - 1) * step
            found = found[(slice(None),) * axis + (slice(last, begin + 1, -step),)].flip(axis)
    shape = inst.attrs["shape"]
    if not shape:
        return found.reshape(shape)
    return found.reshape(found.numel() // max(1, inst.y().size // shape[0]), *shape[1:])


OP = TorchOp(forward, moves=True)
