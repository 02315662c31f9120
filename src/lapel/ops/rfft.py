"""Spectra of rows of real samples by a Fourier transform in fixed point, divided by half its length.

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

from lapel.families.draw import draw_shape
from lapel.families.fourier import LENGTHS, sines, transform
from lapel.ir import DTYPES, Call, Case, Graph, Instance, Op, Type
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

BITS = {"int16": 16, "int32": 32}
KERNELS = {"int16": "rfft16", "int32": "rfft32"}


class Rfft(Op):
    name = "rfft"

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
