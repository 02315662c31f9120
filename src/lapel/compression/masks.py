"""Masks: weights that are 0 stay 0 while others are trained, and pruning adds to them.

A mask is a buffer of the module, so that a training that is resumed, or goes back to its best epoch, has it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lapel.training.hooks import Hook
from lapel.training.module import weight_nodes

if TYPE_CHECKING:
    from lapel.training.loop import Loop


class Masks(Hook):
    """Of every layer's weights; what is 0 in the beginning is so in the end."""

    module: nn.Module

    def begin(self, loop: Loop) -> None:
        """Take note of the zeros."""
        self.module = loop.module
        self.weights = {
            name: loop.module.constants[loop.module.places[name]] for name in weight_nodes(loop.module.graph)
        }
        self.buffers = {name: f"mask{loop.module.places[name]}" for name in self.weights}
        for name, w in self.weights.items():
            loop.module.register_buffer(self.buffers[name], w.detach() != 0)

    def mask(self, name: str) -> Tensor:
        """bool of the weights' shape: which are not 0."""
        found = getattr(self.module, self.buffers[name])
        assert isinstance(found, Tensor)
        return found

    def stepped(self) -> None:
        """What is masked is 0 again."""
        with torch.no_grad():
            for name, w in self.weights.items():
                w.mul_(self.mask(name))
