"""Tensors on top of each other along a new axis."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, *parts: torch.stack(parts, inst.attrs["axis"]), moves=True)
