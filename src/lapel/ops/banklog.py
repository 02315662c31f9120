"""Logarithms of a filter bank's channels, by a table of 128 segments of each octave.

    s = x · 2^correction_bits mod 2^32;   y = min(round(output_scale · ln s), 2^15 - 1), 0 for s < 2; in fixed point

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | uint32 | any | none |
| y | int16 | that of x | none |

Attributes: output_scale (int, from 0), correction_bits (int, 0 to 31).
Source: TFLite Micro SignalFilterBankLog; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature

SEGMENTS = 128
LN2 = 45426
"""ln 2 · 2^16."""
OPTIONS = {"correction_bits": "input_correction_bits", "output_scale": "output_scale"}


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("banklog", op.inputs, {a: int(op.option(o)) for a, o in OPTIONS.items()})


def write_tflite(inst: Instance) -> TfliteNode | None:
    options = {o: inst.attrs[a] for a, o in OPTIONS.items()}
    return TfliteNode(inst.inputs, options) if len(inst.x().shape) == 1 else None


class BankLog(Op):
    name = "banklog"
    tflite = (
        TfliteForm(
            custom_code("SignalFilterBankLog"),
            None,
            range(1, 2),
            read_tflite,
            write_tflite,
            custom=tuple(sorted(OPTIONS.values())),
        ),
    )

    attributes = {"output_scale": Attribute("int"), "correction_bits": Attribute("int", choices=tuple(range(32)))}
    signatures = (Signature((Plain(("uint32",), "input"),), (Plain(("int16",)),)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        scale = inst.attrs["output_scale"]
        return (
            [] if 0 <= scale < 2**31 else [f"output_scale is {scale}, expected 0 to 2^31 - 1: convert the model again"]
        )

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "int16"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        scaled = (x.astype(np.int64) << inst.attrs["correction_bits"]) & 0xFFFFFFFF
        log = natural_log(np.maximum(scaled, 1))
        y = ((log * inst.attrs["output_scale"] + (1 << 15)) & 0xFFFFFFFF) >> 16
        return (np.where(scaled > 1, np.minimum(y, 2**15 - 1), 0).astype(np.int16),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {"table": corrections().astype(np.uint16), "count": inst.x().size, **inst.attrs}
        return (Call("banklog", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [
            Case("channels", partial(draw_bank_log, rank=1)),
            Case("rows", partial(draw_bank_log, rank=3), "none"),
        ]


def corrections() -> np.ndarray:
    """int64 [129]: (log2(1 + i / 128) - i / 128) · 2^16, what a segment's ends are above the straight line."""
    part = np.arange(SEGMENTS + 1) / SEGMENTS
    return np.round((np.log2(1 + part) - part) * 65536).astype(np.int64)


def natural_log(x: np.ndarray) -> np.ndarray:
    """ln x · 2^16 of integers from 1, below 2^32: the octave, the place in it, and the table's correction between."""
    octave = np.floor(np.log2(x)).astype(np.int64)
    rest = x - (np.int64(1) << octave)
    part = np.where(octave < 16, rest << np.maximum(16 - octave, 0), rest >> np.maximum(octave - 16, 0))
    table, segment = corrections(), part >> 9
    low, high = table[segment], table[segment + 1]
    log2 = (octave << 16) + part + low + ((high - low) * (part & 511) >> 16)
    return np.asarray((LN2 * log2 + (1 << 15)) >> 16)


def draw_bank_log(rng: np.random.Generator, *, rank: int) -> Graph:
    """Scales of which some saturate and some wrap."""
    x = Tensor("x", Type(draw_shape(rng, rank, 9), "uint32"))
    attrs = {
        "output_scale": int(rng.choice([0, 1, 64, 700, 5000, 1 << 20])),
        "correction_bits": int(rng.choice([0, 3, 31])),
    }
    return single("banklog", [x], [Type(x.type.shape, "int16")], attrs)


OP = BankLog()
