"""What operators are in PyTorch: float tensors in the graph's own layouts in and out, one operator a file.

A module is found by its stem, the operator's name, and has an `OP`. Images are channels last in the graph; an operator
that PyTorch has for channels first gets a view with its axes exchanged, which is PyTorch's memory format channels_last,
so that nothing is copied. Batches are of any size: leading axes of activations may be multiples of the graph's own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["TorchOp", "torch_operators"]


@dataclass(frozen=True)
class TorchOp:
    """An operator in PyTorch.

    forward: (instance, a tensor for each input or None) -> the output, or a tuple of outputs. filters: of an operator
    with weights as input 1 and bias as input 2 the axis of the weights that counts outputs, which are the last axis of
    output 0: `forward` then leaves the fused activation to the caller, who may normalize what comes before it.
    float32_product: of such an operator, whether TFLite's kernel rounds the product of two single scales to float32.
    moves: without an activation, every value of an output is one of an input, or 0, so that integers of one
    quantization go the same way.
    """

    forward: Callable[..., Any]
    filters: int | None = None
    float32_product: bool = False
    moves: bool = False


@cache
def torch_operators() -> Mapping[str, TorchOp]:
    """Every operator that runs in PyTorch, by name; imports torch."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").OP for name in names}
