"""Products of matrices, both operands of the model, in batches that broadcast: y = clamp(zero + rescale(a · b)).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, may be constant | [..., N, K], or [..., K, N] if adj_x; 2 to 5 dimensions | per tensor |
| b | int8, may be constant | [..., K, O], or [..., O, K] if adj_y; 2 to 5 dimensions | per tensor |
| y | int8 | [..., N, O] | per tensor |

Attributes: adj_x, adj_y (bool). Source: TFLite Micro BATCH_MATMUL; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.broadcast import result_shape
from lapel.families.draw import draw_const, draw_scale, draw_type, draw_zero
from lapel.families.product import Matrix, product_call, product_outputs, product_problems
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, Quant, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import FLAG
from lapel.ir.axes import Perm, Permuted
from lapel.ir.op import single
from lapel.ir.signature import INT8, binary

RANKS = range(2, 6)


def read_tflite(op: TfliteOperator) -> NodeSpec:
    attrs = {"adj_x": bool(op.option("AdjX")), "adj_y": bool(op.option("AdjY"))}
    return NodeSpec("batchmatmul", op.inputs[:2], attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"AdjX": inst.attrs["adj_x"], "AdjY": inst.attrs["adj_y"]})


class BatchMatMul(Op):
    name = "batchmatmul"
    tflite = (TfliteForm("BATCH_MATMUL", "BatchMatMulOptions", range(1, 6), read_tflite, write_tflite, 2),)

    attributes = {"adj_x": FLAG, "adj_y": FLAG}
    signatures = (binary(INT8),)

    def check(self, inst: Instance) -> list[str]:
        return product_problems(inst, product_sizes(inst)[2])

    def check_shapes(self, inst: Instance) -> list[str]:
        a, b = inst.x(0).shape, inst.x(1).shape
        if len(a) not in RANKS or len(b) not in RANKS:
            return [f"multiplies {list(a)} by {list(b)}, expected {RANKS[0]} to {RANKS[-1]} dimensions each: reshape"]
        depth, other = product_sizes(inst)[2], b[-1 if inst.attrs["adj_y"] else -2]
        if depth != other:
            return [f"multiplies {list(a)} by {list(b)}, sums of {depth} and of {other}: expected equal ones"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        rows, columns, _ = product_sizes(inst)
        batch = result_shape(inst.x(0).shape[:-2], inst.x(1).shape[:-2])
        return (((*batch, rows, columns), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return (product_outputs(inst, *upright(inst, arrays), "none"),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = upright(inst, arrays)
        return (a @ b,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (product_call(inst, *operand_matrices(inst), *product_sizes(inst), "none"),)

    def macs(self, inst: Instance) -> int:
        return inst.y().size * product_sizes(inst)[2]

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        alike = len(inst.x(0).shape) == len(inst.x(1).shape)
        ends = (len(inst.x(0).shape) - 2, len(inst.x(0).shape) - 1)
        return Permuted(inst.attrs, perm, (0, 1)) if alike and perm[-2:] == ends else None

    def cases(self) -> Sequence[Case]:
        return [Case(k, partial(draw_batchmatmul, constant=k == "constant")) for k in ("computed", "constant")]


def product_sizes(inst: Instance) -> tuple[int, int, int]:
    """Rows and columns of the result, and the depth of a sum."""
    a, b = inst.x(0).shape[-2:], inst.x(1).shape[-2:]
    depth, rows = a if inst.attrs["adj_x"] else a[::-1]
    return rows, b[0] if inst.attrs["adj_y"] else b[1], depth


def operand_matrices(inst: Instance) -> tuple[Matrix, Matrix]:
    """How a kernel walks both operands."""
    rows, columns, depth = product_sizes(inst)
    a, b = inst.x(0).shape, inst.x(1).shape
    x = Matrix(a[:-2], rows * depth, *((1, rows) if inst.attrs["adj_x"] else (depth, 1)))
    w = Matrix(b[:-2], columns * depth, *((depth, 1) if inst.attrs["adj_y"] else (1, columns)))
    return x, w


def upright(inst: Instance, arrays: Sequence[np.ndarray | None]) -> tuple[np.ndarray, np.ndarray]:
    """The operands as [..., N, K] and [..., K, O]."""
    a, b = arrays[:2]
    assert a is not None and b is not None
    a, b = (x.swapaxes(-1, -2) if inst.attrs[name] else x for x, name in ((a, "adj_x"), (b, "adj_y")))
    return a, b


def draw_batchmatmul(rng: np.random.Generator, *, constant: bool) -> Graph:
    """Up to two dimensions of batch, which one operand may not have; `constant`: b is one."""
    n, o = (int(d) for d in rng.integers(1, 6, 2))
    k = int(rng.choice([1, 2, 5, 9, 40]))
    batch = tuple(int(d) for d in rng.integers(1, 4, int(rng.integers(0, 3))))
    adj_x, adj_y = (bool(v) for v in rng.integers(0, 2, 2))
    kind = int(rng.integers(0, 3))
    batches = [batch, batch if kind == 0 else tuple(1 for _ in batch) if kind == 1 else ()]
    if not constant and rng.random() < 0.5:
        batches.reverse()
    a = draw_type(rng, "a", (*batches[0], *((k, n) if adj_x else (n, k))))
    b = draw_type(rng, "b", (*batches[1], *((o, k) if adj_y else (k, o))))
    b = draw_const(rng, b) if constant else b
    y_scale = a.type.scale * b.type.scale * draw_scale(rng, 20.0, 300.0) * k**0.5
    y = Type((*batch, n, o), "int8", Quant((float(np.float32(y_scale)),), (draw_zero(rng),)))
    return single("batchmatmul", [a, b], [y], {"adj_x": adj_x, "adj_y": adj_y})


OP = BatchMatMul()
