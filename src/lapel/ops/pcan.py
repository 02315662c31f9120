"""Per-channel automatic gain (PCAN): a signal times a gain that falls with its noise, compressed.

    r = x · gain(noise) >> snr_shift mod 2^32;   y = r² mod 2^32 >> 20 for r < 2^13, else (r >> 6) - 64

The gain is a parabola in each octave of the noise: of an octave above the second `gains` has three numbers.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | uint32 | [..., C] | none |
| noise | uint32 | that of x | none |
| gains | int16 constant | [125 or more] | none |
| y | uint32 | that of x | none |

Attributes: snr_shift (int, 0 to 63). Source: Wang et al., Trainable Frontend For Robust and Far-Field Keyword
Spotting, 2017; TFLite Micro SignalPCAN; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import custom_code, single
from lapel.ir.signature import Plain, Signature
from lapel.runtime.source import define

X, NOISE, GAINS = range(3)
LENGTH = define("LAPEL_PCAN_GAINS")


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("pcan", op.inputs, {"snr_shift": int(op.option("snr_shift"))})


def write_tflite(inst: Instance) -> TfliteNode | None:
    return TfliteNode(inst.inputs, dict(inst.attrs)) if len(inst.x().shape) == 1 else None


class Pcan(Op):
    name = "pcan"
    tflite = (
        TfliteForm(custom_code("SignalPCAN"), None, range(1, 2), read_tflite, write_tflite, custom=("snr_shift",)),
    )

    attributes = {"snr_shift": Attribute("int", choices=tuple(range(64)))}
    signatures = (
        Signature(
            (Plain(("uint32",), "input"), Plain(("uint32",), "noise"), Plain(("int16",), "gains", constant=True)),
            (Plain(("uint32",)),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, noise, gains = (inst.x(i).shape for i in range(3))
        if x != noise:
            return [f"shapes of input and noise are {x} and {noise}, expected the same: convert the model again"]
        if len(gains) != 1 or gains[0] < LENGTH:
            return [f"gains have shape {gains}, expected one axis of {LENGTH} or more: convert the model again"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "uint32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, noise, gains = arrays
        assert x is not None and noise is not None and gains is not None
        gain = gain_of(noise, gains).astype(np.uint32)
        r = (x.astype(np.uint64) * gain >> np.uint64(inst.attrs["snr_shift"])).astype(np.uint32)
        return (np.where(r < 1 << 13, r * r >> np.uint32(20), (r >> np.uint32(6)) - np.uint32(64)),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        gains = inst.const(GAINS)
        assert gains is not None
        params = {"gains": gains[:LENGTH], "count": inst.x().size, "snr_shift": inst.attrs["snr_shift"]}
        return (Call("pcan", inst.node.outputs, inst.node.inputs[:GAINS], params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (X, NOISE)

    def cases(self) -> Sequence[Case]:
        return [
            Case("gains", partial(draw_pcan, rows=())),
            Case("rows", partial(draw_pcan, rows=(2, 3)), "none"),
        ]


def gain_of(noise: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """int16: the parabola of the noise's octave, a number for 0 to 2 each."""
    n = noise.astype(np.int64)
    octave = np.maximum(np.floor(np.log2(np.maximum(n, 1))).astype(np.int64) + 1, 2)
    table = gains.astype(np.int64)
    at = 4 * octave - 6
    part = np.where(octave < 11, n << np.maximum(11 - octave, 0), n >> np.maximum(octave - 11, 0)) & 1023
    slope = (table[at + 2] * part >> 5) + (table[at + 1] << 5)
    curve = table[at] + ((slope * part + (1 << 14)) >> 15)
    return np.where(n <= 2, table[np.minimum(n, 2)], curve).astype(np.int16)


def draw_pcan(rng: np.random.Generator, *, rows: tuple[int, ...]) -> Graph:
    """Gains of a falling curve, or any."""
    x = Tensor("x", Type((*rows, int(rng.integers(1, 12))), "uint32"))
    noise = Tensor("noise", x.type)
    values = rng.integers(-(2**15), 2**15, LENGTH + int(rng.integers(0, 3)))
    if rng.random() < 0.7:
        values = np.sort(rng.integers(0, 2**15, len(values)))[::-1] // rng.choice([1, 8, 200])
    gains = Tensor("gains", Type(values.shape, "int16"), values.astype(np.int16))
    return single("pcan", [x, noise, gains], [x.type], {"snr_shift": int(rng.choice([0, 6, 20, 31, 40, 63]))})


OP = Pcan()
