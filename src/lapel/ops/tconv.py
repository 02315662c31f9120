"""Transposed 2-D convolution: y[n][i][j][o] = Σ w[o][u][v][c]·x[n][r][s][c] + bias[o], requantized.

The sum runs over the taps (u, v) and cells (r, s) of x with r·sh - top + u = i and s·sw - left + v = j.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, H, W, C] | per tensor |
| w | int8 constant | [O, KH, KW, C] | symmetric, per tensor or per channel on axis 0 |
| bias | int32 constant, int64 for int16; optional | [O] | scale x·w, zero 0 |
| y | as x | [N, *size, O] | per tensor |

Attributes: size (height, width of y), stride (h, w), pad (top, bottom, left, right; bottom and right have no
effect), activation (none relu relu6 relu_n1_to_1), rounding (double).
Source: TFLite operator TRANSPOSE_CONV; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from lapel.families.draw import default_rounding, draw_activation, draw_type, symmetric_weights, weighted_bias
from lapel.families.weights import (
    ACTIVATION,
    ROUNDING,
    activation_code,
    activation_name,
    check_accumulator,
    check_output,
    check_weight_shapes,
    const_weights,
    filters_and_bias,
    finish,
    finish_real,
    is_wide,
    make_bias,
    output_params,
    read_rounding,
    weighted,
    wide_params,
)
from lapel.families.window import Window, check_window, make_window, padding_code, resolve_pad
from lapel.ir import (
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Op,
    Tensor,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.attribute import PADS, PAIR
from lapel.ir.axes import Absorbed
from lapel.ir.op import Param, single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    """TFLite's inputs are the output shape, weights, x and an optional bias."""
    bias = _wide_bias(op.inputs[3] if len(op.inputs) > 3 else None)
    size, kernel = op.outputs[0].type.shape[1:3], op.const(1).shape[1:3]
    stride = int(op.option("StrideH")), int(op.option("StrideW"))
    attrs = {
        "size": (int(size[0]), int(size[1])),
        "stride": stride,
        "pad": resolve_pad(op.option("Padding"), size, Window((kernel[0], kernel[1]), stride)),
        "activation": activation_name(op.option("FusedActivationFunction")),
        "rounding": read_rounding(op),
    }
    return NodeSpec("tconv", (op.inputs[2], op.inputs[1], bias), attrs)


def _wide_bias(bias: Tensor | None) -> Tensor | None:
    """Old converters write the bias of int16 activations as int16; TFLite Micro widens it, too."""
    if bias is None or bias.data is None or bias.type.dtype != "int16":
        return bias
    return Tensor(bias.name, replace(bias.type, dtype="int64"), bias.data.astype(np.int64))


def write_tflite(inst: Instance) -> TfliteNode | None:
    a = inst.attrs
    code = padding_code(a["size"], make_window(a, inst.x(1).shape[1:3]))
    if code is None:
        return None
    shape = np.array(inst.y().shape, np.int32)
    const = Tensor(f"{inst.node.name}/shape", Type(shape.shape, "int32"), shape)
    bias = (inst.inputs[2],) if inst.has(2) else ()
    options = {
        "Padding": code,
        "StrideH": a["stride"][0],
        "StrideW": a["stride"][1],
        "FusedActivationFunction": activation_code(a["activation"]),
    }
    return TfliteNode((const, inst.inputs[1], inst.inputs[0], *bias), options)


