"""Weights of other integers than the symmetric ones of so many bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lapel.training.forms import Rounded
from lapel.training.hooks import Hook
from lapel.training.quantized import QuantModule

if TYPE_CHECKING:
    from lapel.training.loop import Loop


class Levels(Hook):
    """All weights are integers from `low` to `high`."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.digest = repr((low, high))

    def begin(self, loop: Loop) -> None:
        """Set them."""
        assert isinstance(loop.module, QuantModule)
        set_levels(loop.module, self.low, self.high)


def set_levels(module: QuantModule, low: int, high: int) -> None:
    """Give the weights of every layer this form."""
    for k in module.forms:
        module.forms[k] = Rounded(low, high)
