"""ProtoNN's scores: radial basis functions round prototypes, each of one class.

    d[n][j] = sum_k (x[n][k] - 2^fine * b[j][k])^2;   v[n][j] = (d[n][j] >> (fine + 1)) + offset[j]
    y[n][l] = sum over the prototypes j of class l of table[min(v[n][j] >> drop, T - 1)]
              + (1 if the least v[n][j], the first one of equals, is of class l)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [N, D] | any; no part of the arithmetic |
| b | int8 constant: prototypes, class by class | [M, D] | any; no part of the arithmetic |
| offset | int32 constant, >= 0: what a prototype is farther than it is | [M] | none |
| counts | uint8 constant: how many prototypes a class has | [L], M in all | none |
| table | uint8 constant | [T], T from 1 to 256 | none |
| y | int16 | [N, L] | any; no part of the arithmetic |

Attributes: fine (int, 0..7), drop (int, 0..30). A weight exp(-w) of a prototype is w on its offset, so there is no
matrix of labels; where no entry of the table counts any more, the nearest prototype decides. A node whose distances
could leave 31 bits, or whose sums 15, is refused. Source: Gupta et al., ProtoNN: Compressed and Accurate kNN for
Resource-scarce Devices, ICML 2017; the projection before it is a node of its own (project). docs/SPEC.md,
classical models.
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

X, PROTOTYPES, OFFSET, COUNTS, TABLE = range(5)
NAMES = ("prototypes", "offset", "counts", "table")
MOST_FINE, MOST_DROP, MOST_ENTRIES = 7, 30, 256


class ProtoNN(Op):
    name = "protonn"
    attributes = {"fine": Attribute("int", choices=tuple(range(MOST_FINE + 1))), "drop": Attribute("int")}
    signatures = (
        Signature(
            (
                Plain(("int8",), "input"),
                *(
                    Plain((d,), n, constant=True)
                    for n, d in zip(NAMES, ("int8", "int32", "uint8", "uint8"), strict=True)
                ),
            ),
            (Plain(("int16",)),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, b, offset, counts, table = (inst.x(i).shape for i in range(5))
        if len(x) != 2 or len(b) != 2 or b[1] != x[1] or offset != b[:1] or len(counts) != 1:
            found = f"its input, prototypes, offset and counts have shapes {x}, {b}, {offset}, {counts}"
            return [f"{found}, expected (N, D), (M, D), (M,), (L,): make the model again"]
        if len(table) != 1 or not 1 <= table[0] <= MOST_ENTRIES:
            return [f"its table has shape {table}, expected 1 to {MOST_ENTRIES} entries: make the model again"]
        if not 0 <= inst.attrs["drop"] <= MOST_DROP:
            return [f"drop is {inst.attrs['drop']}, expected 0 to {MOST_DROP}: make the model again"]
        return []

    def check(self, inst: Instance) -> list[str]:
        b, offset, counts, table = _constants(inst)
        if int(counts.sum()) != len(b) or offset.min() < 0:
            found = f"counts are of {counts.sum()} prototypes, the least offset is {offset.min()}"
            return [f"{found}, expected {len(b)}, and 0 or more: make the model again"]
        bounds = {
            "a squared distance": (int(farthest(b, inst.attrs["fine"]).max()) + int(offset.max()), 31),
            "a score": (int(counts.max()) * int(table.max()) + 1, 15),
        }
        return [
            f"{what} could reach {value}, expected below 2^{bits}: use smaller prototypes, or fewer"
            for what, (value, bits) in bounds.items()
            if value >= 2**bits
        ]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x(X).shape[0], inst.x(COUNTS).shape[0]), "int16"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, b, offset, counts, table = arrays
        assert x is not None and b is not None and offset is not None and counts is not None and table is not None
        z, scaled = x.astype(np.int64), b.astype(np.int64) << inst.attrs["fine"]
        # float64 is exact here: sums of products stay below 2^31.
        products = (z.astype(np.float64) @ scaled.astype(np.float64).T).astype(np.int64)
        distances = (z**2).sum(axis=1)[:, None] + (scaled**2).sum(axis=1) - 2 * products
        v = (distances >> (inst.attrs["fine"] + 1)) + offset
        owner = np.repeat(np.arange(len(counts)), counts)
        of_class = owner[:, None] == np.arange(len(counts))
        y = table[np.minimum(v >> inst.attrs["drop"], len(table) - 1)].astype(np.int64) @ of_class
        y[np.arange(len(y)), owner[v.argmin(axis=1)]] += 1
        return (y.astype(np.int16),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        b, offset, counts, table = _constants(inst)
        fine = inst.attrs["fine"]
        params: dict[str, Param] = {
            "counts": counts,
            "table": table,
            "batches": inst.x(X).shape[0],
            "dims": b.shape[1],
            "classes": len(counts),
            "last": len(table) - 1,
            "halve": fine + 1,
            "drop": inst.attrs["drop"],
        }
        norm = ((b.astype(np.int64) ** 2).sum(axis=1) << fine >> 1) + offset
        if are_nibbles(b) and fine >= 1 and norm.max() < 2**15:
            kernel, own = "protonn4", {"w": packed(b), "norm": norm.astype(np.int16)}
        else:
            kernel, own = "protonn", {"w": b, "offset": offset}
        return (Call(kernel, inst.node.outputs, inst.node.inputs[:1], {**own, **params}),)

    def within(self, inst: Instance, flash_bytes: int) -> str:
        (call,) = self.lower(inst)
        count = len(_constants(inst)[0])
        each = sum(v.nbytes for v in call.params.values() if isinstance(v, np.ndarray)) // count
        fit = flash_bytes // each
        return f"{fit} of its {count} prototypes" if 0 < fit < count else ""

    def macs(self, inst: Instance) -> int:
        return inst.x(X).shape[0] * inst.x(PROTOTYPES).size

    def cases(self) -> Sequence[Case]:
        kinds = {"bytes": (127, 0), "apart": (60, 3), "nibbles": (7, 3), "coarse": (7, 0)}
        found = [Case(name, partial(draw_protonn, most=m, fine=f), "none") for name, (m, f) in kinds.items()]
        return [*found, Case("row", partial(draw_protonn, most=7, fine=3, rows=(1,)), "none")]


def farthest(b: np.ndarray, fine: int) -> np.ndarray:
    """int64 [M]: bounds of the squared distances of prototypes [M, D] and int8 values."""
    return np.asarray(((128 + (np.abs(b.astype(np.int64)) << fine)) ** 2).sum(axis=1))


def _constants(inst: Instance) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(prototypes, offset, counts, table)."""
    b, offset, counts, table = (inst.const(i) for i in range(PROTOTYPES, TABLE + 1))
    assert b is not None and offset is not None and counts is not None and table is not None
    return b, offset, counts, table