class TConv(Op):
    name = "tconv"
    tflite = (TfliteForm("TRANSPOSE_CONV", "TransposeConvOptions", range(1, 6), read_tflite, write_tflite, 3),)

    attributes = {"size": PAIR, "stride": PAIR, "pad": PADS, "activation": ACTIVATION, "rounding": ROUNDING}
    signatures = weighted(channel_axis=0, reads=3)

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_window(inst) + check_weight_shapes(inst, channel_axis=0) or _check_sizes(inst)

    def check(self, inst: Instance) -> list[str]:
        return check_accumulator(inst, 0) + check_output(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x().shape[0], *inst.attrs["size"], inst.x(1).shape[0]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        return (finish(inst, _scatter(inst, x.astype(np.int64) - inst.x().zero, w)),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = (*arrays, None)[:3]
        assert x is not None and w is not None
        return (finish_real(inst, _scatter(inst, x, w), bias),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params: dict[str, Param] = {"w": const_weights(inst), **kernel_sizes(inst)}
        if is_wide(inst):
            params |= wide_params(inst, channel_axis=0)
            return (Call("tconv16", inst.node.outputs, inst.node.inputs[:1], params),)
        params |= {"bias": make_bias(inst, inst.x(1).shape[0]), **output_params(inst), "x_zero": inst.x().zero}
        return (Call("tconv", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.x().size * int(np.prod(inst.x(1).shape[:3]))

    def emits(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return filters_and_bias(inst)

    def absorbs(self, inst: Instance) -> Absorbed | None:
        return Absorbed(3, 1, 3)

    def cases(self) -> Sequence[Case]:
        return [
            Case("plain", partial(draw_tconv, channels=6)),
            Case("wide", partial(draw_tconv, channels=14)),
            Case("int16", partial(draw_tconv, channels=14, dtype="int16")),
        ]


def _scatter(inst: Instance, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Sums without bias, in the dtype of x: scattered into a canvas for every tap of every cell, then cropped."""
    (n, h, wd, _), (o, kh, kw, _), (sh, sw) = x.shape, w.shape, inst.attrs["stride"]
    top, _, left, _ = inst.attrs["pad"]
    height, width = inst.attrs["size"]
    rows, columns = (h - 1) * sh + kh + height + top, (wd - 1) * sw + kw + width + left
    canvas = np.zeros((n, rows, columns, o), x.dtype)
    for u in range(kh):
        for v in range(kw):
            part = canvas[:, u : u + (h - 1) * sh + 1 : sh, v : v + (wd - 1) * sw + 1 : sw]
            # Of integers exact in float64: every partial sum stays far below 2^53.
            part += (x.astype(np.float64) @ w[:, u, v].T.astype(np.float64)).astype(x.dtype)
    return canvas[:, top : top + height, left : left + width]


def kernel_sizes(inst: Instance) -> dict[str, Any]:
    (n, h, w, c), (o, kh, kw, _) = inst.x().shape, inst.x(1).shape
    return {
        "batches": n,
        "in_h": h,
        "in_w": w,
        "in_c": c,
        "out_h": inst.attrs["size"][0],
        "out_w": inst.attrs["size"][1],
        "out_c": o,
        "kernel_h": kh,
        "kernel_w": kw,
        "stride_h": inst.attrs["stride"][0],
        "stride_w": inst.attrs["stride"][1],
        "pad_top": inst.attrs["pad"][0],
        "pad_left": inst.attrs["pad"][2],
    }


def _check_sizes(inst: Instance) -> list[str]:
    x, w, size = inst.x().shape, inst.x(1).shape, inst.attrs["size"]
    if len(w) != 4 or w[3] != x[3]:
        return [f"weights have shape {w}, expected [outputs, height, width, {x[3]} input channels]"]
    if min(size) < 1:
        return [f"output size is {size}, expected 1 or more in both directions"]
    return []


def draw_tconv(rng: np.random.Generator, *, channels: int, dtype: str = "int8") -> Graph:
    """One transposed convolution; strides may exceed the kernel, so that some outputs are the bias alone."""
    (kh, kw, h, w), (sh, sw) = (int(d) for d in rng.integers(1, 6, 4)), (int(d) for d in rng.integers(1, 4, 2))
    n, c, o = int(rng.integers(1, 3)), int(rng.integers(1, channels)), int(rng.integers(1, 7))
    code = int(rng.integers(0, 2))
    spare = (0, 0) if code == 0 else (max(kh - sh, 0), max(kw - sw, 0))
    size = (h * sh + spare[0], w * sw + spare[1])
    pad = resolve_pad(code, size, Window((kh, kw), (sh, sw)))
    x = draw_type(rng, "x", (n, h, w, c), dtype)
    weights = symmetric_weights(rng, "w", (o, kh, kw, c), None if rng.random() < 0.4 else 0)
    bias, y = weighted_bias(rng, x, weights, o, (n, *size, o), kh * kw * c)
    attrs = {"size": size, "stride": (sh, sw), "pad": pad, "activation": draw_activation(rng)}
    attrs["rounding"] = default_rounding(dtype)
    return single("tconv", [x, weights, bias], [y], attrs)


OP = TConv()
