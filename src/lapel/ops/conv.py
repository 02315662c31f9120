"""2-D convolution: y[n][i][j][o] = Σ_uvc w[o][u][v][c]·x[n][i·sh+u·dh-top][j·sw+v·dw-left][c] + bias[o].

Sums are requantized; taps outside x contribute nothing. If x has G times as many channels as w, the convolution is
grouped: output channel o reads the C/G input channels of group o // (O/G).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, H, W, C] | per tensor |
| w | int8 constant | [O, KH, KW, C/G] | symmetric, per tensor or per channel on axis 0 |
| bias | int32 constant, int64 for int16; optional | [O] | scale x·w, zero 0 |
| y | as x | [N, OH, OW, O] | per tensor |

Attributes: stride (h, w), dilation (h, w), pad (top, bottom, left, right), activation (none relu relu6
relu_n1_to_1), rounding (double).
Source: TFLite 8-bit quantization specification, CONV_2D; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

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
    filters_and_bias,
    finish,
    finish_real,
    fold_zero,
    is_wide,
    output_params,
    read_rounding,
    weighted,
    wide_params,
)
from lapel.families.window import (
    Window,
    check_window,
    draw_window,
    make_window,
    pad_image,
    patches,
    same_pad,
    window_values,
)
from lapel.ir import (
    DTYPES,
    SCRATCH,
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
    rest_value,
)
from lapel.ir.along import Along, Axes
from lapel.ir.axes import Absorbed
from lapel.ir.bands import Band, Rows
from lapel.ir.filters import Border, Filters
from lapel.ir.op import Param, single
from lapel.ir.terms import Term
from lapel.runtime.source import define

BLOCK = 1 << 20
"""Values of patches that the reference makes at a time."""
WIDE = ("reduced", "double")
"""Roundings of int16 values: sums of 64 or of 32 bits."""
GATHER_VALUES = define("LAPEL_CONV_GATHER")
"""Of a window that is gathered."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    bias = op.inputs[2] if len(op.inputs) > 2 else None
    attrs = convolution_attrs(op, op.const(1).shape[1:3], read_sums(op, bias))
    return NodeSpec("conv", (op.inputs[0], op.inputs[1], bias), attrs)


def write_tflite(inst: Instance) -> TfliteNode | None:
    options = convolution_options(inst)
    return None if options is None else TfliteNode((*inst.inputs[:2], _bias_to_write(inst)), options)


def read_sums(op: TfliteOperator, bias: Tensor | None) -> str:
    """The rounding: of int16 values, sums have 64 bits unless there is a bias, and that has 32."""
    return "double" if bias is not None and bias.type.dtype == "int32" else read_rounding(op)


def _bias_to_write(inst: Instance) -> Tensor | None:
    """The bias; zeros of 32 bits where without them sums would have 64, and of floats, where LiteRT wants some."""
    dtypes = {"int16": "int32", "float32": "float32"}
    if inst.has(2) or inst.x().dtype not in dtypes or (is_wide(inst) and inst.attrs["rounding"] != "double"):
        return inst.inputs[2] if inst.has(2) else None
    zeros: np.ndarray = np.zeros(inst.y().shape[-1], DTYPES[dtypes[inst.x().dtype]])
    return Tensor(f"{inst.node.name}/bias", Type(zeros.shape, dtypes[inst.x().dtype]), zeros)


