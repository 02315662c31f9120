"""The gates of an LSTM: its operands, the integers derived from their types, and what makes them illegal.

A gate's sums are Q3.12, its values Q0.15; docs/SPEC.md §7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lapel.ir.fixed import Rounding, multiplier_problems, quantize_multiplier
from lapel.ir.graph import Instance
from lapel.ir.interpolated import UNIT
from lapel.ir.signature import Bias, Scaled, Signature, Weights

GATES = ("input", "forget", "cell", "output")
"""In the order of the weights."""

X, HIDDEN, CELL, WEIGHTS, RECURRENT, BIAS = 0, 1, 2, 3, 7, 11
"""Inputs of the node; weights, recurrent weights and biases are four each, in the order of GATES."""

SUM_SCALE, GATE_SCALE = 2.0**-12, 2.0**-15
CELL_POWERS = range(-42, 3)
"""Of two, next to the cell state's scale: beyond, TFLite Micro shifts an int32 by more than it has."""

CELL_STATE = Scaled(("int16",), symmetric=True, power=True, reach=8 - 2**-12)
"""Beyond ±8 tanh is constant; of a sequence only the last state is seen."""

Multiplier = tuple[int, int]
"""(mul, shift) of `lapel.ir.fixed`."""


@dataclass(frozen=True)
class Sizes:
    """Of a sequence: batch, time steps, inputs a step, units."""

    batch: int
    steps: int
    inputs: int
    units: int


def sizes(inst: Instance) -> Sizes:
    """The sizes that x and the hidden state give."""
    x, time_major = inst.x(X).shape, inst.attrs["time_major"]
    return Sizes(x[1] if time_major else x[0], x[0] if time_major else x[1], x[2], inst.x(HIDDEN).shape[1])


def is_wide(inst: Instance) -> bool:
    """Whether x and the hidden state are int16, and sums have 64 bits."""
    return inst.x(X).dtype == "int16"


def rounding(inst: Instance) -> Rounding:
    """That of the gates' sums."""
    return "reduced" if is_wide(inst) else "double"


def constant(inst: Instance, i: int) -> np.ndarray:
    """The content of input `i`, a constant in every legal node."""
    data = inst.const(i)
    assert data is not None, f"{inst.node.name}: input {i} is not a constant"
    return data


def sum_multipliers(inst: Instance, source: int, first: int) -> list[float]:
    """Of each gate, what takes a sum of products with `source` to Q3.12."""
    return [inst.x(source).scale * inst.x(first + g).scale / SUM_SCALE for g in range(4)]


def input_multiplier(inst: Instance) -> float:
    """Of the product of input and cell gate, to the cell state."""
    return GATE_SCALE * GATE_SCALE / inst.x(CELL).scale


def output_multiplier(inst: Instance) -> float:
    """Of the product of tanh(cell state) and output gate, to the hidden state."""
    return GATE_SCALE * GATE_SCALE / inst.x(HIDDEN).scale


FORGET: Multiplier = quantize_multiplier(GATE_SCALE)
"""Of the product of forget gate and cell state, to the cell state."""


def cell_power(scale: float) -> int:
    """The power of two next to the cell state's scale, by a logarithm in float32."""
    return round(float(np.log(np.float32(scale)) * (np.float32(1) / np.log(np.float32(2)))))


def tanh_input(scale: float) -> Multiplier:
    """(mul, right): a cell state times mul, shifted right with halves up, is what `tanh16` takes."""
    power = cell_power(scale)
    left = power - round(math.log2(SUM_SCALE))
    return ((UNIT >> 12) << left, 0) if left >= 0 else (UNIT >> 12, -left)


def cell_limits(inst: Instance) -> tuple[int, int]:
    """The least and the greatest cell state: all of int16, or what the clip leaves."""
    clip = inst.attrs["cell_clip"]
    if not clip > 0:
        return -(2**15), 2**15 - 1
    most = int(min(float(np.float32(clip)) / inst.x(CELL).scale, 2**15 - 1))
    return -most, most


def gate_problems(inst: Instance) -> list[str]:
    """Every reason why kernels cannot compute the gates: the clip, scales, accumulators."""
    problems = []
    if not inst.attrs["cell_clip"] >= 0:
        problems.append(f"cell clip is {inst.attrs['cell_clip']:g}, expected 0 (none) or more: train with a clip")
    if cell_power(inst.x(CELL).scale) not in CELL_POWERS:
        lowest, highest = CELL_POWERS[0], CELL_POWERS[-1]
        found = f"cell state's scale is {inst.x(CELL).scale:.6g}"
        problems.append(f"{found}, expected about 2^{lowest} to 2^{highest}: quantize the model again")
    reals = [*sum_multipliers(inst, X, WEIGHTS), *sum_multipliers(inst, HIDDEN, RECURRENT)]
    problems += multiplier_problems(*reals, rounding=rounding(inst))
    problems += multiplier_problems(input_multiplier(inst), output_multiplier(inst))
    return problems + accumulator_problems(inst)


