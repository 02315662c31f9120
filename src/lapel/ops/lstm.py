"""Long short-term memory over a sequence: four gates a step, of x and of the hidden state before it.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [B, T, I], or [T, B, I] if `time_major` | per tensor |
| h | as x: hidden state | [B, N] | per tensor |
| c | int16: cell state | [B, N] | per tensor; the zero point is not looked at |
| w (4: input, forget, cell, output gate) | int8 constant | [N, I] | symmetric, per tensor |
| r (4, as w) | int8 constant | [N, N] | symmetric, per tensor |
| bias (4, as w) | int32 constant, int64 for int16 | [N] | scale x·w, zero 0 |
| y | as x | [B, T, N], or [T, B, N] if `time_major` | that of h |
| h' | as x: hidden state after the last step | that of h | that of h |
| c' | int16: cell state after the last step | that of c | that of c |

Attributes: cell_clip (float >= 0, as float32; 0 for none), time_major (bool).
Source: Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; TFLite Micro UNIDIRECTIONAL_SEQUENCE_LSTM;
docs/SPEC.md §7.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_scale, draw_type, draw_zero, symmetric_weights
from lapel.families.gates import (
    BIAS,
    CELL,
    FORGET,
    HIDDEN,
    RECURRENT,
    WEIGHTS,
    X,
    cell_limits,
    constant,
    folded_biases,
    gate_problems,
    gate_shape_problems,
    gate_signature,
    input_multiplier,
    is_wide,
    output_multiplier,
    output_types,
    rounding,
    sizes,
    stacked,
    sum_multipliers,
    tanh_input,
)
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import FLAG, Attribute
from lapel.ir.fixed import REDUCED_BITS, quantize_multiplier, reduce_multiplier, requantize, wrap32
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.interpolated import SIGMOID, logistic16, tanh16
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, INT16

CURVES = (logistic16, logistic16, tanh16, logistic16)
"""Of the four gates."""

OPERANDS = (0, 18, 19, *range(1, 9), *range(12, 16))
"""Where in a .tflite file the node's inputs stand."""
FILE_OPERANDS = 24
REFUSED = {
    "peephole connections": range(9, 12),
    "a projection": range(16, 18),
    "layer normalization": range(20, 24),
}
"""Variants of the layer, by the operands that only they have."""
CIFG = "has no input gate (CIFG)"
PLAIN = "which TFLite Micro does not run: use a plain LSTM"
TANH = 4
"""ActivationFunctionType."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    if len(op.inputs) != FILE_OPERANDS:
        raise UnsupportedNode(f"has {len(op.inputs)} inputs, expected {FILE_OPERANDS}: convert the model again")
    for variant, places in REFUSED.items():
        if any(op.inputs[i] is not None for i in places):
            raise UnsupportedNode(f"has {variant}, {PLAIN}")
    if all(op.inputs[OPERANDS[i]] is None for i in (WEIGHTS, RECURRENT, BIAS)):
        raise UnsupportedNode(f"{CIFG}, {PLAIN}")
    for i in OPERANDS:
        if op.inputs[i] is None:
            raise UnsupportedNode(f"input {i} is absent, {PLAIN}")
    if op.option("FusedActivationFunction") != TANH:
        found = f"activation is code {op.option('FusedActivationFunction')}"
        raise UnsupportedNode(f"{found}, expected tanh ({TANH}), the one that TFLite Micro has: use tanh")
    attrs = {"cell_clip": float(op.option("CellClip")), "time_major": bool(op.option("TimeMajor"))}
    return NodeSpec("lstm", tuple(op.inputs[i] for i in OPERANDS), attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    inputs: list[Tensor | None] = [None] * FILE_OPERANDS
    for i, t in zip(OPERANDS, inst.inputs, strict=True):
        inputs[i] = t
    options = {
        "FusedActivationFunction": TANH,
        "CellClip": inst.attrs["cell_clip"],
        "TimeMajor": inst.attrs["time_major"],
    }
    return TfliteNode(tuple(inputs), options)


class Lstm(Op):
    name = "lstm"
    tflite = (
        TfliteForm(
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "UnidirectionalSequenceLSTMOptions",
            range(1, 5),
            read_tflite,
            write_tflite,
            variables=OPERANDS[HIDDEN:WEIGHTS],
        ),
    )

    attributes = {"cell_clip": Attribute("float"), "time_major": FLAG}
    signatures = (gate_signature(INT8, "int32"), gate_signature(INT16, "int64"))

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return ((inst.outputs[0].name, inst.outputs[1].name),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return gate_shape_problems(inst)

    def check(self, inst: Instance) -> list[str]:
        return gate_problems(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return output_types(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, h, c = arrays[X], arrays[HIDDEN], arrays[CELL]
        assert x is not None and h is not None and c is not None
        size, time_major = sizes(inst), inst.attrs["time_major"]
        hidden, cell = (s.reshape(size.batch, size.units).astype(np.int64) for s in (h, c))
        from_x, from_h = _Sums(inst, X, WEIGHTS, BIAS), _Sums(inst, HIDDEN, RECURRENT)
        made = []
        for sums in from_x(x if time_major else x.swapaxes(0, 1)):
            hidden, cell = _step(inst, saturate16(sums + from_h(hidden)), cell)
            made.append(hidden)
        y = np.stack(made, axis=0 if time_major else 1)
        states = (hidden.reshape(h.shape).astype(h.dtype), cell.reshape(c.shape).astype(c.dtype))
        return (y.astype(x.dtype), *states)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        size, batch_first = sizes(inst), not inst.attrs["time_major"]
        lo, hi = cell_limits(inst)
        cell_mul, cell_shift = tanh_input(inst.x(CELL).scale)
        params: dict[str, Param] = {
            "w": stacked(inst, WEIGHTS),
            "r": stacked(inst, RECURRENT),
            "sigmoid": SIGMOID,
            "batches": size.batch,
            "steps": size.steps,
            "inputs": size.inputs,
            "units": size.units,
            "batch_rows": size.steps if batch_first else 1,
            "step_rows": 1 if batch_first else size.batch,
            **_multiplier_param("in", input_multiplier(inst)),
            **_multiplier_param("out", output_multiplier(inst)),
            "cell_mul": cell_mul,
            "cell_shift": cell_shift,
            "cell_lo": lo,
            "cell_hi": hi,
            **(_wide_sum_params(inst) if is_wide(inst) else _sum_params(inst)),
        }
        kernel = "lstm16" if is_wide(inst) else "lstm"
        return (Call(kernel, inst.node.outputs, inst.node.inputs[:WEIGHTS], params),)

    def macs(self, inst: Instance) -> int:
        s = sizes(inst)
        return s.batch * s.steps * 4 * s.units * (s.inputs + s.units)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        time_major, clip = inst.attrs["time_major"], inst.attrs["cell_clip"]
        x, h, c = (a.astype(np.float64) for a in arrays[:WEIGHTS])
        w, r, bias = (arrays[k : k + 4] for k in (WEIGHTS, RECURRENT, BIAS))
        units = bias[0].shape[0]
        hidden, cell, made = h.reshape(-1, units), c.reshape(-1, units), []
        for step in x if time_major else x.swapaxes(0, 1):
            sums = [step @ w[g].T + hidden @ r[g].T + bias[g] for g in range(4)]
            i, f, o = (1 / (1 + np.exp(-sums[g])) for g in (0, 1, 3))
            cell = f * cell + i * np.tanh(sums[2])
            cell = np.clip(cell, -clip, clip) if clip > 0 else cell
            hidden = o * np.tanh(cell)
            made.append(hidden)
        y = np.stack(made, axis=0 if time_major else 1)
        return y, hidden.reshape(h.shape), cell.reshape(c.shape)

    def renews(self, inst: Instance) -> tuple[tuple[int, int], ...]:
        return (HIDDEN, 1), (CELL, 2)

    def cases(self) -> Sequence[Case]:
        return [
            Case("batch_major", partial(draw_lstm, time_major=False)),
            Case("time_major", partial(draw_lstm, time_major=True)),
            Case("int16", partial(draw_lstm, time_major=False, dtype="int16")),
        ]


def saturate16(v: np.ndarray) -> np.ndarray:
    """Limited to int16; stays int64."""
    return np.clip(v, -(2**15), 2**15 - 1)


class _Sums:
    """What x, or the hidden state, adds to the sums of the four gates."""

    def __init__(self, inst: Instance, source: int, first: int, bias: int | None = None) -> None:
        self.zero, self.rounding = inst.x(source).zero, rounding(inst)
        self.weights = np.stack([constant(inst, first + g).T for g in range(4)]).astype(np.float64)
        found = [np.zeros(1) if bias is None else constant(inst, bias + g) for g in range(4)]
        self.bias = np.stack(found).astype(np.int64)[:, None]
        pairs = map(quantize_multiplier, sum_multipliers(inst, source, first))
        self.mul, self.shift = (np.array(part)[:, None, None] for part in zip(*pairs, strict=True))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """[..., B, K] -> [..., gates, B, N] in Q3.12, rounded and saturated."""
        centred = (values.astype(np.int64) - self.zero).astype(np.float64)
        # float64 is exact here: every partial sum stays below 2^47.
        acc = (centred[..., None, :, :] @ self.weights).astype(np.int64)
        return saturate16(requantize(acc + self.bias, self.mul, self.shift, self.rounding))


def _step(inst: Instance, sums: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The hidden and the cell state [B, N] after one step, from the gates' sums [4, B, N] and the cell state."""
    i, f, g, o = (curve(3 * s) for curve, s in zip(CURVES, sums, strict=True))
    kept = saturate16(requantize(f * c, *FORGET))
    added = saturate16(requantize(i * g, *quantize_multiplier(input_multiplier(inst))))
    cell = np.clip(saturate16(kept + added), *cell_limits(inst))
    mul, right = tanh_input(inst.x(CELL).scale)
    squashed = tanh16((cell * mul + (1 << right >> 1)) >> right)
    out = requantize(squashed * o, *quantize_multiplier(output_multiplier(inst)))
    info = np.iinfo(DTYPES[inst.x(HIDDEN).dtype])
    return np.clip(wrap32(out + inst.x(HIDDEN).zero), info.min, info.max), cell


