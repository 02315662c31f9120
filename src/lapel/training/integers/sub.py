"""Difference of two operands."""

from functools import partial

from lapel.ops import sub
from lapel.training.integers._sums import sums

compute = partial(sums, sub.OP)
