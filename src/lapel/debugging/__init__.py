"""What is wrong, and where: tensors of machines beside the reference, and layers beside the float model."""

from lapel.debugging.diff import diff

__all__ = ["diff"]
