"""`Hook`: what goes along with a training beside its own loss, as masks, teachers and code books do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from lapel.training.loop import Loop


class Hook:
    """None of its methods does anything here.

    What one remembers it keeps in buffers and parameters of the module: so it is in checkpoints, goes back to the best
    epoch with the weights, and parameters are learned. digest: what makes another training of it, beside the options.
    labels: whether the loss that it gives is of labels, too; if not, there may be classes without samples.
    """

    digest: str = ""
    labels: bool = True

    def begin(self, loop: Loop) -> None:
        """Before the optimizer is made and a checkpoint is read; the module has the weights that it begins with."""

    def advance(self, done: float) -> None:
        """Before each batch. done: of all epochs, 0 to 1."""

    def samples(self, at: np.ndarray) -> None:
        """Before each batch: which training samples it has."""

    def stepped(self) -> None:
        """After each step of the optimizer."""

    def counts(self, done: float) -> bool:
        """Whether the epoch that ends here may be the best: not while what is trained is not yet what is wanted."""
        return True

    def wanted(self) -> tuple[str, ...]:
        """Tensors that its loss is of, beside the scores."""
        return ()

    def loss(self, loss: Tensor, x: Tensor, scores: Tensor, made: Mapping[str, Tensor]) -> Tensor:
        """The loss of a batch, given that of labels. x: the samples; scores: (B, outputs); made: what is wanted."""
        return loss
