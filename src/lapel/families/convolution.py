"""What the convolutions share: attributes, TFLite options, and the image fields of their params structs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lapel.families.draw import draw_activation
from lapel.families.weights import ACTIVATION, ROUNDING, activation_code, activation_name
from lapel.families.window import Window, make_window, padding_code, resolve_pad
from lapel.ir.attribute import PADS, PAIR
from lapel.ir.graph import Instance
from lapel.ir.op import Param, TfliteOperator

ATTRIBUTES = {"stride": PAIR, "dilation": PAIR, "pad": PADS, "activation": ACTIVATION, "rounding": ROUNDING}
"""Of every convolution."""


def convolution_attrs(op: TfliteOperator, kernel: Sequence[int], rounding: str) -> dict[str, Any]:
    """Attributes of a TFLite convolution whose input 0 is x."""
    stride = int(op.option("StrideH")), int(op.option("StrideW"))
    dilation = int(op.option("DilationHFactor")), int(op.option("DilationWFactor"))
    x = op.inputs[0]
    assert x is not None
    window = Window((kernel[0], kernel[1]), stride, dilation)
    return {
        "stride": stride,
        "dilation": dilation,
        "pad": resolve_pad(op.option("Padding"), x.type.shape[1:3], window),
        "activation": activation_name(op.option("FusedActivationFunction")),
        "rounding": rounding,
    }


def convolution_options(inst: Instance) -> dict[str, Any] | None:
    """Options of a TFLite convolution; None if its padding is neither SAME nor VALID."""
    a = inst.attrs
    code = padding_code(inst.x().shape[1:3], make_window(a, inst.x(1).shape[1:3]))
    if code is None:
        return None
    return {
        "Padding": code,
        "StrideH": a["stride"][0],
        "StrideW": a["stride"][1],
        "DilationHFactor": a["dilation"][0],
        "DilationWFactor": a["dilation"][1],
        "FusedActivationFunction": activation_code(a["activation"]),
    }


def draw_attrs(rng: np.random.Generator, window: Window, rounding: str = "double") -> dict[str, Any]:
    """The attributes of a convolution with this window and any activation."""
    return {
        "stride": window.stride,
        "dilation": window.dilation,
        "pad": window.pad,
        "activation": draw_activation(rng),
        "rounding": rounding,
    }


def image_params(inst: Instance, mixed: bool = False) -> dict[str, Param]:
    """Sizes of x, y and the window in the params struct of a convolution kernel, which is fastest along a row.

    An image one pixel wide is therefore turned into one row, and so is a whole batch under a one-by-one kernel. If all
    channels are `mixed`, a row that a window covers is one pixel of more channels, and so is an image.
    """
    window = make_window(inst.attrs, inst.x(1).shape[1:3])
    (n, h, w, c), (_, oh, ow, o) = inst.x().shape, inst.y().shape
    if mixed:
        window, (h, w, c) = _joined(window, (h, w, c))
    if window == Window((1, 1), (1, 1)):
        n, h, w, oh, ow = 1, 1, n * h * w, 1, n * h * w
    elif w == ow == window.kernel[1] == 1:
        window, h, w, oh, ow = window.transposed, w, h, ow, oh
    x_first, x_end = window.interior((h, w))
    return {
        "batches": n,
        "in_h": h,
        "in_w": w,
        "in_c": c,
        "out_h": oh,
        "out_w": ow,
        "out_c": o,
        "x_first": x_first,
        "x_end": x_end,
        "kernel_h": window.kernel[0],
        "kernel_w": window.kernel[1],
        "stride_h": window.stride[0],
        "stride_w": window.stride[1],
        "dilation_h": window.dilation[0],
        "dilation_w": window.dilation[1],
        "pad_top": window.pad[0],
        "pad_left": window.pad[2],
    }


def _joined(window: Window, shape: tuple[int, int, int]) -> tuple[Window, tuple[int, int, int]]:
    """[H, W, C] -> [H, 1, W*C] where a window is as wide as x -> [1, 1, H*W*C] where it is x; and the window over it.

    Values and weights keep their order: kernel rows lie in x as they do in w.
    """
    (kh, kw), (h, w, c), (top, bottom, left, right) = window.kernel, shape, window.pad
    if kw != w or left + right > 0:
        return window, shape
    window = Window((kh, 1), (window.stride[0], 1), (window.dilation[0], 1), window.pad)
    if kh != h or top + bottom > 0:
        return window, (h, 1, w * c)
    return Window((1, 1), (1, 1)), (1, 1, h * w * c)


def wide_image_params(inst: Instance, mixed: bool = False) -> dict[str, Param]:
    """The same for a kernel of int16 values, which looks at each window's ends by itself."""
    params = image_params(inst, mixed)
    return {k: v for k, v in params.items() if k not in ("x_first", "x_end")}
