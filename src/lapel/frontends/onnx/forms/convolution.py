"""Convolutions: Conv, ConvTranspose."""

from __future__ import annotations

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._windows import explicit_pads, same_pads, spread_pads
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor

PAD_MODES = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")


def window(view: View, size: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[list[int], list[int], layers.Pads]:
    """(stride, dilation, pads) for each spatial axis. Raises UnsupportedNode."""
    axes = len(size)
    stride, dilation = ([int(n) for n in view.attr(name, [1] * axes)] for name in ("strides", "dilations"))
    mode = view.only("auto_pad", *PAD_MODES)
    if mode == "NOTSET":
        return stride, dilation, explicit_pads(view.attr("pads", [0] * 2 * axes), axes)
    if mode == "VALID":
        return stride, dilation, [(0, 0)] * axes
    return stride, dilation, same_pads(size, kernel, stride, dilation, mode == "SAME_LOWER")


def conv(view: View) -> Tensor:
    x, w = view.tensor(0), view.weights(1, "weights")
    bias = view.weights(2, "bias") if view.has(2) else None
    stride, dilation, pads = window(view, x.type.shape[2:], w.type.shape[2:])
    return layers.convolution(view.b, x, w, bias, stride, dilation, pads, view.attr("group", 1), view.name)


def conv_transpose(view: View) -> Tensor:
    x, w = view.tensor(0), view.weights(1, "weights")
    bias = view.weights(2, "bias") if view.has(2) else None
    size, kernel = x.type.shape[2:], w.type.shape[2:]
    axes = len(size)
    more = [int(n) for n in view.attr("output_padding", [0] * axes)]
    wanted = view.attr("output_shape", None)
    mode = view.only("auto_pad", *PAD_MODES)
    if wanted is None and mode in ("NOTSET", "VALID"):
        stride, dilation, pads = window(view, size, kernel)
    else:
        stride, dilation = ([int(n) for n in view.attr(name, [1] * axes)] for name in ("strides", "dilations"))
        wanted = [n * s for n, s in zip(size, stride, strict=True)] if wanted is None else wanted[-axes:]
        pads = spread_pads(size, kernel, stride, dilation, more, wanted, mode == "SAME_UPPER")
    more = [m + max(0, -q) for m, (_, q) in zip(more, pads, strict=True)]
    pads = [(p, max(0, q)) for p, q in pads]
    if any(p < 0 for p, _ in pads):
        raise UnsupportedNode(f"pads are {list(pads)}, expected none below 0: export it with output_padding")
    groups = view.attr("group", 1)
    return layers.transposed_convolution(view.b, x, w, bias, stride, dilation, pads, more, groups, view.name)


FORMS = (Form(("Conv",), conv), Form(("ConvTranspose",), conv_transpose))
