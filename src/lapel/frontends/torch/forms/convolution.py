"""Convolutions over one and two axes, and transposed ones."""

from __future__ import annotations

from collections.abc import Mapping

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import Pads
from lapel.frontends.torch.operation import Form, Operation, sizes
from lapel.ir import Tensor


def convolve(op: Operation) -> Tensor:
    if op.get("transposed", False):
        return transposed(op, op["output_padding"])
    w, spatial = op.tensor("weight"), op.rank - 2
    layers.require_axes(op.x, "the kernel", w.type.shape[2:])
    dilation = sizes(op["dilation"], spatial)
    window = sizes(op["stride"], spatial), dilation, _pads(op, w.type.shape[2:], dilation)
    return layers.convolution(op.b, op.x, w, op.optional("bias"), *window, int(op["groups"]), op.name)


def convolve_transposed(op: Operation) -> Tensor:
    return transposed(op, op["output_padding"])


def transposed(op: Operation, more: object) -> Tensor:
    w, spatial = op.tensor("weight"), op.rank - 2
    pads = [(p, p) for p in sizes(op["padding"], spatial)]
    window = sizes(op["stride"], spatial), sizes(op["dilation"], spatial), pads, sizes(more, spatial)
    return layers.transposed_convolution(op.b, op.x, w, op.optional("bias"), *window, int(op["groups"]), op.name)


def _pads(op: Operation, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> Pads:
    """PyTorch's `same` puts the odd row or column behind the image."""
    padding = op["padding"]
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [(t // 2, t - t // 2) for t in totals]
    if isinstance(padding, str):
        raise UnsupportedNode(f"padding is {padding!r}, expected numbers, 'valid' or 'same'")
    return [(p, p) for p in sizes(padding, len(kernel))]


FORMS: Mapping[str, Form] = {
    "conv1d": convolve,
    "conv2d": convolve,
    "convolution": convolve,
    "conv_transpose1d": convolve_transposed,
    "conv_transpose2d": convolve_transposed,
}
