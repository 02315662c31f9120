"""Stored integers that are read as another quantization's: how far the numbers are off, and the sentence that says so.

Some operators of TensorFlow Lite Micro copy, compare or average the integers of their inputs, whatever scales these
have, and Lapel does as they do. A converter gives such a node one quantization; where a model has several, what is
computed may not be what it was made to compute (`Op.surprises`).
"""

from __future__ import annotations

import numpy as np

from lapel.ir.graph import DTYPES, Instance, Tensor, Type
from lapel.ir.numbers import numbers

LEAST_STEPS = 1.0
"""Of the output: a number that is rescaled is rounded by half of one, and scales are float32."""
LEVELS = 257
"""Of the integers of 16 bits as many are tried, both ends among them."""
ALIKE = "quantize its inputs and output alike"


def scaled(t: Type) -> bool:
    """Whether integers stand for numbers by one scale and zero point."""
    return t.quant is not None and t.quant.axis is None


def operands(inst: Instance) -> list[Tensor]:
    """Inputs and outputs, if they are unlike; empty if all have one quantization, or some (as in floats) none."""
    found = [*(t for t in inst.inputs if t is not None), *inst.outputs]
    apart = all(scaled(t.type) for t in found) and len({t.type.quant for t in found}) > 1
    return found if apart else []


def stored(t: Tensor) -> np.ndarray:
    """int64: the integers that a tensor may hold, or, of a constant, that it holds."""
    if t.data is not None:
        return np.unique(t.data).astype(np.int64)
    info = np.iinfo(DTYPES[t.type.dtype])
    count = min(LEVELS, int(info.max) - int(info.min) + 1)
    return np.rint(np.linspace(info.min, info.max, count)).astype(np.int64)


def steps_off(y: Type, integers: np.ndarray, wanted: np.ndarray) -> float:
    """How far the integers of an output are from those wanted, at most, in its steps; beyond its range numbers end."""
    info = np.iinfo(DTYPES[y.dtype])
    low, high = numbers(y, np.array([info.min, info.max]))
    return float(np.abs(numbers(y, integers) - np.clip(wanted, low, high)).max() / y.scale)


def differs(inst: Instance, does: str, steps: float, advice: str = ALIKE) -> list[str]:
    """The sentence, if results are off by so many steps of output 0; does: what the operator does with its integers."""
    if steps <= LEAST_STEPS:
        return []
    types = [t.type for t in (*inst.inputs, *inst.outputs) if t is not None and scaled(t.type)]
    found = " and ".join(dict.fromkeys(f"{t.scale:.6g}*(q{-t.zero:+d})" for t in types))
    unit = inst.y().scale if scaled(inst.y()) else 1.0
    off = f"up to {steps:,.0f} steps of the output ({steps * unit:.4g}) off those of the numbers"
    return [f"it {does}, which stand for {found}: results are {off}; if the model does not mean this, {advice}"]


def carried(inst: Instance, does: str = "copies stored integers") -> list[str]:
    """The sentence of a node whose outputs hold integers of its inputs, or what lies between them, as they are."""
    inputs = [t for t in inst.inputs if t is not None and scaled(t.type)]
    pairs = [(x, y.type) for x in inputs for y in inst.outputs if scaled(y.type) and x.type.dtype == y.type.dtype]
    steps = [steps_off(y, stored(x), numbers(x.type, stored(x))) for x, y in pairs if x.type.quant != y.quant]
    return differs(inst, does, max(steps, default=0.0))
