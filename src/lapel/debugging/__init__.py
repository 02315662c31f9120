"""What is wrong, and where: tensors of machines beside the reference, and layers beside the float model."""

from lapel.debugging.diff import diff
from lapel.debugging.element import explain
from lapel.debugging.watch import watch

__all__ = ["diff", "explain", "watch"]
