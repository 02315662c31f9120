"""Sum of two operands."""

from functools import partial

from lapel.ops import add
from lapel.training.integers._sums import sums

compute = partial(sums, add.OP)
