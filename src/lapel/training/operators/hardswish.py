"""Hard swish."""

from torch.nn import functional as F

from lapel.training.operators._tensors import unary

OP = unary(F.hardswish)
