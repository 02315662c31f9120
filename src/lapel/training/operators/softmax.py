"""Softmax over the last axis."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x: torch.softmax(inst.attrs["beta"] * x, -1))
