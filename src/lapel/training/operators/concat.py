"""Tensors side by side along an axis."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, *parts: torch.cat(parts, inst.attrs["axis"]), moves=True)
