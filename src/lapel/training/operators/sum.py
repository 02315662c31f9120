"""Sum over axes."""

import torch

from lapel.training.operators._tensors import reduction

OP = reduction(torch.sum)