def draw_protonn(rng: np.random.Generator, *, most: int, fine: int, rows: Sequence[int] = (1, 2, 3)) -> Graph:
    """Distances of which some lie beyond the table; classes without a prototype; odd and even dimensions."""
    n, d = int(rng.choice(rows)), int(rng.choice([1, 2, 3, 8, 15, 20]))
    counts = rng.integers(0, 5, int(rng.integers(1, 6)), np.uint8)
    counts[0] += counts.sum() == 0
    m, entries = int(counts.sum()), int(rng.choice([1, 2, 64, 256]))
    b = rng.integers(-most - 1, most, (m, d), np.int8, endpoint=True)
    far = 2 * d * (74**2 + (most << fine) ** 2 / 3) / 2 ** (fine + 1)
    drop = int(np.clip(np.log2(far / entries) + rng.integers(-2, 2), 0, MOST_DROP))
    constants = {
        "prototypes": b,
        "offset": rng.integers(0, 200, m, np.int32),
        "counts": counts,
        "table": rng.integers(0, 255, entries, np.uint8, endpoint=True),
    }
    inputs = [Tensor(name, Type(v.shape, str(v.dtype)), v) for name, v in constants.items()]
    x = Tensor("x", Type((n, d), "int8"))
    return single("protonn", [x, *inputs], [Type((n, len(counts)), "int16")], {"fine": fine, "drop": drop})


OP = ProtoNN()
