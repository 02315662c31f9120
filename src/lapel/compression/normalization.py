"""`Renormalization`: batch normalization that a network gets back while it is trained again.

In a trained graph it is folded into weights and biases. Put behind layers anew, with a gain and shift by which it
changes nothing, it lets channels find their scale again after others were removed, and is folded in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from lapel.training.hooks import Hook
from lapel.training.module import EPSILON, Normalization

if TYPE_CHECKING:
    from lapel.training.loop import Loop

SAMPLES = 512
"""By which means and variances begin."""


class Renormalization(Hook):
    """Of a training with `normalize`: every normalization begins with what the channels are without it."""

    digest = "renormalization"

    def begin(self, loop: Loop) -> None:
        """One pass over some samples, in which each normalization is set before the layers behind it are computed."""
        module, graph = loop.module, loop.module.graph
        handles = [m.register_forward_pre_hook(_set) for m in module.modules() if isinstance(m, Normalization)]
        data, shape = loop.splits.train, graph.tensors[graph.inputs[0]].type.shape
        at = np.random.default_rng(loop.seed).permutation(len(data))[:SAMPLES]
        x = torch.from_numpy(np.ascontiguousarray(data.numbers(at).reshape(-1, *shape[1:])))
        module.eval()
        with torch.no_grad():
            module({graph.inputs[0]: x.to(loop.device)})
        for handle in handles:
            handle.remove()


def _set(module: Normalization, given: tuple[torch.Tensor]) -> None:
    """Make the normalization of this tensor change nothing."""
    rows = given[0].reshape(-1, given[0].shape[-1])
    mean, variance = rows.mean(dim=0), rows.var(dim=0, unbiased=False)
    module.mean.copy_(mean)
    module.variance.copy_(variance)
    module.shift.copy_(mean)
    module.gain.copy_((variance + EPSILON).sqrt())
