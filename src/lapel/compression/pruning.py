"""`Pruning`: masks that grow while the rest is trained, and some weights that come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lapel.compression.densities import Budget, Score, check_layers, highest, kept
from lapel.compression.masks import Masks
from lapel.errors import UsageError

if TYPE_CHECKING:
    from lapel.training.loop import Loop

RECENT = 0.9
"""What each batch leaves of the gradients before it."""


class Pruning(Masks):
    """Takes weights away `steps` times within the share `ramp` of the training, and what it leaves is trained on.

    After a share t of the ramp the density is d + (d0 - d) · (1 - t)³, d0 that of the beginning, d that of the budget.
    regrow: of the weights that stay, a share that falls to 0 along the ramp gives way to those that were taken away and
    have the largest gradients, on average over the last batches. Raises UsageError while it trains if nothing of a
    layer would be left.
    """

    def __init__(self, budgets: Sequence[Budget], score: Score, ramp: float, steps: int, regrow: float = 0.0) -> None:
        self.budgets, self.score, self.ramp, self.count, self.regrow = budgets, score, ramp, steps, regrow
        self.digest = repr((tuple(budgets), score, ramp, steps, regrow))

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
        if self.regrow:
            for name, w in self.weights.items():
                loop.module.register_buffer(self._pull(name), torch.zeros_like(w))

    def advance(self, done: float) -> None:
        """Take away what is due by now."""
        due = self.count if done >= self.ramp else 1 + int(done / self.ramp * (self.count - 1))
        already = self._pruned()
        if due == int(already):
            return
        already.fill_(due)
        left = (1 - due / self.count) ** 3
        again = self.regrow * (1 - due / self.count)
        for budget, first in zip(self.budgets, self.first, strict=True):
            self._prune(budget, budget.density + max(first - budget.density, 0.0) * left, again)

    def stepped(self) -> None:
        """What is masked is 0 again; its gradients are taken note of."""
        super().stepped()
        if self.regrow and int(self._pruned()) < self.count:
            for name, w in self.weights.items():
                if w.grad is not None:
                    self._buffer(self._pull(name)).mul_(RECENT).add_(w.grad)

    def counts(self, done: float) -> bool:
        """Once all is taken away."""
        return int(self._pruned()) == self.count

    def _prune(self, budget: Budget, density: float, again: float) -> None:
        """again: the share of them that is given to others."""
        weights = [self.weights[name].detach().cpu().numpy() for name in budget.weights]
        masks = kept(weights, density * (1 - again), self.score)
        check_layers(budget, masks)
        if again:
            pulls = [self._buffer(self._pull(name)).abs().cpu().numpy() for name in budget.weights]
            gone = [pull * ~mask for pull, mask in zip(pulls, masks, strict=True)]
            count = round(density * sum(m.size for m in masks)) - sum(int(m.sum()) for m in masks)
            masks = [mask | back for mask, back in zip(masks, highest(gone, count), strict=True)]
        for name, mask in zip(budget.weights, masks, strict=True):
            self.mask(name).copy_(torch.from_numpy(mask))
        Masks.stepped(self)

    def _pull(self, name: str) -> str:
        """The buffer of recent gradients."""
        return f"pull{self.buffers[name]}"

    def _buffer(self, name: str) -> Tensor:
        found = getattr(self.module, name)
        assert isinstance(found, Tensor)
        return found

    def _pruned(self) -> Tensor:
        """int64 scalar: how many times weights were taken away."""
        return self._buffer("pruned")

    def _density(self, budget: Budget) -> float:
        masks = [self.mask(name) for name in budget.weights]
        return sum(int(m.sum()) for m in masks) / sum(m.numel() for m in masks)
