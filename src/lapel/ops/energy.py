"""Energy of the bins of spectra: y = re² + im² from bin start to before bin end, and 0 in all others.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int16, int32 | [..., 2 · B]: the real part of each bin first | any; no part of the arithmetic |
| y | uint32, of int32 uint64 | [..., B] | none |

Attributes: start, end (int, 0 <= start <= end <= B). Source: TFLite Micro SignalEnergy, which has int16 alone and
leaves bins beside these as they were; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
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

MADE = {"int16": "uint32", "int32": "uint64"}
KERNELS = {"int16": "energy16", "int32": "energy32"}


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("energy", op.inputs, {"start": int(op.option("start_index")), "end": int(op.option("end_index"))})


def write_tflite(inst: Instance) -> TfliteNode | None:
    if len(inst.x().shape) != 1 or inst.x().dtype != "int16":
        return None
    return TfliteNode(inst.inputs, {"start_index": inst.attrs["start"], "end_index": inst.attrs["end"]})


class Energy(Op):
    name = "energy"
    tflite = (
        TfliteForm(
            custom_code("SignalEnergy"),
            None,
            range(1, 2),
            read_tflite,
            write_tflite,
            custom=("end_index", "start_index"),
        ),
    )

    attributes = {"start": Attribute("int"), "end": Attribute("int")}
    signatures = tuple(Signature((Plain((x,), "input"),), (Plain((y,)),)) for x, y in MADE.items())

    def check_shapes(self, inst: Instance) -> list[str]:
        shape, start, end = inst.x().shape, inst.attrs["start"], inst.attrs["end"]
        if not shape or shape[-1] % 2:
            return [f"input has shape {shape}, expected rows of bins, two numbers each: convert the model again"]
        if 0 <= start <= end <= shape[-1] // 2:
            return []
        return [f"bins {start} to {end}, expected some of the {shape[-1] // 2} of the input: convert the model again"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        shape = inst.x().shape
        return (((*shape[:-1], shape[-1] // 2), MADE[inst.x().dtype]),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        start, end = inst.attrs["start"], inst.attrs["end"]
        bins = np.abs(x.astype(np.int64)).astype(np.uint64).reshape(*x.shape[:-1], -1, 2)
        made: np.ndarray = np.zeros(bins.shape[:-1], DTYPES[inst.y().dtype])
        made[..., start:end] = (bins * bins).sum(axis=-1)[..., start:end]
        return (made,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params = {
            "rows": x.size // x.shape[-1],
            "bins": x.shape[-1] // 2,
            "start": inst.attrs["start"],
            "end": inst.attrs["end"],
        }
        return (Call(KERNELS[x.dtype], inst.node.outputs, inst.node.inputs, params, in_place=True),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        whole = partial(draw_energy, dtype="int16", rank=1, whole=True)
        some = {d: partial(draw_energy, dtype=d, rank=2, whole=False) for d in MADE}
        return [Case("whole", whole), *(Case(d, draw, "none") for d, draw in some.items())]


def draw_energy(rng: np.random.Generator, *, dtype: str, rank: int, whole: bool) -> Graph:
    """Every bin, or any part of them."""
    rows, bins = draw_shape(rng, rank - 1, 3), int(rng.choice([1, 2, 7, 8, 33, 65]))
    start, end = (0, bins) if whole else sorted(int(i) for i in rng.integers(0, bins + 1, 2))
    x = Tensor("x", Type((*rows, 2 * bins), dtype))
    return single("energy", [x], [Type((*rows, bins), MADE[dtype])], {"start": start, "end": end})


OP = Energy()
