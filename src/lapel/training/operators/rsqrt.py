"""Reciprocal of the square root."""

import torch

from lapel.training.operators._tensors import unary

OP = unary(torch.rsqrt)
