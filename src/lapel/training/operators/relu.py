"""An activation as a node of its own."""

from lapel.training.operators import TorchOp
from lapel.training.operators._tensors import activate

OP = TorchOp(lambda inst, x: activate(x, inst.attrs["activation"]))