def _sum_params(inst: Instance) -> dict[str, Param]:
    """What the gates' sums need in the kernel of int8."""
    found: dict[str, Param] = {"h_zero": inst.x(HIDDEN).zero}
    for prefix, source, first, bias in zip("wr", (X, HIDDEN), (WEIGHTS, RECURRENT), folded_biases(inst), strict=True):
        mul, shift = zip(*map(quantize_multiplier, sum_multipliers(inst, source, first)), strict=True)
        found |= {f"{prefix}_bias": bias.astype(np.int32), f"{prefix}_mul": mul, f"{prefix}_shift": shift}
    return found


def _wide_sum_params(inst: Instance) -> dict[str, Param]:
    """The same in the kernel of int16: multipliers of 15 bits, and shifts to the right."""
    found: dict[str, Param] = {"w_bias": folded_biases(inst)[0]}
    for prefix, source, first in (("w", X, WEIGHTS), ("r", HIDDEN, RECURRENT)):
        mul, shift = zip(*map(quantize_multiplier, sum_multipliers(inst, source, first)), strict=True)
        found[f"{prefix}_mul"] = tuple(int(reduce_multiplier(m)) for m in mul)
        found[f"{prefix}_right"] = tuple(REDUCED_BITS - s for s in shift)
    return found


