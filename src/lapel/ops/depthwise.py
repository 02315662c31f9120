"""Depthwise convolution: y[n][i][j][o] = Σ_uv w[0][u][v][o]·x[n][i·sh+u·dh-top][j·sw+v·dw-left][o // M] + bias[o].

Sums are requantized; taps outside x contribute nothing; M = O / C is the channel multiplier.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, H, W, C] | per tensor |
| w | int8 constant | [1, KH, KW, O] | symmetric, per tensor or per channel on axis 3 |
| bias | int32 constant, int64 for int16; optional | [O] | scale x·w, zero 0 |
| y | as x | [N, OH, OW, O] | per tensor |

Attributes: stride (h, w), dilation (h, w), pad (top, bottom, left, right), activation (none relu relu6
relu_n1_to_1), rounding (double).
Source: TFLite 8-bit quantization specification, DEPTHWISE_CONV_2D; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.bands import window_along, window_band
from lapel.families.convolution import (
    ATTRIBUTES,
    convolution_attrs,
    convolution_options,
    draw_attrs,
    image_params,
    wide_image_params,
)
from lapel.families.draw import default_rounding, draw_type, long_sums, symmetric_weights, weighted_bias
from lapel.families.elements import weighted_terms
from lapel.families.filters import wider_pad, window_filters
from lapel.families.overlap import window_distance
from lapel.families.weights import (
    check_accumulator,
    check_output,
    check_weight_shapes,
    const_weights,
    finish,
    finish_real,
    fold_zero,
    is_wide,
    output_params,
    read_rounding,
    weighted,
    wide_params,
)
from lapel.families.window import Window, check_window, draw_window, make_window, pad_image, tap, window_values
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator, rest_value
from lapel.ir.along import Along, Axes
from lapel.ir.bands import Band, Rows
from lapel.ir.channels import Together, mapped
from lapel.ir.filters import Border, Filters
from lapel.ir.op import single
from lapel.ir.terms import Term


def read_tflite(op: TfliteOperator) -> NodeSpec:
    bias = op.inputs[2] if len(op.inputs) > 2 else None
    attrs = convolution_attrs(op, op.const(1).shape[1:3], read_rounding(op))
    _check_multiplier(op)
    return NodeSpec("depthwise", (op.inputs[0], op.inputs[1], bias), attrs)


def _check_multiplier(op: TfliteOperator) -> None:
    """The option repeats what the shapes say, or is 0; with another value, and with 0, TFLite Micro misreads x."""
    said, x = int(op.option("DepthMultiplier")), op.inputs[0]
    assert x is not None
    if said not in (0, op.const(1).shape[3] // x.type.shape[3]):
        shapes = f"{list(x.type.shape)} and weights {list(op.const(1).shape)}"
        raise UnsupportedNode(f"DepthMultiplier is {said}, expected what the input {shapes} give, or 0: convert again")


def write_tflite(inst: Instance) -> TfliteNode | None:
    options = convolution_options(inst)
    if options is None:
        return None
    # TFLite Micro's depthwise kernel crashes on an absent third input, but accepts two.
    inputs = inst.inputs if inst.has(2) else inst.inputs[:2]
    return TfliteNode(inputs, {**options, "DepthMultiplier": inst.x(1).shape[3] // inst.x().shape[3]})


class Depthwise(Op):
    name = "depthwise"
    tflite = (TfliteForm("DEPTHWISE_CONV_2D", "DepthwiseConv2DOptions", range(1, 8), read_tflite, write_tflite, 3),)

    attributes = ATTRIBUTES
    signatures = weighted(channel_axis=3, reads=None)

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_window(inst) + check_weight_shapes(inst, channel_axis=3) or _check_channels(inst)

    def check(self, inst: Instance) -> list[str]:
        return check_accumulator(inst, 3) + check_output(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        n, h, w, _ = inst.x().shape
        _, *kernel, o = inst.x(1).shape
        return (((n, *make_window(inst.attrs, kernel).output((h, w)), o), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        return (finish(inst, _sums(inst, x.astype(np.int64) - inst.x().zero, w)),)

    def explain(self, inst: Instance, at: tuple[int, ...], *arrays: np.ndarray | None) -> tuple[Term, ...]:
        x, w = arrays[0], arrays[1]
        if inst.y().quant is None:
            return ()
        assert x is not None and w is not None
        seen = window_values(inst, x.astype(np.int64) - inst.x().zero, w, at)
        channel = at[3] // (w.shape[3] // x.shape[3])
        return weighted_terms(inst, at, int((seen[..., channel] * w[0, :, :, at[3]].astype(np.int64)).sum()), 3)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = (*arrays, None)[:3]
        assert x is not None and w is not None
        return (finish_real(inst, _sums(inst, x, w), bias),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_wide(inst):
            return (_lower_wide(inst),)
        tables = {"w": pack_weights(inst), "bias": fold_zero(inst, channel_axis=3)}
        params = {**tables, **image_params(inst), **output_params(inst)}
        params["x_zero"] = inst.x().zero
        params["multiplier"] = multiplier = inst.x(1).shape[3] // inst.x().shape[3]
        # Pixels come in pairs; with multiplier 1 each block of channels is read before it is written in both.
        ahead = 1 if multiplier == 1 else 2
        return (Call("depthwise", inst.node.outputs, inst.node.inputs[:1], params, ahead),)

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        return window_distance(make_window(inst.attrs, inst.x(1).shape[1:3]), inst.x(), inst.y(), ahead)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().shape[3] == inst.x(1).shape[3] else ()

    def together(self, inst: Instance) -> tuple[Together, ...]:
        found, c, o = super().together(inst), inst.x().shape[3], inst.x(1).shape[3]
        x, at = inst.inputs[0], np.arange(o)
        if c in (1, o) or not found:
            return found
        assert x is not None
        return (*found, mapped(x, inst.outputs[0], np.stack([at // (o // c), at], axis=1)))

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return window_band(inst, make_window(inst.attrs, inst.x(1).shape[1:3]), rows)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return window_along(inst, make_window(inst.attrs, inst.x(1).shape[1:3]), axes, rest_value(inst.x()).item(0))

    def macs(self, inst: Instance) -> int:
        return inst.y().size * int(np.prod(inst.x(1).shape[1:3]))

    def filters(self, inst: Instance) -> Filters | None:
        return window_filters(inst, axis=3, inputs=None, mixed=inst.x().shape[3] == 1)

    def widened(self, inst: Instance, border: Border) -> Mapping[str, Any]:
        return wider_pad(inst, border)

    def cases(self) -> Sequence[Case]:
        return [
            Case("plain", partial(draw_depthwise, kernel=4)),
            Case("multiplied", partial(draw_depthwise, kernel=3, multiplier=6)),
            Case("dilated", partial(draw_depthwise, kernel=4, dilation=3, multiplier=2)),
            Case("unstrided", partial(draw_depthwise, kernel=3, stride=1)),
            Case("int16", partial(draw_depthwise, kernel=4, dilation=2, dtype="int16")),
            Case("int16_long", draw_long),
            Case("int16_multiplied", partial(draw_depthwise, kernel=3, multiplier=4, dtype="int16")),
        ]


def _lower_wide(inst: Instance) -> Call:
    params = {"w": const_weights(inst)[0], **wide_image_params(inst), **wide_params(inst, channel_axis=3)}
    params["multiplier"] = multiplier = inst.x(1).shape[3] // inst.x().shape[3]
    # Channel by channel: with multiplier 1 one is written where none is read any more.
    return Call("depthwise16", inst.node.outputs, inst.node.inputs[:1], params, ahead=0 if multiplier == 1 else 1)


def _sums(inst: Instance, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Sums without bias, in the dtype of x."""
    window = make_window(inst.attrs, w.shape[1:3])
    padded = np.repeat(pad_image(x, window, 0), w.shape[3] // x.shape[3], axis=3)
    acc, out = np.zeros(inst.y().shape, x.dtype), window.output(x.shape[1:3])
    for u in range(w.shape[1]):
        for v in range(w.shape[2]):
            acc += tap(padded, window, out, u, v) * w[0, u, v]
    return acc


def _check_channels(inst: Instance) -> list[str]:
    c, w = inst.x().shape[3], inst.x(1).shape
    if len(w) != 4 or w[0] != 1 or w[3] % c:
        return [f"weights have shape {w}, expected [1, height, width, a multiple of the {c} input channels]"]
    return []


def pack_weights(inst: Instance) -> np.ndarray:
    """The weights as the kernel reads them, flat: blocks [KH, KW, 4] of four channels, then [KH, KW] of single ones.

    Blocks run over all channels with multiplier 1, else over those of each input channel, so that one block reads
    neighbouring input channels or just one.
    """
    w, c = const_weights(inst), inst.x().shape[3]
    channels = w.reshape(-1, w.shape[3])
    lanes = w.shape[3] if w.shape[3] == c else w.shape[3] // c
    blocks = []
    for start in range(0, w.shape[3], lanes):
        whole = start + lanes // 4 * 4
        blocks += [channels[:, i : i + 4].ravel() for i in range(start, whole, 4)]
        blocks += [channels[:, i] for i in range(whole, start + lanes)]
    return np.concatenate(blocks)


def draw_depthwise(
    rng: np.random.Generator,
    *,
    kernel: int,
    stride: int = 3,
    multiplier: int = 1,
    dilation: int = 1,
    explicit: bool = False,
    dtype: str = "int8",
) -> Graph:
    """One depthwise convolution; channels cover the tails of the blocks of four; kernels may exceed x."""
    window, (h, w) = draw_window(rng, kernel, stride, dilation, explicit)
    n, m, c = int(rng.integers(1, 3)), int(rng.integers(1, multiplier + 1)), int(rng.integers(1, 11))
    x = draw_type(rng, "x", (n, h, w, c), dtype)
    axis = None if rng.random() < 0.4 else 3
    weights = symmetric_weights(rng, "w", (1, *window.kernel, c * m), axis)
    y_shape = (n, *window.output((h, w)), c * m)
    bias, y = weighted_bias(rng, x, weights, c * m, y_shape, window.kernel[0] * window.kernel[1])
    return single("depthwise", [x, weights, bias], [y], draw_attrs(rng, window, default_rounding(dtype)))


def draw_long(rng: np.random.Generator) -> Graph:
    """One depthwise convolution of int16 values whose sums take more than 32 bits."""
    taps, spare, c = int(rng.choice([511, 512, 600])), int(rng.integers(0, 3)), int(rng.integers(1, 4))
    window = Window((2, taps), (1, 1))
    x = draw_type(rng, "x", (1, 2, taps + spare, c), "int16")
    w, y = long_sums(rng, x, (1, *window.kernel, c), 3, (1, 1, 1 + spare, c))
    return single("depthwise", [x, w, None], [y], {**draw_attrs(rng, window, "reduced"), "activation": "none"})


OP = Depthwise()