def _name(i: int) -> str:
    """How messages call a constant operand."""
    if i >= BIAS:
        return f"bias of the {GATES[i - BIAS]} gate"
    return f"{'recurrent ' if i >= RECURRENT else ''}weights of the {GATES[(i - WEIGHTS) % 4]} gate"


def gate_signature(x: Scaled, bias: str) -> Signature:
    """The row of x and hidden state of one kind, int8 weights, and biases of the accumulator's dtype."""
    weights = (Weights(("int8",), _name(i), axis=None) for i in range(WEIGHTS, BIAS))
    biases = (Bias((bias,), _name(BIAS + g), optional=False, products=(X, WEIGHTS + g)) for g in range(4))
    states = (replace(x, name="hidden state"), replace(CELL_STATE, name="cell state"))
    updates = (replace(x, name="new hidden state"), replace(CELL_STATE, name="new cell state"))
    return Signature((replace(x, name="input"), *states, *weights, *biases), (x, *updates))


def gate_shape_problems(inst: Instance) -> list[str]:
    """Every reason why the shapes of the operands do not fit together."""
    x, h = inst.x(X), inst.x(HIDDEN)
    if len(x.shape) != 3:
        return [f"input has shape {x.shape}, expected 3 dimensions: batch, time, inputs"]
    if len(h.shape) < 2 or h.size != h.shape[1] * sizes(inst).batch:
        return [f"hidden state has shape {h.shape}, expected ({sizes(inst).batch}, units)"]
    s = sizes(inst)
    expected = [(s.units, s.inputs)] * 4 + [(s.units, s.units)] * 4 + [(s.units,)] * 4
    problems = [
        f"{_name(i)} have shape {inst.x(i).shape}, expected {shape}: convert the model again"
        for i, shape in enumerate(expected, WEIGHTS)
        if inst.x(i).shape != shape
    ]
    if inst.x(CELL).size != h.size:
        problems.append(f"cell state has shape {inst.x(CELL).shape}, expected {(s.batch, s.units)}")
    return problems


def accumulator_problems(inst: Instance) -> list[str]:
    """A problem if some input could drive a gate's sum, or a folded bias, out of its bits (`check_accumulator`)."""
    reach, bits = (1 << 15, 47) if is_wide(inst) else (256, 31)
    worst = 0
    for g in range(4):
        bias = max(abs(int(b)) for b in constant(inst, BIAS + g))  # of any size: it may be int64
        for first, most in ((WEIGHTS, bias), (RECURRENT, 0)):
            sums = np.abs(constant(inst, first + g).astype(np.int64)).sum(axis=1)
            worst = max(worst, reach * int(sums.max()) + most)
    if worst < 2**bits:
        return []
    return [f"a gate's sum could reach {worst}, expected below 2^{bits}: use smaller weights or biases"]


def folded_biases(inst: Instance) -> tuple[np.ndarray, np.ndarray]:
    """int64 [N, 4] each, for sums over x and over the hidden state: less the zero point times the row's weights."""
    found = []
    for source, first in ((X, WEIGHTS), (HIDDEN, RECURRENT)):
        sums = [constant(inst, first + g).astype(np.int64).sum(axis=1) for g in range(4)]
        biases = [constant(inst, BIAS + g).astype(np.int64) if source == X else 0 for g in range(4)]
        folded = [b - inst.x(source).zero * s for b, s in zip(biases, sums, strict=True)]
        found.append(np.stack(folded, axis=1))
    return found[0], found[1]


def stacked(inst: Instance, first: int) -> np.ndarray:
    """int8 [N, 4, K]: the four gates' rows of each unit side by side."""
    return np.stack([constant(inst, first + g) for g in range(4)], axis=1)


def output_types(inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
    """Shapes and dtypes of y and of the two new states."""
    s, h, c = sizes(inst), inst.x(HIDDEN), inst.x(CELL)
    outer = (s.steps, s.batch) if inst.attrs["time_major"] else (s.batch, s.steps)
    return ((*outer, s.units), inst.x(X).dtype), (h.shape, h.dtype), (c.shape, c.dtype)
