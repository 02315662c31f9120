"""A tensor repeated along its axes."""

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: x.repeat(inst.attrs["times"]), moves=True)
