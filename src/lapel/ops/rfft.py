"""Spectra of rows of real samples by a Fourier transform in fixed point, divided by its length.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16, int32 | [..., L], L at most fft_length; zeros behind it | any; no part of the arithmetic |
| y | as x | [..., fft_length + 2]: bins 0 to fft_length / 2, the real part of each first | any |

Attributes: fft_length (64 128 256 512 1024 2048). Sums that are beyond the dtype wrap. Source: TFLite Micro SignalRfft,
which is kissfft with FIXED_POINT of 16 and 32; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.fourier import LENGTHS, sines, transform
from lapel.ir import (
    DTYPES,
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Op,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

BITS = {"int16": 16, "int32": 32}
KERNELS = {"int16": "rfft16", "int32": "rfft32"}
CODES = {"int16": 7, "int32": 2}
"""Of TensorType, as the operator of a .tflite file has it for its own use."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    dtypes = {code: dtype for dtype, code in CODES.items()}
    found, x = dtypes.get(int(op.option("T")), f"type {int(op.option('T'))}"), op.inputs[0] if op.inputs else None
    if x is not None and x.type.dtype != found:
        raise UnsupportedNode(f"its option T says {found}, its input is {x.type.dtype}: convert the model again")
    return NodeSpec("rfft", op.inputs, {"fft_length": int(op.option("fft_length"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"T": CODES[inst.x().dtype], "fft_length": inst.attrs["fft_length"]})


class Rfft(Op):
    name = "rfft"
    tflite = (
        TfliteForm(custom_code("SignalRfft"), None, range(1, 2), read_tflite, write_tflite, custom=("T", "fft_length")),
    )

    attributes = {"fft_length": Attribute("int", choices=LENGTHS)}
    signatures = tuple(Signature((Plain((d,), "input"),), (Plain((d,)),)) for d in BITS)

    def check_shapes(self, inst: Instance) -> list[str]:
        shape, most = inst.x().shape, inst.attrs["fft_length"]
        if shape and shape[-1] <= most:
            return []
        return [f"input has shape {shape}, expected rows of at most {most} samples, fft_length: cut them into frames"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x().shape[:-1], inst.attrs["fft_length"] + 2), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        dtype, shape = inst.x().dtype, inst.y().shape
        made = transform(x.reshape(-1, x.shape[-1]).astype(np.int64), inst.attrs["fft_length"], BITS[dtype])
        return (made.astype(DTYPES[dtype]).reshape(shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, length = inst.x(), inst.attrs["fft_length"]
        params = {
            "sines": sines(length, BITS[x.dtype]).astype(DTYPES[x.dtype]),
            "rows": x.size // x.shape[-1],
            "length": x.shape[-1],
            "fft_length": length,
        }
        return (Call(KERNELS[x.dtype], inst.node.outputs, inst.node.inputs, params, in_place=True),)

    def cases(self) -> Sequence[Case]:
        sizes = {"short": LENGTHS[:2], "medium": LENGTHS[2:4], "long": LENGTHS[4:]}
        return [Case(f"{d}_{name}", partial(draw_rfft, dtype=d, lengths=n)) for d in BITS for name, n in sizes.items()]


def draw_rfft(rng: np.random.Generator, *, dtype: str, lengths: tuple[int, ...]) -> Graph:
    """A few rows of one of these lengths, whole or with zeros behind."""
    length = int(rng.choice(lengths))
    samples = length if rng.random() < 0.3 else int(rng.integers(1, length + 1))
    rows = draw_shape(rng, int(rng.integers(0, 3)), 2) if length <= LENGTHS[1] else ()
    x = Tensor("x", Type((*rows, samples), dtype))
    return single("rfft", [x], [Type((*rows, length + 2), dtype)], {"fft_length": length})


OP = Rfft()
