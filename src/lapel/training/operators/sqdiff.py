"""Square of a difference."""

import torch

from lapel.training.operators._tensors import binary

OP = binary(lambda a, b: torch.square(a - b))
