"""Quotient of two operands."""

import torch

from lapel.training.operators._tensors import binary

OP = binary(torch.div)
