"""Fully connected layer: y[n][o] = Σ_k w[o][k]·x[n][k] + bias[o], requantized and clamped.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [..., K], flattened to [N, K] | per tensor |
| w | int8 constant | [O, K] | symmetric, per tensor or per channel on axis 0 |
| w | or int8, computed, or of any zero point | [O, K] | per tensor |
| bias | int32 constant, int64 for int16; optional | [O] | scale x·w, zero 0 |
| y | as x | [N, O], or x's leading axes and O if `keep_dims` | per tensor |

Attributes: activation (none relu relu6 relu_n1_to_1), keep_dims (bool), rounding (double).
Source: TFLite 8-bit quantization specification, FULLY_CONNECTED; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lapel.families.draw import (
    default_rounding,
    draw_activation,
    draw_shape,
    draw_type,
    long_sums,
    symmetric_weights,
    weighted_bias,
)
from lapel.families.elements import weighted_terms
from lapel.families.product import Matrix, product_call, product_outputs, product_problems
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
    fold_zero,
    is_wide,
    output_params,
    read_rounding,
    weighted,
    wide_params,
)
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import FLAG
from lapel.ir.axes import Absorbed, Perm, Permuted, keeps_last
from lapel.ir.filters import Filters
from lapel.ir.fixed import activation_problems
from lapel.ir.graph import Quant, Tensor
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, Bias, Scaled, Signature
from lapel.ir.terms import Term


def read_tflite(op: TfliteOperator) -> NodeSpec:
    bias = op.inputs[2] if len(op.inputs) > 2 else None
    w = None if op.inputs[1] is None else centred(op.inputs[1])
    attrs = {
        "activation": activation_name(op.option("FusedActivationFunction")),
        "keep_dims": keeps_dims(op, bool(op.option("KeepNumDims"))),
        "rounding": read_rounding(op),
    }
    return NodeSpec("dense", (op.inputs[0], w, bias), attrs)


def centred(w: Tensor) -> Tensor:
    """Constant weights less their zero point, where that is one for all of them and the differences are int8."""
    q = w.type.quant
    if w.data is None or q is None or w.type.dtype != "int8" or len(q.zero) != 1 or q.zero == (0,):
        return w
    values = w.data.astype(np.int64) - q.zero[0]
    if not ((values >= -128) & (values <= 127)).all():
        return w
    return Tensor(w.name, Type(w.type.shape, "int8", Quant(q.scale, (0,))), values.astype(np.int8))


def keeps_dims(op: TfliteOperator, said: bool) -> bool:
    """Whether y keeps the leading dimensions of x: the option, unless y's declared shape says otherwise.

    TFLite Micro does not read the option; it goes by y's shape.
    """
    x, w, y = op.inputs[0], op.inputs[1], op.outputs[0].type.shape
    if x is None or w is None or len(w.type.shape) != 2:
        return said
    o, k = w.type.shape
    forms = {said: _shape(x.type, o, k, said), not said: _shape(x.type, o, k, not said)}
    return next((keep for keep, shape in forms.items() if shape == y), said)


def _shape(x: Type, o: int, k: int, keep_dims: bool) -> tuple[int, ...]:
    return (*(x.shape[:-1] if keep_dims else (x.size // k,)), o)


def write_tflite(inst: Instance) -> TfliteNode:
    options = {
        "FusedActivationFunction": activation_code(inst.attrs["activation"]),
        "KeepNumDims": inst.attrs["keep_dims"],
    }
    return TfliteNode(inst.inputs, options)


FREE = Signature((INT8, Scaled(("int8",), name="weights"), Bias(("int32",))), (INT8,))
"""The row of weights that are an operand like the other."""


class Dense(Op):
    name = "dense"
    tflite = (TfliteForm("FULLY_CONNECTED", "FullyConnectedOptions", range(1, 13), read_tflite, write_tflite, 5),)

    attributes = {"activation": ACTIVATION, "keep_dims": FLAG, "rounding": ROUNDING}
    signatures = (*weighted(channel_axis=0, reads=1), FREE)

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_weight_shapes(inst, channel_axis=0) or _check_shape(inst)

    def check(self, inst: Instance) -> list[str]:
        if is_free(inst):
            problems = product_problems(inst, inst.x(1).shape[1])
            return problems or activation_problems(inst.attrs["activation"], inst.y().scale)
        return check_accumulator(inst, channel_axis=0) + check_output(inst, float32_product=True)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        o, k = inst.x(1).shape
        return ((_shape(inst.x(), o, k, inst.attrs["keep_dims"]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        if is_free(inst):
            made = product_outputs(inst, x.reshape(-1, w.shape[1]), w.T, inst.attrs["activation"])
            return (made.reshape(inst.y().shape),)
        centred = x.reshape(-1, w.shape[1]).astype(np.float64) - inst.x().zero
        # float64 is exact here: every partial sum stays far below 2^53.
        acc = (centred @ w.T.astype(np.float64)).astype(np.int64)
        return (finish(inst, acc, float32_product=True).reshape(inst.y().shape),)

    def explain(self, inst: Instance, at: tuple[int, ...], *arrays: np.ndarray | None) -> tuple[Term, ...]:
        x, w = arrays[0], arrays[1]
        if is_free(inst) or inst.y().quant is None:
            return ()
        assert x is not None and w is not None
        row = int(np.ravel_multi_index(at, inst.y().shape)) // w.shape[0]
        centred = x.reshape(-1, w.shape[1])[row].astype(np.int64) - inst.x().zero
        return weighted_terms(inst, at, int(centred @ w[at[-1]].astype(np.int64)), 0, float32_product=True)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = (*arrays, None)[:3]
        assert x is not None and w is not None
        return (finish_real(inst, x.reshape(-1, w.shape[1]) @ w.T, bias).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        o, k = inst.x(1).shape
        if is_free(inst):
            rows = inst.x().size // k
            x, w = Matrix((), rows * k, k, 1), Matrix((), o * k, k, 1)
            return (product_call(inst, x, w, rows, o, k, inst.attrs["activation"]),)
        params: dict[str, Param] = {
            "w": const_weights(inst),
            "batches": inst.x().size // k,
            "inputs": k,
            "outputs": o,
        }
        if is_wide(inst):
            params |= wide_params(inst, channel_axis=0, float32_product=True)
            return (Call("dense16", inst.node.outputs, inst.node.inputs[:1], params),)
        params |= {"bias": fold_zero(inst, channel_axis=0), **output_params(inst, float32_product=True)}
        return (Call("dense", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.y().size * inst.x(1).shape[1]

    def filters(self, inst: Instance) -> Filters | None:
        if is_free(inst):
            return None
        w = inst.x(1).quant
        # With one scale the multiplier is computed in float32, with several in float64.
        least = 2 if w is not None and len(w.scale) > 1 else 1

        def done(acc: np.ndarray) -> np.ndarray:
            return finish(inst, acc, float32_product=True)

        return Filters(0, 1, True, lambda: const_weights(inst)[:, None, :], False, done, least)

    def pointwise(self, inst: Instance) -> Mapping[str, Any]:
        return inst.attrs

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        axis, x = axes[0], inst.x().shape
        if axis is None or any(a is not None for a in axes[1:]) or axis == len(x) - 1 or x[-1] != inst.x(1).shape[1]:
            return None
        if inst.attrs["keep_dims"]:
            return Along((axis,), inst.attrs)
        return Along((0,), inst.attrs) if inst.y().shape[0] == x[axis] else None

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted(inst.attrs, perm) if inst.attrs["keep_dims"] and keeps_last(perm) else None

    def emits(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return filters_and_bias(inst)

    def absorbs(self, inst: Instance) -> Absorbed | None:
        last = len(inst.x().shape) - 1
        return Absorbed(last, 1, 1) if last >= 0 and inst.x().shape[last] == inst.x(1).shape[1] else None

    def cases(self) -> Sequence[Case]:
        return [
            Case("per_tensor", partial(draw_dense, per_channel=False, keep_dims=False)),
            Case("per_channel", partial(draw_dense, per_channel=True, keep_dims=False)),
            Case("keep_dims", partial(draw_dense, per_channel=False, keep_dims=True)),
            Case("computed", partial(draw_free, constant=False)),
            Case("zero_point", partial(draw_free, constant=True)),
            Case("int16", partial(draw_dense, per_channel=False, keep_dims=False, dtype="int16")),
            Case("int16_long", draw_long),
            Case("int16_per_channel", partial(draw_dense, per_channel=True, keep_dims=False, dtype="int16")),
        ]


def _check_shape(inst: Instance) -> list[str]:
    x, w = inst.x().shape, inst.x(1).shape
    if len(w) != 2:
        return [f"weights have shape {w}, expected 2 dimensions [outputs, inputs]"]
    whole = x[-1] if inst.attrs["keep_dims"] else inst.x().size
    if whole % w[1] or (inst.attrs["keep_dims"] and whole != w[1]):
        return [f"input has shape {x}, expected rows of {w[1]} values as the weights {w} have"]
    return []


def is_free(inst: Instance) -> bool:
    """Whether the weights are an operand like the other: computed by the model, or with a zero point."""
    w = inst.inputs[1]
    return w is not None and (w.data is None or (w.type.quant is not None and any(w.type.quant.zero)))


def draw_free(rng: np.random.Generator, *, constant: bool) -> Graph:
    """Weights that the model computes, or that have a zero point which differences of all int8 are relative to."""
    n, o = int(rng.integers(1, 4)), int(rng.integers(1, 8))
    k = int(rng.choice([1, 2, 5, 33]))
    x, w = draw_type(rng, "x", (n, k)), draw_type(rng, "w", (o, k))
    assert w.type.quant is not None
    bias, y = weighted_bias(rng, x, w, o, (n, o), fan_in=k)
    if constant:
        zero = int(rng.choice([-128, -3, 127]))
        values = rng.integers(-128, 128, (o, k), np.int8)
        values.flat[0] = 127 if zero < 0 else -128  # beyond int8, less the zero point
        w = Tensor("w", Type((o, k), "int8", Quant(w.type.quant.scale, (zero,))), values)
    attrs = {"activation": draw_activation(rng), "keep_dims": False, "rounding": "double"}
    return single("dense", [x, w, bias], [y], attrs)


def draw_dense(rng: np.random.Generator, *, per_channel: bool, keep_dims: bool, dtype: str = "int8") -> Graph:
    """One dense node; sizes cover every tail of the blocks of four, and one wide row."""
    n, o = int(rng.integers(1, 4)), int(rng.integers(1, 14))
    k = int(rng.choice([1, 2, 3, 5, 8, 17, 33, 200]))
    x = draw_type(rng, "x", (*draw_shape(rng, 1, 2), n, k) if keep_dims else (n, k), dtype)
    w = symmetric_weights(rng, "w", (o, k), axis=0 if per_channel else None)
    y_shape = (*x.type.shape[:-1], o) if keep_dims else (n, o)
    bias, y = weighted_bias(rng, x, w, o, y_shape, fan_in=k)
    attrs = {"activation": draw_activation(rng), "keep_dims": keep_dims, "rounding": default_rounding(dtype)}
    return single("dense", [x, w, bias], [y], attrs)


def draw_long(rng: np.random.Generator) -> Graph:
    """One dense node of int16 values whose sums take more than 32 bits."""
    k, o = int(rng.choice([520, 1022, 1023, 1100])), int(rng.integers(1, 7))
    x = draw_type(rng, "x", (1, k), "int16")
    w, y = long_sums(rng, x, (o, k), 0, (1, o))
    return single("dense", [x, w, None], [y], {"activation": "none", "keep_dims": False, "rounding": "reduced"})


OP = Dense()
