"""Logarithm of the softmax over the last axis."""

import torch

from lapel.training.operators._tensors import unary

OP = unary(lambda x: torch.log_softmax(x, -1))
