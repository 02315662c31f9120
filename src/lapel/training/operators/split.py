"""A tensor cut along an axis."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: torch.split(x, inst.attrs["sizes"], inst.attrs["axis"]), moves=True)
