"""Bonsai's scores: a shallow tree whose nodes on one path all add to the scores of the classes.

    k[0] = 0;   k[i + 1] = 2 k[i] + 1 + (branch[k[i]] · x + bias[k[i]] > 0)
    y[l] = sum over k of (w[k][l] · x) * tanh'(v[k][l] · x) >> 7 + scale,   tanh'(a) = clip(a >> drop, -128, 127)

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [N, D] | any; no part of the arithmetic |
| w | int8 constant | [K, L, D], K = 2^(depth + 1) - 1 nodes, by levels | any; no part of the arithmetic |
| v | int8 constant | as w | any; no part of the arithmetic |
| branch | int8 constant | [I, D], I = 2^depth - 1 inner nodes, depth from 1 | any; no part of the arithmetic |
| bias | int32 constant | [I] | none |
| y | int16 | [N, L] | any; no part of the arithmetic |

Attributes: drop (int, 0..24), scale (int, 0..16). A hard tanh in place of tanh, of which 128 is 1. A node whose sums
could leave 31 bits, or whose scores 15, is refused. Source: Kumar, Goyal, Varma: Resource-efficient Machine Learning in
2 KB RAM for the Internet of Things, ICML 2017; the projection before it is a node of its own (project). docs/SPEC.md,
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

X, W, V, BRANCH, BIAS = range(5)
MOST_DROP, MOST_SCALE = 24, 16
PRODUCT_BITS = 7
"""Of the hard tanh."""
INT8 = Plain(("int8",), constant=True)


class Bonsai(Op):
    name = "bonsai"
    attributes = {"drop": Attribute("int"), "scale": Attribute("int")}
    signatures = (
        Signature(
            (Plain(("int8",), "input"), INT8, INT8, INT8, Plain(("int32",), constant=True)), (Plain(("int16",)),)
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, w, v, branch, bias = (inst.x(i).shape for i in range(5))
        if len(x) != 2 or len(w) != 3 or v != w or w[2] != x[1] or branch != (w[0] // 2, x[1]) or bias != branch[:1]:
            found = f"its input, w, v, branch and bias have shapes {x}, {w}, {v}, {branch}, {bias}"
            return [f"{found}, expected (N, D), (K, L, D) twice, (K // 2, D), (K // 2,): make the model again"]
        if w[0] < 3 or w[0] & (w[0] + 1):
            return [f"it has {w[0]} nodes, expected 3, 7, 15 or more: make the model again"]
        bounds = {"drop": MOST_DROP, "scale": MOST_SCALE}
        return [
            f"{name} is {inst.attrs[name]}, expected 0 to {most}: make the model again"
            for name, most in bounds.items()
            if not 0 <= inst.attrs[name] <= most
        ]

    def check(self, inst: Instance) -> list[str]:
        w, v, branch, bias = (_constant(inst, i).astype(np.int64) for i in range(W, BIAS + 1))
        sums = 128 * np.abs(w).sum(axis=2)
        branches = 128 * np.abs(branch).sum(axis=1) + np.abs(bias)
        most = max(128 * int(sums.max()), 128 * int(np.abs(v).sum(axis=2).max()), int(branches.max()))
        path, scale = np.zeros(w.shape[1], np.int64), PRODUCT_BITS + inst.attrs["scale"]
        first = 0
        while first < len(w):  # of each level the greatest, though no path may have them all
            count = first + 1
            path += ((128 * sums[first : first + count].max(axis=0)) >> scale) + 1
            first += count
        found = {"a sum": (most, 31), "a score": (int(path.max()), 15)}
        return [
            f"{what} could reach {value}, expected below 2^{bits}: use smaller weights, or a greater scale"
            for what, (value, bits) in found.items()
            if value >= 2**bits
        ]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x(X).shape[0], inst.x(W).shape[1]), "int16"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, v, branch, bias = arrays
        assert x is not None and w is not None and v is not None and branch is not None and bias is not None
        z, scale = x.astype(np.int64), PRODUCT_BITS + inst.attrs["scale"]
        y, at = np.zeros((len(x), w.shape[1]), np.int64), np.zeros(len(x), np.int64)
        while True:
            sums = np.einsum("nld,nd->nl", w[at].astype(np.int64), z)
            bends = np.einsum("nld,nd->nl", v[at].astype(np.int64), z)
            y += (sums * np.clip(bends >> inst.attrs["drop"], -128, 127)) >> scale
            if at[0] >= len(branch):  # all samples are on one level
                return (y.astype(np.int16),)
            right = (branch[at].astype(np.int64) * z).sum(axis=1) + bias[at] > 0
            at = 2 * at + 1 + right

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        w, v, branch, bias = (_constant(inst, i) for i in range(W, BIAS + 1))
        pairs = np.stack([w, v], axis=2)  # [K, L, 2, D]
        narrow = are_nibbles(pairs) and are_nibbles(branch)
        params: dict[str, Param] = {
            "w": packed(pairs) if narrow else pairs,
            "branch": packed(branch) if narrow else branch,
            "bias": bias,
            "batches": inst.x(X).shape[0],
            "dims": w.shape[2],
            "classes": w.shape[1],
            "inner": len(branch),
            "drop": inst.attrs["drop"],
            "scale": PRODUCT_BITS + inst.attrs["scale"],
        }
        return (Call("bonsai4" if narrow else "bonsai", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        n, d = inst.x(X).shape
        nodes, classes, _ = inst.x(W).shape
        levels = (nodes + 1).bit_length() - 1
        return n * d * (levels * 2 * classes + levels - 1)

    def cases(self) -> Sequence[Case]:
        kinds = {"bytes": (127, (1, 2, 3)), "nibbles": (7, (1, 2, 3)), "row": (7, (1,))}
        return [Case(name, partial(draw_bonsai, most=m, rows=n), "none") for name, (m, n) in kinds.items()]


def _constant(inst: Instance, i: int) -> np.ndarray:
    found = inst.const(i)
    assert found is not None
    return found


def draw_bonsai(rng: np.random.Generator, *, most: int, rows: Sequence[int]) -> Graph:
    """Trees of one to three levels of branches, whose tanh saturates for some."""
    n, depth, classes = int(rng.choice(rows)), int(rng.integers(1, 4)), int(rng.integers(1, 5))
    d = int(rng.choice([1, 2, 3, 8, 15]))
    k = 2 ** (depth + 1) - 1
    constants = {
        "w": rng.integers(-most - 1, most, (k, classes, d), np.int8, endpoint=True),
        "v": rng.integers(-most - 1, most, (k, classes, d), np.int8, endpoint=True),
        "branch": rng.integers(-most - 1, most, (k // 2, d), np.int8, endpoint=True),
        "bias": rng.integers(-3000, 3000, k // 2, np.int32),
    }
    inputs = [Tensor(name, Type(c.shape, str(c.dtype)), c) for name, c in constants.items()]
    x = Tensor("x", Type((n, d), "int8"))
    reach = (depth + 1) * 128 * (most + 1) * d
    scale = max(0, int(np.ceil(np.log2(reach + depth + 1))) - 15 + int(rng.integers(0, 2)))
    drop = int(rng.integers(0, 1 + int(np.log2(most * d))))
    return single("bonsai", [x, *inputs], [Type((n, classes), "int16")], {"drop": drop, "scale": scale})


OP = Bonsai()
