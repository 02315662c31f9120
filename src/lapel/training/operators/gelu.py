"""Gaussian error linear unit."""

from torch.nn import functional as F

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: F.gelu(x, approximate="tanh" if inst.attrs["approximate"] else "none"))
