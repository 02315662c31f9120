"""`Pruning`: masks that grow while the rest is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lapel.compression.densities import Budget, Score, check_layers, kept
from lapel.compression.masks import Masks
from lapel.errors import UsageError

if TYPE_CHECKING:
    from lapel.training.loop import Loop


class Pruning(Masks):
    """Takes weights away `steps` times within the share `ramp` of the training, and what it leaves is trained on.

    After a share t of the ramp the density is d + (d0 - d) · (1 - t)³, d0 that of the beginning, d that of the budget.
    Raises UsageError while it trains if nothing of a layer would be left.
    """

    def __init__(self, budgets: Sequence[Budget], score: Score, ramp: float, steps: int) -> None:
        self.budgets, self.score, self.ramp, self.count = budgets, score, ramp, steps
        self.digest = repr((tuple(budgets), score, ramp, steps))

    def begin(self, loop: Loop) -> None:
        """Nothing is taken away yet. Raises UsageError if the training has too few batches to get there."""
        super().begin(loop)
        batches = loop.options.epochs * -(-len(loop.splits.train) // loop.options.batch)
        if (batches - 1) / batches < self.ramp:
            raise UsageError(
                f"the training has {batches} batches, of which the share ramp = {self.ramp:g} is for pruning and "
                "one more is needed after it: give more epochs, or a smaller ramp"
            )
        self.first = [self._density(b) for b in self.budgets]
        loop.module.register_buffer("pruned", torch.zeros((), dtype=torch.int64))

    def advance(self, done: float) -> None:
        """Take away what is due by now."""
        due = self.count if done >= self.ramp else 1 + int(done / self.ramp * (self.count - 1))
        already = self._pruned()
        if due == int(already):
            return
        already.fill_(due)
        left = (1 - due / self.count) ** 3
        for budget, first in zip(self.budgets, self.first, strict=True):
            self._prune(budget, budget.density + max(first - budget.density, 0.0) * left)

    def counts(self, done: float) -> bool:
        """Once all is taken away."""
        return int(self._pruned()) == self.count

    def _prune(self, budget: Budget, density: float) -> None:
        weights = [self.weights[name].detach().cpu().numpy() for name in budget.weights]
        masks = kept(weights, density, self.score)
        check_layers(budget, masks)
        for name, mask in zip(budget.weights, masks, strict=True):
            self.mask(name).copy_(torch.from_numpy(mask))
        self.stepped()

    def _pruned(self) -> Tensor:
        """int64 scalar: how many times weights were taken away."""
        found = self.module.pruned
        assert isinstance(found, Tensor)
        return found

    def _density(self, budget: Budget) -> float:
        masks = [self.mask(name) for name in budget.weights]
        return sum(int(m.sum()) for m in masks) / sum(m.numel() for m in masks)
