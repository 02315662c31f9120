"""Arithmetic of int32 numbers as they are, without scale and zero point: modulo 2^32, with broadcasting.

Source: TFLite Micro, int32 of ADD, SUB, MUL, DIV, MINIMUM, MAXIMUM; docs/SPEC.md §5.
"""

from __future__ import annotations

import numpy as np

from lapel.families.broadcast import check_loops, draw_shapes, loop_params, result_shape
from lapel.ir import Call, Graph, Instance
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, binary
from lapel.runtime.source import define

NUMBERS = binary(Plain(("int32",), unscaled=True))
"""The row of operators that compute with them."""

KINDS = ("same", "scalar", "channel", "mixed", "constant")


def is_plain(inst: Instance) -> bool:
    """Whether a node with such a row computes with them."""
    return inst.x().dtype == "int32"


def plain_problems(inst: Instance) -> list[str]:
    """Loops, and a fused activation, which would limit them as if they were quantized."""
    activation = inst.attrs.get("activation", "none")
    if activation != "none":
        return [f"fuses {activation} with int32, expected none: make it a node of its own"]
    return check_loops(inst)


def arithmetic(inst: Instance, operation: str) -> tuple[Call, ...]:
    """The call of an operation, by its name in `runtime/portable/arithmetic32.h`."""
    code = define(f"LAPEL_ARITHMETIC32_{operation.upper()}")
    params = {**loop_params(inst.x(0).shape, inst.x(1).shape), "operation": code}
    return (Call("arithmetic32", inst.node.outputs, inst.node.inputs, params),)


def draw_numbers(rng: np.random.Generator, *, name: str, divides: bool = False, **attrs: str) -> Graph:
    """One node: both operands of the caller, or one of them a constant; of a quotient the divisor, of sane numbers."""
    kind = "constant" if divides else str(rng.choice(KINDS))
    rank = int(rng.integers(1, 5))
    shape = tuple(int(d) for d in rng.integers(1, 6, rank))
    a_shape, b_shape = draw_shapes(rng, str(rng.choice(KINDS)), shape)
    a, b = (Tensor(n, Type(s, "int32")) for n, s in (("a", a_shape), ("b", b_shape)))
    if kind == "constant":
        values = rng.choice(np.array([2, -2, 3, 127, -128, 333, 666, 1 << 20, -(2**31), 2**31 - 1]), b_shape)
        b = Tensor(b.name, b.type, values.astype(np.int32))
    if rng.random() < 0.5 and not divides:
        a, b = b, a
    return single(name, [a, b], [Type(result_shape(a_shape, b_shape), "int32")], attrs)
