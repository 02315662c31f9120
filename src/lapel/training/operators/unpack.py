"""The tensors along an axis, which goes."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: torch.unbind(x, inst.attrs["axis"]), moves=True)
