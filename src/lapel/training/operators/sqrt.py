"""Square root."""

import torch

from lapel.training.operators._tensors import unary

OP = unary(torch.sqrt)
