"""Rectifier with learned slopes."""

import torch

from lapel.training.operators import TorchOp

OP = TorchOp(lambda inst, x, alpha: torch.where(x >= 0, x, x * alpha))
