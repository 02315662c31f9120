"""Rectifier with one slope for what is negative."""

from torch.nn import functional as F

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: F.leaky_relu(x, inst.attrs["alpha"]))
