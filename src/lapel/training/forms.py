"""How the integers of a layer come of what is learned: of weights by a form, of biases with few bits.

A form is a module (w, steps) -> integers of w's shape in float32; w: the constant that is learned, steps: the scale of
the weights, in a shape that broadcasts. `QuantModule.forms` has one for the weights of each layer, by their place.
follows: scales that are not learned are those of the widest weights as they are now, else of those in the beginning.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lapel.training.rounding import Settled


class Rounded(nn.Module):
    """The nearest integers from `low` to `high`, as `quantization.stored` rounds."""

    follows = True

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        self.low, self.high = low, high

    def forward(self, w: Tensor, steps: Tensor) -> Tensor:
        """Gradients are those of w / steps where that is within the bounds."""
        with torch.no_grad():
            q = torch.round(w.double() / steps.double()).clamp_(self.low, self.high)
        made: Tensor = Settled.apply(w / steps, q, self.low, self.high)
        return made


def coarse(bias: Tensor, bits: int) -> Tensor:
    """int64: the nearest integers of so many bits times one power of two, the least that has room for all of them."""
    most, widest, shift = 2 ** (bits - 1) - 1, int(bias.abs().max()), 0
    while (widest + ((1 << shift) >> 1)) >> shift > most:
        shift += 1
    return (bias + ((1 << shift) >> 1)) >> shift << shift
