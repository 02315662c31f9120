"""`Shared`: weights that are values of a code book, tuned by gradients while the integers of the firmware are computed.

The values of the book are numbers of the weights' own size; what a layer computes with is their nearest integer at the
scale of its weights, and gradients pass through that rounding. The gradient of a value is the sum of those of all
weights that have it. Source: Han et al. (2015), Deep Compression, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from lapel.compression.codebooks import Start, code_book, nearest
from lapel.training.hooks import Hook
from lapel.training.quantized import QuantModule

if TYPE_CHECKING:
    from lapel.training.loop import Loop

Assignment = Literal["fixed", "epochs", "steps"]


class _Coded(torch.autograd.Function):
    """(weights, values, where they are, codes of them, steps) -> integers; gradients of weights and values."""

    @staticmethod
    def forward(
        ctx: Any, w: Tensor, values: Tensor, positions: Tensor, codes: Tensor, step: Tensor, most: int
    ) -> Tensor:
        """float32 of w's shape, 0 but at the positions."""
        ctx.save_for_backward(positions, codes, step)
        ctx.sizes = w.shape, len(values)
        q = torch.round(values.double() / step.double()).clamp_(-most, most).to(torch.float32)
        made = torch.zeros_like(w)
        made.view(-1)[positions] = q[codes]
        return made

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Of the weights as if they were used themselves, and of the values."""
        positions, codes, step = ctx.saved_tensors
        shape, count = ctx.sizes
        inner = grads[0].reshape(-1)[positions] / step
        of_values = torch.zeros(count, dtype=inner.dtype, device=inner.device).index_add_(0, codes, inner)
        of_weights = None
        if ctx.needs_input_grad[0]:
            of_weights = torch.zeros(shape, dtype=inner.dtype, device=inner.device)
            of_weights.view(-1)[positions] = inner
        return of_weights, of_values, None, None, None, None


class Shared(nn.Module):
    """A form of weights (`lapel.training.forms`): those that are 0 stay so, others have a value of their group's book.

    groups: of channels along `axis`, each with a book of at most `count` values.
    """

    follows = False
    positions: Tensor
    codes: Tensor

    def __init__(self, w: Tensor, axis: int, groups: int, count: int, start: Start, most: int) -> None:
        super().__init__()
        data = w.detach().cpu().numpy()
        group = np.broadcast_to(_groups(data.shape, axis, groups), data.shape).reshape(-1)
        flat, positions = data.reshape(-1), np.flatnonzero(data)
        self.most, self.sizes = most, list[int]()
        codes, values = np.zeros(len(positions), np.int64), []
        for g in range(groups):
            at = np.flatnonzero(group[positions] == g)
            book = code_book(flat[positions[at]], count, start) if len(at) else np.zeros(0)
            codes[at] = nearest(book, flat[positions[at]]) + sum(self.sizes) if len(at) else 0
            self.sizes.append(len(book))
            values.append(book)
        self.register_buffer("positions", torch.from_numpy(positions))
        self.register_buffer("codes", torch.from_numpy(codes))
        self.values = nn.Parameter(torch.from_numpy(np.concatenate(values).astype(np.float32)))

    def forward(self, w: Tensor, steps: Tensor) -> Tensor:
        """Integers in float32."""
        made: Tensor = _Coded.apply(w, self.values, self.positions, self.codes, steps.reshape(()), self.most)
        return made

    def assign(self, w: Tensor) -> None:
        """Each weight gets the value of its book that is nearest to it by now."""
        flat = w.detach().reshape(-1)[self.positions]
        first = 0
        for size in self.sizes:
            mine = (self.codes >= first) & (self.codes < first + size)
            book, order = self.values.detach()[first : first + size].sort()
            found = torch.bucketize(flat[mine], (book[1:] + book[:-1]) / 2)
            self.codes[mine] = order[found] + first
            first += size


class Sharing(Hook):
    """Gives the weights of layers shared values, by name of the constants. assignment: `fixed` from the beginning, or
    found again for each of the `epochs` or `steps`, by weights that are trained along."""

    def __init__(self, counts: Mapping[str, int], groups: int, start: Start, assignment: Assignment) -> None:
        self.sizes, self.groups, self.start, self.assignment = dict(counts), groups, start, assignment
        self.digest = repr((self.sizes, groups, start, assignment))

    def begin(self, loop: Loop) -> None:
        """Make the books."""
        assert isinstance(loop.module, QuantModule)
        share(loop.module, self.sizes, self.groups, self.start, self.assignment != "fixed")
        self.module, self.epochs = loop.module, loop.options.epochs

    def advance(self, done: float) -> None:
        """Assign anew where it is time to."""
        epochs = done * self.epochs
        if self.assignment == "steps" or (self.assignment == "epochs" and abs(epochs - round(epochs)) < 1e-9):
            with torch.no_grad():
                for form, w in shared(self.module):
                    form.assign(w)


def share(module: QuantModule, counts: Mapping[str, int], groups: int, start: Start, trained: bool) -> None:
    """Give weights the form. trained: gradients reach the weights, too, so that they can be assigned anew."""
    for layer in module.layers.values():
        if layer.w in counts:
            k = module.places[layer.w]
            w = module.constants[k]
            module.forms[str(k)] = Shared(w, layer.axis, groups, counts[layer.w], start, module.most).to(w.device)
            w.requires_grad_(trained)
            if str(k) in module.weight_steps:
                module.weight_steps[str(k)].requires_grad_(False)


def shared(module: QuantModule) -> list[tuple[Shared, Tensor]]:
    """The forms, with the weights that they are of."""
    return [(form, module.constants[int(k)]) for k, form in module.forms.items() if isinstance(form, Shared)]


def _groups(shape: tuple[int, ...], axis: int, groups: int) -> np.ndarray:
    """int64, in a shape that broadcasts: the group of each channel, of as many channels each as can be."""
    found = np.arange(shape[axis]) * groups // shape[axis]
    return found.reshape([-1 if a == axis else 1 for a in range(len(shape))])
