"""What the pools share: attributes, TFLite options, the fields of their params structs, and their test graphs."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.families.draw import draw_activation, draw_type
from lapel.families.weights import ACTIVATION, activation_code, activation_name
from lapel.families.window import Window, draw_window, make_window, padding_code, resolve_pad
from lapel.ir.attribute import PADS, PAIR
from lapel.ir.fixed import activation_problems, clamp_range
from lapel.ir.graph import Graph, Instance, Quant, Type
from lapel.ir.op import NodeSpec, Param, TfliteNode, TfliteOperator, single
from lapel.ir.signature import INT8, INT16, unary

ATTRIBUTES = {"kernel": PAIR, "stride": PAIR, "pad": PADS, "activation": ACTIVATION}
SIGNATURES = (unary(INT8), unary(INT16))


def read_pool(name: str, op: TfliteOperator) -> NodeSpec:
    """The node of a TFLite pool."""
    kernel = int(op.option("FilterHeight")), int(op.option("FilterWidth"))
    stride = int(op.option("StrideH")), int(op.option("StrideW"))
    x = op.inputs[0]
    assert x is not None
    attrs = {
        "kernel": kernel,
        "stride": stride,
        "pad": resolve_pad(op.option("Padding"), x.type.shape[1:3], Window(kernel, stride)),
        "activation": activation_name(op.option("FusedActivationFunction")),
    }
    return NodeSpec(name, (x,), attrs)


def write_pool(inst: Instance) -> TfliteNode | None:
    """The TFLite form of a pool; None if its padding is neither SAME nor VALID."""
    a, window = inst.attrs, pool_window(inst)
    code = padding_code(inst.x().shape[1:3], window)
    if code is None:
        return None
    options = {
        "Padding": code,
        "StrideH": window.stride[0],
        "StrideW": window.stride[1],
        "FilterHeight": window.kernel[0],
        "FilterWidth": window.kernel[1],
        "FusedActivationFunction": activation_code(a["activation"]),
    }
    return TfliteNode(inst.inputs, options)


def pool_window(inst: Instance) -> Window:
    """The window of a pool."""
    return make_window(inst.attrs, inst.attrs["kernel"])


def check_pool(inst: Instance) -> list[str]:
    """Problems of a pool's activation."""
    return activation_problems(inst.attrs["activation"], inst.y().scale)


def pool_clamp(inst: Instance) -> tuple[int, int]:
    """Integer bounds of a pool's fused activation."""
    return clamp_range(inst.y().dtype, inst.attrs["activation"], inst.y().scale, inst.y().zero)


def infer_pool(inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
    """Output shape and dtype of a pool."""
    n, h, w, c = inst.x().shape
    return (((n, *pool_window(inst).output((h, w)), c), inst.x().dtype),)


def pool_params(inst: Instance) -> dict[str, Param]:
    """The params struct of a pool's kernel of integers."""
    lo, hi = pool_clamp(inst)
    return {**pool_sizes(inst), "lo": lo, "hi": hi}


def pool_sizes(inst: Instance) -> dict[str, Param]:
    """Sizes of x, y and the window in the params struct of a pool's kernel."""
    window = pool_window(inst)
    (n, h, w, c), (_, oh, ow, _) = inst.x().shape, inst.y().shape
    return {
        "batches": n,
        "in_h": h,
        "in_w": w,
        "channels": c,
        "out_h": oh,
        "out_w": ow,
        "kernel_h": window.kernel[0],
        "kernel_w": window.kernel[1],
        "stride_h": window.stride[0],
        "stride_w": window.stride[1],
        "pad_top": window.pad[0],
        "pad_left": window.pad[2],
    }


def draw_pool(
    rng: np.random.Generator, name: str, whole: bool = False, channels: int = 7, dtype: str = "int8"
) -> Graph:
    """One pool over any window, or over the `whole` image, of up to so many channels."""
    window, (h, w) = draw_window(rng, kernel=5, stride=4)
    if whole:
        h, w = int(rng.integers(1, 12)), int(rng.integers(1, 12))
        window = Window((h, w), (h, w))
    n, c = int(rng.integers(1, 3)), int(rng.integers(1, channels + 1))
    x = draw_type(rng, "x", (n, h, w, c), dtype)
    quant = Quant((x.type.scale,), (x.type.zero,))
    attrs: dict[str, Any] = {"kernel": window.kernel, "stride": window.stride, "pad": window.pad}
    attrs["activation"] = draw_activation(rng)
    return single(name, [x], [Type((n, *window.output((h, w)), c), dtype, quant)], attrs)
