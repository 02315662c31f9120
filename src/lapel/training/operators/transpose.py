"""Axes in another order."""

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: x.permute(inst.attrs["perm"]), moves=True)
