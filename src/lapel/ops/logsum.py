"""The logarithm of a sum of exponentials, value after value: y[n] = (((x[n][0] (+) x[n][1]) (+) x[n][2]) …).

    a (+) b = min(max(a, b) + table[min((max(a, b) - min(a, b)) >> drop, T - 1)], 2^31 - 1)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int32 | [N, C] | any; no part of the arithmetic |
| table | uint16 constant | [T], T from 1 to 256 | none |
| y | int32 | [N, 1] | any; no part of the arithmetic |

Attributes: drop (int, 0..30). With table[i] the ln(1 + e^-t) of a difference t, y is that logarithm in the unit of x.
docs/SPEC.md, classical models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

X, TABLE = range(2)
MOST_DROP, MOST_ENTRIES = 30, 256


class LogSum(Op):
    name = "logsum"
    attributes = {"drop": Attribute("int")}
    signatures = (
        Signature((Plain(("int32",), "input"), Plain(("uint16",), "table", constant=True)), (Plain(("int32",)),)),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, table = (inst.x(i).shape for i in (X, TABLE))
        if len(x) != 2 or len(table) != 1 or not 1 <= table[0] <= MOST_ENTRIES:
            found = f"its input and table have shapes {x}, {table}"
            return [f"{found}, expected (N, C), and 1 to {MOST_ENTRIES} entries: make the model again"]
        if not 0 <= inst.attrs["drop"] <= MOST_DROP:
            return [f"drop is {inst.attrs['drop']}, expected 0 to {MOST_DROP}: make the model again"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x(X).shape[0], 1), "int32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, table = arrays
        assert x is not None and table is not None
        wide = x.astype(np.int64)
        y = wide[:, 0]
        for b in wide.T[1:]:
            high = np.maximum(y, b)
            at = np.minimum((high - np.minimum(y, b)) >> inst.attrs["drop"], len(table) - 1)
            y = np.minimum(high + table[at], 2**31 - 1)
        return (y.astype(np.int32)[:, None],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        table = inst.const(TABLE)
        assert table is not None
        n, c = inst.x(X).shape
        params = {"table": table, "batches": n, "inputs": c, "last": len(table) - 1, "drop": inst.attrs["drop"]}
        return (Call("logsum", inst.node.outputs, inst.node.inputs[:1], params),)

    def cases(self) -> Sequence[Case]:
        return [Case("values", draw_logsum, "none")]


def draw_logsum(rng: np.random.Generator) -> Graph:
    """Differences within the table, beyond it, and beyond 31 bits."""
    n, c, entries = int(rng.integers(1, 4)), int(rng.integers(1, 6)), int(rng.choice([1, 2, 64, 256]))
    table = rng.integers(0, 2**16, entries).astype(np.uint16)
    inputs = [Tensor("x", Type((n, c), "int32")), Tensor("table", Type((entries,), "uint16"), table)]
    return single("logsum", inputs, [Type((n, 1), "int32")], {"drop": int(rng.choice([0, 12, 24, 30]))})


OP = LogSum()