class Conv(Op):
    name = "conv"
    tflite = (TfliteForm("CONV_2D", "Conv2DOptions", range(1, 9), read_tflite, write_tflite, 3),)

    attributes = ATTRIBUTES
    signatures = weighted(channel_axis=0, reads=3, wide_bias=("int64", "int32"))

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_window(inst) + check_weight_shapes(inst, channel_axis=0) or _check_channels(inst)

    def check(self, inst: Instance) -> list[str]:
        return check_accumulator(inst, 0) + check_output(inst, wide=WIDE)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        n, h, w, _ = inst.x().shape
        o, *kernel, _ = inst.x(1).shape
        return (((n, *make_window(inst.attrs, kernel).output((h, w)), o), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        y: np.ndarray = np.empty(inst.y().shape, DTYPES[inst.y().dtype])
        for rows, sums in _sums(inst, x.astype(np.int16) - np.int16(inst.x().zero), w):
            y[:, rows] = finish(inst, sums.astype(np.int64))
        return (y,)

    def explain(self, inst: Instance, at: tuple[int, ...], *arrays: np.ndarray | None) -> tuple[Term, ...]:
        x, w = arrays[0], arrays[1]
        if inst.y().quant is None:
            return ()
        assert x is not None and w is not None
        seen = window_values(inst, x.astype(np.int64) - inst.x().zero, w, at)
        _, cg, og = group_sizes(inst)
        group = at[3] // og
        own = seen[..., group * cg : (group + 1) * cg] * w[at[3]].astype(np.int64)
        return weighted_terms(inst, at, int(own.sum()), 0)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = (*arrays, None)[:3]
        assert x is not None and w is not None
        sums = np.concatenate([part for _, part in _sums(inst, x, w)], axis=1)
        return (finish_real(inst, sums, bias),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_wide(inst):
            return (_lower_wide(inst),)
        groups, cg, og = group_sizes(inst)
        image = image_params(inst, mixed=groups == 1)
        group_in = image["in_c"] if groups == 1 else cg
        shape: dict[str, Param] = {"groups": groups, "group_in": group_in, "group_out": og}
        tables: dict[str, Param] = {"w": const_weights(inst), "bias": fold_zero(inst, channel_axis=0)}
        params = {**tables, **image, **shape, **output_params(inst)}
        params |= {"x_zero": inst.x().zero, "scratch": SCRATCH}
        params["gather"] = int(groups == 1 and params["dilation_w"] == 1 and _is_small(params))
        # A pair of pixels is read while it is written, block of channels by block; gathered, it is read before that.
        ahead = 0 if params["gather"] else 2
        scratch_bytes = 2 * _window_values(params) if params["gather"] else 0
        return (Call("conv", inst.node.outputs, inst.node.inputs[:1], params, ahead, scratch_bytes=scratch_bytes),)

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        return window_distance(make_window(inst.attrs, inst.x(1).shape[1:3]), inst.x(), inst.y(), ahead)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return window_band(inst, make_window(inst.attrs, inst.x(1).shape[1:3]), rows)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return window_along(inst, make_window(inst.attrs, inst.x(1).shape[1:3]), axes, rest_value(inst.x()).item(0))

    def macs(self, inst: Instance) -> int:
        return inst.y().size * int(np.prod(inst.x(1).shape[1:]))

    def filters(self, inst: Instance) -> Filters | None:
        return None if group_sizes(inst)[0] > 1 else window_filters(inst, axis=0, inputs=3, mixed=True)

    def pointwise(self, inst: Instance) -> Mapping[str, Any]:
        return {**inst.attrs, "stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0)}

    def widened(self, inst: Instance, border: Border) -> Mapping[str, Any]:
        return wider_pad(inst, border)

    def emits(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return filters_and_bias(inst) if inst.x().shape[3] == inst.x(1).shape[3] else ()

    def absorbs(self, inst: Instance) -> Absorbed | None:
        return Absorbed(3, 1, 3) if inst.x().shape[3] == inst.x(1).shape[3] else None

    def cases(self) -> Sequence[Case]:
        return [
            Case("pointwise", partial(draw_conv, kernel=1, stride=1)),
            Case("plain", partial(draw_conv, kernel=4)),
            Case("wide", partial(draw_conv, kernel=3, channels=24)),
            Case("dilated", partial(draw_conv, kernel=4, dilation=3)),
            Case("grouped", partial(draw_conv, kernel=3, groups=4)),
            Case("covering", draw_covering),
            Case("int16", partial(draw_conv, kernel=4, dilation=2, groups=2, dtype="int16")),
            Case("int16_wide", partial(draw_conv, kernel=3, channels=24, dtype="int16")),
            Case("int16_bias32", partial(draw_conv, kernel=3, dtype="int16", rounding="double")),
            Case("int16_long", draw_long),
            Case("int16_covering", partial(draw_covering, dtype="int16")),
        ]


def _lower_wide(inst: Instance) -> Call:
    groups, cg, og = group_sizes(inst)
    image = wide_image_params(inst, mixed=groups == 1)
    shape: dict[str, Param] = {"groups": groups, "group_in": image["in_c"] if groups == 1 else cg, "group_out": og}
    params = {"w": const_weights(inst), **image, **shape, **wide_params(inst, channel_axis=0)}
    return Call("conv16", inst.node.outputs, inst.node.inputs[:1], params, ahead=1)


def _sums(inst: Instance, x: np.ndarray, w: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Some rows of y at a time, since patches are many times as large as x, and their sums without bias, float64."""
    window, (_, oh, ow, _) = make_window(inst.attrs, w.shape[1:3]), inst.y().shape
    padded = pad_image(x, window, 0)
    values = inst.y().size // w.shape[0] * window.kernel[0] * window.kernel[1] * x.shape[3]
    rows = max(1, BLOCK * oh // values)
    for first in range(0, oh, rows):
        end = min(first + rows, oh)
        yield slice(first, end), _accumulate(inst, patches(padded, window, (first, end), ow), w)


def _accumulate(inst: Instance, cols: np.ndarray, w: np.ndarray) -> np.ndarray:
    """float64 [N, rows, width, O]: sums over patches."""
    groups, cg, og = group_sizes(inst)
    acc = np.empty((*cols.shape[:3], w.shape[0]))
    for g in range(groups):
        taps = cols[..., g * cg : (g + 1) * cg].reshape(*cols.shape[:3], -1).astype(np.float64)
        weights = w[g * og : (g + 1) * og].reshape(og, -1)
        # Of integers exact: every partial sum stays far below 2^53.
        acc[..., g * og : (g + 1) * og] = taps @ weights.T.astype(np.float64)
    return acc


def _check_channels(inst: Instance) -> list[str]:
    c, w = inst.x().shape[3], inst.x(1).shape
    if len(w) != 4:
        return [f"weights have shape {w}, expected 4 dimensions [outputs, height, width, inputs]"]
    o, _, _, cg = w
    if c % cg or o % (c // cg):
        return [
            f"input has {c} channels, weights are for {cg}, output has {o}: expected input channels = "
            "groups * weight channels, and output channels a multiple of the groups"
        ]
    return []


def group_sizes(inst: Instance) -> tuple[int, int, int]:
    """Groups, and the input and output channels of each."""
    o, _, _, cg = inst.x(1).shape
    groups = inst.x().shape[3] // cg
    return groups, cg, o // groups


def _is_small(params: Mapping[str, Param]) -> bool:
    """Whether a window is better gathered than read in place: it has few values but is not a single run already."""
    return _window_values(params) <= GATHER_VALUES and params["group_in"] != _window_values(params)


def _window_values(params: Mapping[str, Param]) -> int:
    """Values that one output channel sees."""
    kernel_h, kernel_w, channels = (params[name] for name in ("kernel_h", "kernel_w", "group_in"))
    assert isinstance(kernel_h, int) and isinstance(kernel_w, int) and isinstance(channels, int)
    return kernel_h * kernel_w * channels


def draw_conv(
    rng: np.random.Generator,
    *,
    kernel: int,
    channels: int = 6,
    stride: int = 3,
    dilation: int = 1,
    groups: int = 1,
    explicit: bool = False,
    dtype: str = "int8",
    rounding: str = "",
) -> Graph:
    """One convolution; sizes cover every tail, kernels larger than x, strides larger than the kernel."""
    window, (h, w) = draw_window(rng, kernel, stride, dilation, explicit)
    n, g = int(rng.integers(1, 3)), int(rng.integers(1, groups + 1))
    cg, og = (int(d) for d in rng.integers(1, channels + 1, 2))
    rounding = rounding or default_rounding(dtype)
    x = draw_type(rng, "x", (n, h, w, cg * g), dtype)
    axis = None if rng.random() < 0.4 else 0
    weights = symmetric_weights(rng, "w", (og * g, *window.kernel, cg), axis)
    y_shape = (n, *window.output((h, w)), og * g)
    fan_in = window.kernel[0] * window.kernel[1] * cg
    bias, y = weighted_bias(rng, x, weights, og * g, y_shape, fan_in, rounding)
    return single("conv", [x, weights, bias], [y], draw_attrs(rng, window, rounding))


def draw_covering(rng: np.random.Generator, *, dtype: str = "int8") -> Graph:
    """One convolution whose windows are as wide as x, and often x itself."""
    kernel, c = (int(rng.integers(1, 6)), int(rng.integers(1, 6))), int(rng.integers(1, 8))
    rows = int(rng.integers(0, 4)) if rng.random() < 0.5 else 0
    # With a stride as wide as x, SAME padding has no columns.
    bare = Window(kernel, (int(rng.integers(1, 3)), kernel[1]), (int(rng.integers(1, 3)) if rows else 1, 1))
    n, o, (h, w) = int(rng.integers(1, 4)), int(rng.integers(1, 8)), (bare.extent[0] + rows, kernel[1])
    window = replace(bare, pad=same_pad((h, w), bare)) if rng.random() < 0.5 else bare
    x = draw_type(rng, "x", (n, h, w, c), dtype)
    weights = symmetric_weights(rng, "w", (o, *kernel, c), None if rng.random() < 0.4 else 0)
    bias, y = weighted_bias(rng, x, weights, o, (n, *window.output((h, w)), o), kernel[0] * kernel[1] * c)
    return single("conv", [x, weights, bias], [y], draw_attrs(rng, window, default_rounding(dtype)))


def draw_long(rng: np.random.Generator) -> Graph:
    """One convolution of int16 values whose sums take more than 32 bits."""
    kernel, c, o = (
        (int(rng.integers(1, 3)), int(rng.integers(1, 3))),
        int(rng.choice([520, 600])),
        int(rng.integers(1, 6)),
    )
    x = draw_type(rng, "x", (1, 2, 2, c), "int16")
    window = Window(kernel, (1, 1))
    w, y = long_sums(rng, x, (o, *kernel, c), 0, (1, *window.output((2, 2)), o))
    return single("conv", [x, w, None], [y], {**draw_attrs(rng, window, "reduced"), "activation": "none"})


OP = Conv()
