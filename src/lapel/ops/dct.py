"""Rows of 32 bits by a matrix to int8: y = trunc((w · x + bias) / 2^drop). So logarithms become cepstral coefficients.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int32 | [L…, B] | none |
| w | int16 constant | [K, B]: rows of a discrete cosine transform, each with the scale of y | none |
| bias | int64 constant | [K], |bias| < 2^61: y's zero point · 2^drop, and what rounding asks for | none |
| y | int8 | [L…, K], saturated | any; no part of the arithmetic |

Attributes: drop (1..62). Rounded towards zero, as a conversion of floats to integers does.
Source: Davis and Mermelstein, IEEE Trans. ASSP 28 (1980) 357; docs/SPEC.md §11.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Op, Tensor, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

X, W, BIAS = range(3)
MOST_INPUTS = 1 << 14
"""Sums of that many products of 47 bits are below 2^61."""


class Dct(Op):
    name = "dct"
    attributes = {"drop": Attribute("int", choices=tuple(range(1, 63)))}
    signatures = (
        Signature(
            (
                Plain(("int32",), "input", unscaled=True),
                Plain(("int16",), "rows", constant=True, unscaled=True),
                Plain(("int64",), "bias", constant=True, unscaled=True),
            ),
            (Plain(("int8",)),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, w, bias = (inst.x(i).shape for i in (X, W, BIAS))
        if not x or len(w) != 2 or x[-1] != w[1] or bias != w[:1]:
            found = f"input is {list(x)}, rows {list(w)}, bias {list(bias)}"
            return [f"{found}, expected [… B], [K, B] and [K]: compute the rows for that input"]
        if w[1] > MOST_INPUTS:
            return [f"rows have {w[1]} elements, expected at most {MOST_INPUTS}, whose sums have 62 bits: split them"]
        return []

    def check(self, inst: Instance) -> list[str]:
        bias = inst.const(BIAS)
        assert bias is not None
        most = max(abs(int(b)) for b in bias)
        return [] if most < 1 << 61 else [f"bias reaches {most}, expected below 2^61: make drop less"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x(X).shape[:-1], inst.x(W).shape[0]), "int8"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w, bias = arrays
        assert x is not None and w is not None and bias is not None
        sums = x.astype(np.int64) @ w.astype(np.int64).T + bias
        kept = np.abs(sums) >> inst.attrs["drop"]
        return (np.clip(np.where(sums < 0, -kept, kept), -128, 127).astype(np.int8),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        w, bias = inst.const(W), inst.const(BIAS)
        assert w is not None and bias is not None
        params = {
            "rows": w,
            "bias": bias,
            "frames": inst.x(X).size // inst.x(X).shape[-1],
            "inputs": w.shape[1],
            "outputs": w.shape[0],
            "drop": inst.attrs["drop"],
        }
        return (Call("dct", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        return inst.x(X).size * inst.x(W).shape[0]

    def cases(self) -> Sequence[Case]:
        return [Case("rows", draw_dct)]


def draw_dct(rng: np.random.Generator) -> Graph:
    """A few rows; some outputs saturate."""
    inputs, outputs = (int(n) for n in rng.integers(1, (10, 6)))
    lead = draw_shape(rng, int(rng.integers(0, 3)), 3)
    drop = int(rng.integers(36, 44))
    bias = rng.integers(-200 << drop, 200 << drop, outputs)
    tensors = [
        Tensor("x", Type((*lead, inputs), "int32")),
        Tensor("w", Type((outputs, inputs), "int16"), rng.integers(-32768, 32768, (outputs, inputs), np.int16)),
        Tensor("bias", Type((outputs,), "int64"), bias),
    ]
    return single("dct", tensors, [Type((*lead, outputs), "int8")], {"drop": drop})


OP = Dct()
