"""Integers in float tensors whose gradients are those of the numbers that they were rounded from.

Source: Bengio et al. (2013), straight-through estimator; Esser et al. (2020), learned step size.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

EXACT = 2**24
"""Integers up to here are exact in float32, and so are their sums, in any order."""
CACHED = 1 << 15
"""Numbers that several passes are made over at a time: 128 KiB of float32."""
EXACT_PRODUCTS = 2**22
"""Accumulators below, times a multiplier of 31 bits, are exact in float64."""


class Settled(torch.autograd.Function):
    """(numbers, what they are rounded to, its least and most) -> the integers; gradients pass between the ends."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, q: Tensor, low: float, high: float) -> Tensor:
        """float32 of v's shape."""
        ctx.save_for_backward((v >= low) & (v <= high))
        return q.to(v.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """None but that of v."""
        (inside,) = ctx.saved_tensors
        return grads[0] * inside, None, None, None


class Finished(torch.autograd.Function):
    """Accumulators -> outputs less their zero point, by the very requantization of the firmware.

    acc: float [..., O], sums of integers without bias. bias, factor: float32 [O]: over the reals the output is (acc +
    bias) · factor. exact_bias, mul, shift: int64 [O], what the firmware computes with. low, high: bounds of the output.
    most: what no accumulator is beyond.
    """

    @staticmethod
    def forward(
        ctx: Any,
        acc: Tensor,
        bias: Tensor,
        factor: Tensor,
        exact_bias: Tensor,
        mul: Tensor,
        shift: Tensor,
        low: int,
        high: int,
        most: float,
    ) -> Tensor:
        """float32 [..., O]."""
        made = torch.empty_like(acc, dtype=torch.float32)
        inside = torch.empty_like(acc, dtype=torch.bool)
        small = most < EXACT_PRODUCTS and bool((shift <= 0).all())
        for part in _parts(acc):
            if small:
                q = requantize_small(acc[part], exact_bias, mul, shift, low)
            else:
                q = requantize(acc[part].to(torch.int64).add_(exact_bias), mul, shift).to(torch.float32)
            torch.clamp(q, low, high, out=made[part])
            torch.eq(made[part], q, out=inside[part])
        ctx.save_for_backward(acc if ctx.needs_input_grad[2] else factor, bias, factor, inside)
        return made

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Of acc, bias and factor."""
        acc, bias, factor, inside = ctx.saved_tensors
        others = tuple(range(grads[0].ndim - 1))
        made = torch.empty_like(grads[0])
        total, products = torch.zeros_like(bias), torch.zeros_like(bias)
        for part in _parts(made):
            grad = grads[0][part] * inside[part]
            total += grad.sum(dim=others)
            if ctx.needs_input_grad[2]:
                products += (grad * acc[part]).sum(dim=others)
            torch.mul(grad, factor, out=made[part])
        grad_factor = products + total * bias if ctx.needs_input_grad[2] else None
        return made, total * factor, grad_factor, None, None, None, None, None, None


def _parts(x: Tensor) -> list[slice]:
    """Of the first axis: as many samples at a time as stay in a cache."""
    size = max(1, CACHED * len(x) // max(x.numel(), 1))
    return [slice(at, at + size) for at in range(0, len(x), size)]


def requantize(acc: Tensor, mul: Tensor | int, shift: Tensor | int) -> Tensor:
    """`lapel.ir.fixed.requantize` with the rounding double: int64 in and out; acc is overwritten."""
    mul, shift = torch.as_tensor(mul), torch.as_tensor(shift)
    if bool((shift > 0).any()):
        acc = (acc << shift.clamp(min=0)).to(torch.int32).to(torch.int64)
    right = (-shift).clamp(min=0)
    acc.mul_(mul).add_(1 << 30).bitwise_right_shift_(31).clamp_(max=2**31 - 1)
    # Halves away from zero: of what is negative, the half is one less.
    sign = (acc >> 63) * (right > 0)
    return acc.add_(sign).add_((torch.ones_like(right) << right) >> 1).bitwise_right_shift_(right)


def requantize_small(acc: Tensor, bias: Tensor, mul: Tensor, shift: Tensor, low: int) -> Tensor:
    """`requantize` of acc + bias, below EXACT_PRODUCTS, for shifts to the right alone; float32.

    Products are exact in float64, which is several times as fast as integers of 64 bits. Results below `low` are below
    it, but may be one off.
    """
    share = mul.double() * 2.0**-31
    made = torch.addcmul(bias.double() * share + 0.5, acc.double(), share).floor_()
    right = -shift
    scaled = made.to(torch.float32).mul_(torch.exp2(shift.to(torch.float32)))
    if low >= 0:
        return scaled.add_(torch.where(right > 0, 0.5, 0.0)).floor_()
    # Halves away from zero, of what is negative: a whole step of the number before the shift less.
    less = (scaled < 0) * torch.where(right > 0, torch.exp2(shift.to(torch.float32)), 0.0)
    return scaled.add_(torch.where(right > 0, 0.5, 0.0)).sub_(less).floor_()
