"""Each vector along the last axis by its length."""

from lapel.training.operators._tensors import unary

LEAST = 1e-12
"""Square of a length, as the reference over the reals has it."""
OP = unary(lambda x: x * x.square().sum(-1, keepdim=True).clamp(min=LEAST).rsqrt())
