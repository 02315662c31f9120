"""Square roots of a filter bank's energies, and the shift that makes up for how a frame was scaled before its FFT.

    y[c] = round(√x[c]) >> bits,   at most 2^16 - 1 before the shift where x[c] < 2^32, and at most 2^32 - 1

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | uint64 | [..., C] | none |
| bits | int32 | that of x without its last axis | none |
| y | uint32 | that of x | none |

Attributes: none. 0 where bits are not 0 to 31, which C leaves undefined.
Source: TFLite Micro SignalFilterBankSquareRoot; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

X, BITS = range(2)
MOST_NARROW, MOST_WIDE = (1 << 16) - 1, (1 << 32) - 1


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("bankroot", op.inputs)


def write_tflite(inst: Instance) -> TfliteNode | None:
    return TfliteNode(inst.inputs) if len(inst.x().shape) == 1 else None


class BankRoot(Op):
    name = "bankroot"
    tflite = (
        TfliteForm(custom_code("SignalFilterBankSquareRoot"), None, range(1, 2), read_tflite, write_tflite, custom=()),
    )

    signatures = (Signature((Plain(("uint64",), "input"), Plain(("int32",), "bits")), (Plain(("uint32",)),)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        x, bits = inst.x(X).shape, inst.x(BITS).shape
        if x and bits == x[:-1]:
            return []
        return [f"shapes are {x} and {bits}, expected that of the input without its last axis: convert the model again"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "uint32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, bits = arrays
        assert x is not None and bits is not None
        shift = bits[..., None].astype(np.int64)
        y = np.where((shift < 0) | (shift > 31), 0, rounded_root(x) >> np.clip(shift, 0, 31))
        return (y.astype(np.uint32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {"rows": inst.x(BITS).size, "channels": inst.x().shape[-1]}
        return (Call("bankroot", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [
            Case("bits", partial(draw_bank_root, rows=(), computed=False)),
            Case("rows", partial(draw_bank_root, rows=(3,), computed=False), "none"),
            Case("any_bits", partial(draw_bank_root, rows=(2, 2), computed=True), "none"),
        ]


def rounded_root(x: np.ndarray) -> np.ndarray:
    """int64: the integer nearest to √x, for uint64; of x below 2^32 no more than 2^16 - 1, of others than 2^32 - 1.

    A double's root is off by one where x has more than 53 bits; the products tell.
    """
    root = np.sqrt(x.astype(np.float64)).astype(np.uint64)
    root = np.minimum(root, np.uint64(MOST_WIDE))
    root -= root * root > x
    root += (root < MOST_WIDE) & ((root + 1) * (root + 1) <= x)
    most = np.where(x <= MOST_WIDE, MOST_NARROW, MOST_WIDE).astype(np.uint64)
    return np.minimum(root + (x - root * root > root), most).astype(np.int64)


def draw_bank_root(rng: np.random.Generator, *, rows: tuple[int, ...], computed: bool) -> Graph:
    """Shifts that C defines, or any that a caller gives."""
    x = Tensor("x", Type((*rows, int(rng.integers(1, 12))), "uint64"))
    most = int(rng.choice([1, 8, 32]))
    data = None if computed else rng.integers(0, most, rows).astype(np.int32)
    bits = Tensor("bits", Type(rows, "int32"), data)
    return single("bankroot", [x, bits], [Type(x.type.shape, "uint32")], {})


OP = BankRoot()
