"""Logistic and tanh of int16: the input is scaled to a third of Q3.12, and the curve interpolated in a table.

Kernel `curve16`. Source: TFLite Micro LOGISTIC and TANH; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape
from lapel.ir import Call, Case, Graph, Instance, Quant, Tensor, Type
from lapel.ir.interpolated import SIGMOID, UNIT
from lapel.ir.op import Param, single
from lapel.ir.signature import INT16

INPUT_LOG2, OUTPUT_LOG2 = -12, -15
"""Of the scales of Q3.12 and Q0.15."""
NEAR_LOG2 = 1e-3
"""How far a scale's logarithm may be from that of a power of two that it is taken for."""
MOST_MULTIPLIER = 2**15 - 1
WIDE_OUTPUT = replace(INT16, best=Quant((2.0**OUTPUT_LOG2,), (0,)))
"""What the output is; scales next to it are taken for it."""

Function = Callable[[np.ndarray], np.ndarray]


def curve_problems(inst: Instance) -> list[str]:
    """Problems of the scales of a node of this family."""
    problems = []
    if _near_log2(inst.y().scale) != OUTPUT_LOG2:
        problems.append(f"output is {inst.y()}, expected scale 1/32768: requantize")
    if inst.x().scale * UNIT > MOST_MULTIPLIER:
        most = MOST_MULTIPLIER / UNIT
        problems.append(f"input scale is {inst.x().scale:.6g}, expected at most {most:.6g}: requantize the model")
    return problems


def _near_log2(scale: float) -> int | None:
    """The exponent of the power of two that a scale is close to; None if it is to none."""
    log2 = math.log2(scale)
    return round(log2) if abs(log2 - round(log2)) < NEAR_LOG2 else None


def input_multiplier(scale: float, exact: Sequence[int]) -> tuple[int, int]:
    """(multiplier, shift to the right) from x to units of 1 / UNIT; exact: exponents of scales taken as they are."""
    log2 = _near_log2(scale)
    if log2 is not None and log2 in exact:
        return 3 << (log2 - INPUT_LOG2), 0
    multiplier, shift = scale * UNIT, 0
    while multiplier <= MOST_MULTIPLIER / 2 and shift <= 30:
        multiplier, shift = 2 * multiplier, shift + 1
    return int(multiplier), shift


def curve_values(inst: Instance, q: np.ndarray, exact: Sequence[int], function: Function) -> np.ndarray:
    """The definition, on int64 values of x."""
    mul, shift = input_multiplier(inst.x().scale, exact)
    return function((q * mul + ((1 << shift) >> 1)) >> shift)


def curve_call(inst: Instance, exact: Sequence[int], tanh: bool) -> Call:
    """The kernel call."""
    mul, shift = input_multiplier(inst.x().scale, exact)
    params: dict[str, Param] = {"table": SIGMOID, "count": inst.x().size, "mul": mul, "shift": shift, "tanh": int(tanh)}
    return Call("curve16", inst.node.outputs, inst.node.inputs[:1], params)


def curve_case(op: str) -> Case:
    """One family of int16 inputs, half of them of scales that are powers of two."""
    return Case("int16", partial(_draw, op=op))


def _draw(rng: np.random.Generator, *, op: str) -> Graph:
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    scale = float(2.0 ** rng.integers(-14, -9)) if rng.random() < 0.5 else draw_scale(rng, 1e-6, 1.0)
    x = Tensor("x", Type(shape, "int16", Quant((float(np.float32(scale)),), (0,))))
    return single(op, [x], [Type(shape, "int16", Quant((2.0**OUTPUT_LOG2,), (0,)))], {})
