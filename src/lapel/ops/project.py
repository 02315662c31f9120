"""Projection to fewer dimensions: y[n][o] = clamp((bias[o] + sum_k w[o][k] * x[n][k] + half) >> drop).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [N, K] | any; no part of the arithmetic, its zero point is in the bias |
| w | int8 constant | [O, K] | any; no part of the arithmetic |
| bias | int32 constant | [O] | none |
| y | int8 | [N, O], clamped to -128..127 | any; no part of the arithmetic |

Attributes: drop (int, 0..24); half is 2^drop / 2, rounded down. Sums are exact in 32 bits: a node whose sums could
leave them is refused. docs/SPEC.md, classical models.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.nibbles import are_nibbles, packed
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import Param, single
from lapel.ir.signature import Plain, Signature

X, W, BIAS = range(3)
MOST_DROP = 24


class Project(Op):
    name = "project"
    attributes = {"drop": Attribute("int")}
    signatures = (
        Signature(
            (Plain(("int8",), "input"), Plain(("int8",), "weights", constant=True), Plain(("int32",), constant=True)),
            (Plain(("int8",)),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, w, bias = (inst.x(i).shape for i in (X, W, BIAS))
        if len(x) != 2 or len(w) != 2 or w[1] != x[1] or bias != w[:1]:
            found = f"its input, weights and bias have shapes {x}, {w}, {bias}"
            return [f"{found}, expected (N, K), (O, K), (O,): make the model again"]
        if not 0 <= inst.attrs["drop"] <= MOST_DROP:
            return [f"drop is {inst.attrs['drop']}, expected 0 to {MOST_DROP}: make the model again"]
        return []

    def check(self, inst: Instance) -> list[str]:
        w, bias = inst.const(W), inst.const(BIAS)
        assert w is not None and bias is not None
        reach = np.abs(w.astype(np.int64)).sum(axis=1) * 128 + np.abs(bias.astype(np.int64))
        worst = int(reach.max()) + (1 << inst.attrs["drop"] >> 1)
        if worst < 2**31:
            return []
        return [f"a sum could reach {worst}, expected below 2^31: use smaller weights, bias or fan-in"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x(X).shape[0], inst.x(W).shape[0]), "int8"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = arrays
        assert x is not None and w is not None and bias is not None
        drop = inst.attrs["drop"]
        # float64 is exact here: every partial sum stays below 2^31.
        sums = (x.astype(np.float64) @ w.astype(np.float64).T).astype(np.int64) + bias
        return (np.clip((sums + (1 << drop >> 1)) >> drop, -128, 127).astype(np.int8),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        w, bias = inst.const(W), inst.const(BIAS)
        assert w is not None and bias is not None
        drop = inst.attrs["drop"]
        params: dict[str, Param] = {
            "bias": (bias.astype(np.int64) + (1 << drop >> 1)).astype(np.int32),
            "batches": inst.x(X).shape[0],
            "inputs": w.shape[1],
            "outputs": w.shape[0],
            "drop": drop,
        }
        if are_nibbles(w):
            kernel, params = "project4", {"w": packed(w), **params}
        else:
            kernel, params = "project", {"w": w, **params}
        return (Call(kernel, inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.x(X).shape[0] * inst.x(W).size

    def cases(self) -> Sequence[Case]:
        kinds = {"bytes": (127, (1, 2, 3)), "nibbles": (7, (1, 2, 3)), "row": (3, (1,))}
        return [Case(name, partial(draw_project, most=m, rows=n), "none") for name, (m, n) in kinds.items()]


def draw_project(rng: np.random.Generator, *, most: int, rows: Sequence[int]) -> Graph:
    """Shifts with which some sums saturate; odd and even rows, and rows of more than one block of sixteen."""
    n, o, k = int(rng.choice(rows)), int(rng.integers(1, 20)), int(rng.choice([1, 2, 3, 15, 16, 17, 33, 64]))
    w = rng.integers(-most - 1, most, (o, k), np.int8, endpoint=True)
    bias = rng.integers(-4000, 4000, o, np.int32)
    inputs = [
        Tensor("x", Type((n, k), "int8")),
        Tensor("w", Type((o, k), "int8"), w),
        Tensor("bias", Type((o,), "int32"), bias),
    ]
    drop = int(rng.integers(0, 3)) + int(np.ceil(np.log2(most * k**0.5)))
    return single("project", inputs, [Type((n, o), "int8")], {"drop": int(rng.choice([0, 1, drop]))})


OP = Project()
