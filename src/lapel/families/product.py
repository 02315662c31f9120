"""Products of two matrices that are both operands: sums of (x - x_zero)(w - w_zero), requantized as a dense layer's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.families.broadcast import loop_params
from lapel.ir.fixed import clamp_range, multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import Instance
from lapel.ir.op import Call, Param

MOST_DEPTH = 33_000
"""So many products of at most 255² are an int32, with a bias of some million."""


@dataclass(frozen=True)
class Matrix:
    """How a kernel walks an operand: the shape of its batch, elements of a matrix, and from row to row (columns of the
    result for w) and along the sum."""

    batch: tuple[int, ...]
    size: int
    row: int
    depth: int


def product_multiplier(inst: Instance) -> float:
    """x.scale · w.scale, rounded to float32, over y.scale."""
    with np.errstate(over="ignore", under="ignore"):  # infinite, and then no legal multiplier
        return float(np.float32(inst.x(0).scale) * np.float32(inst.x(1).scale)) / inst.y().scale


def product_problems(inst: Instance, depth: int) -> list[str]:
    """Problems of the number of products in a sum, and of the multiplier."""
    bias = inst.const(2)
    most = 255 * 255 * depth + (0 if bias is None else int(np.abs(bias.astype(np.int64)).max()))
    if depth > MOST_DEPTH or most >= 2**31:
        return [f"an accumulator could reach {most}, expected below 2^31: use a smaller depth or bias"]
    return multiplier_problems(product_multiplier(inst))


def product_outputs(inst: Instance, x: np.ndarray, w: np.ndarray, activation: str) -> np.ndarray:
    """int8 [..., N, O] of x [..., N, K] and w [..., K, O], broadcast over what is before."""
    left = x.astype(np.float64) - inst.x(0).zero
    acc = (left @ (w.astype(np.float64) - inst.x(1).zero)).astype(np.int64)  # exact: below 2^53
    bias, y = inst.const(2), inst.y()
    acc = acc if bias is None else acc + bias
    out = wrap32(requantize(acc, *quantize_multiplier(product_multiplier(inst))) + y.zero)
    return np.clip(out, *clamp_range("int8", activation, y.scale, y.zero)).astype(np.int8)


def product_call(inst: Instance, x: Matrix, w: Matrix, rows: int, columns: int, depth: int, activation: str) -> Call:
    """The call of `matmul` for matrices [rows, depth] and [depth, columns]."""
    mul, shift = quantize_multiplier(product_multiplier(inst))
    lo, hi = clamp_range("int8", activation, inst.y().scale, inst.y().zero)
    bias = inst.const(2)
    params: dict[str, Param] = {
        "bias": np.zeros(1, np.int32) if bias is None else bias.reshape(-1),
        "bias_step": int(bias is not None),
        **product_loops(x, w, rows, columns, depth),
        "mul": mul,
        "shift": shift,
        "a_zero": inst.x(0).zero,
        "b_zero": inst.x(1).zero,
        "y_zero": inst.y().zero,
        "lo": lo,
        "hi": hi,
    }
    return Call("matmul", inst.node.outputs, inst.node.inputs[:2], params)


def product_loops(x: Matrix, w: Matrix, rows: int, columns: int, depth: int) -> dict[str, Param]:
    """The fields of a kernel's params that say how it walks its operands."""
    return {
        **loop_params(x.batch, w.batch),
        "rows": rows,
        "columns": columns,
        "depth": depth,
        "a_size": x.size,
        "a_row": x.row,
        "a_depth": x.depth,
        "b_size": w.size,
        "b_column": w.row,
        "b_depth": w.depth,
    }