def _multiplier_param(prefix: str, real: float) -> dict[str, Param]:
    mul, shift = quantize_multiplier(real)
    return {f"{prefix}_mul": mul, f"{prefix}_shift": shift}


def draw_lstm(rng: np.random.Generator, *, time_major: bool, dtype: str = "int8") -> Graph:
    """One node; a third of the cell states have a scale that is no power of two, as many a clip that is met."""
    batch, steps, inputs, units = (int(rng.integers(1, most)) for most in (3, 5, 12, 8))
    outer = (steps, batch) if time_major else (batch, steps)
    x = draw_type(rng, "x", (*outer, inputs), dtype)
    zero = draw_zero(rng) if rng.random() < 0.25 else int(rng.integers(-20, 21))
    h_scale = draw_scale(rng, 0.006, 0.02)
    h_quant = Quant((h_scale,), (zero,)) if dtype == "int8" else Quant((float(np.float32(h_scale / 256)),), (0,))
    h = Tensor("h", Type((batch, units), dtype, h_quant))
    power = 2.0 ** -int(rng.integers(8, 15))
    scale = power if rng.random() < 2 / 3 else draw_scale(rng, 2**-14, 2**-8)
    c = Tensor("c", Type((batch, units), "int16", Quant((scale,), (0,))))
    levels = 1 if dtype == "int8" else 256  # of int16, in one of int8
    spread = 0.01 / (x.type.scale * levels) / inputs**0.5
    w = [_draw_weights(rng, f"w{g}", (units, inputs), spread) for g in range(4)]
    r = [_draw_weights(rng, f"r{g}", (units, units), 1 / units**0.5) for g in range(4)]
    bias = [_draw_bias(rng, f"bias{g}", x.type.scale * w[g].type.scale, units, levels) for g in range(4)]
    attrs = {"cell_clip": float(np.float32(rng.choice([0.0, 10.0, 20000 * scale]))), "time_major": time_major}
    y = Type((*outer, units), dtype, h.type.quant)
    return single("lstm", [x, h, c, *w, *r, *bias], [y, h.type, c.type], attrs)


def _draw_weights(rng: np.random.Generator, name: str, shape: tuple[int, ...], spread: float) -> Tensor:
    """Symmetric weights whose sums are mostly within the gates' range."""
    w = symmetric_weights(rng, name, shape, axis=None)
    scale = float(np.float32(w.type.scale * spread))
    return Tensor(name, Type(shape, "int8", Quant((scale,), (0,))), w.data)


def _draw_bias(rng: np.random.Generator, name: str, scale: float, units: int, levels: int) -> Tensor:
    dtype, most = "int32" if levels == 1 else "int64", 4000 * levels
    quant = Quant((float(np.float32(scale)),), (0,))
    return Tensor(name, Type((units,), dtype, quant), rng.integers(-most, most + 1, units, DTYPES[dtype]))


OP = Lstm()
