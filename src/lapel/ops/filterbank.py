"""Filter bank: energies of bins summed with weights to channels, where each bin belongs to two neighbouring channels.

    y[c] = Σ unweights[j] · x[bin of j] over band c + Σ weights[j] · x[bin of j] over band c + 1, modulo 2^64

Band i has `widths[i]` bins from `starts[i]` on, whose weights begin at `weight_starts[i]`.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | uint32 | [..., N] | none |
| weights | int16 constant, from 0 | [W]: the rising side of a channel | none |
| unweights | int16 constant, from 0 | [W]: the falling side of the channel before | none |
| starts | int16 constant | [C + 1]: first bin of a band | none |
| weight_starts | int16 constant | [C + 1] | none |
| widths | int16 constant | [C + 1] | none |
| y | uint64 | [..., C] | none |

Attributes: none. Source: TFLite Micro SignalFilterBank; docs/SPEC.md §10.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import Param, custom_code, single
from lapel.ir.signature import Plain, Signature

X, WEIGHTS, UNWEIGHTS, STARTS, WEIGHT_STARTS, WIDTHS = range(6)
NAMES = ("input", "weights", "unweights", "starts", "weight starts", "widths")


def read_tflite(op: TfliteOperator) -> NodeSpec:
    bands = op.const(STARTS).size
    if op.option("num_channels") != bands - 1:
        found = f"has {int(op.option('num_channels'))} channels and {bands} bands"
        raise UnsupportedNode(f"{found}, expected a band more than channels: convert the model again")
    return NodeSpec("filterbank", op.inputs)


def write_tflite(inst: Instance) -> TfliteNode | None:
    if len(inst.x().shape) != 1:
        return None
    return TfliteNode(inst.inputs, {"num_channels": inst.y().size})


class FilterBank(Op):
    name = "filterbank"
    tflite = (
        TfliteForm(
            custom_code("SignalFilterBank"), None, range(1, 2), read_tflite, write_tflite, custom=("num_channels",)
        ),
    )

    signatures = (
        Signature(
            (Plain(("uint32",), NAMES[X]), *(Plain(("int16",), name, constant=True) for name in NAMES[1:])),
            (Plain(("uint64",)),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        if not inst.x().shape:
            return ["input has no axis, expected one of bins at least: convert the model again"]
        for i in (UNWEIGHTS, STARTS, WEIGHT_STARTS, WIDTHS):
            like = WEIGHTS if i == UNWEIGHTS else STARTS
            shape, expected = inst.x(i).shape, inst.x(like).shape
            if len(expected) != 1 or shape != expected or (like == STARTS and expected[0] < 2):
                found = f"{NAMES[i]} have shape {shape}, {NAMES[like]} {expected}"
                return [f"{found}, expected one axis of the same length, of bands at least 2: convert the model again"]
        return _band_problems(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((*inst.x().shape[:-1], inst.x(STARTS).size - 1), "uint64"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x = arrays[X]
        assert x is not None
        sides = [np.zeros((*x.shape[:-1], inst.x(STARTS).size), np.uint64) for _ in range(2)]
        for i, (first, at, width) in enumerate(_bands(inst)):
            bins = x[..., first : first + width].astype(np.uint64)
            for side, k in zip(sides, (WEIGHTS, UNWEIGHTS), strict=True):
                side[..., i] = (bins * _constant(inst, k)[at : at + width].astype(np.uint64)).sum(axis=-1)
        rising, falling = sides
        return (falling[..., :-1] + rising[..., 1:],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        pairs = np.stack([_constant(inst, WEIGHTS), _constant(inst, UNWEIGHTS)], axis=1).astype(np.uint16)
        starts, widths, used = [], [], []
        for first, at, width in _bands(inst):
            part = pairs[at : at + width]
            some = np.flatnonzero(part.any(axis=1))  # the rest is there for the alignment of another kernel
            low, high = (int(some[0]), int(some[-1]) + 1) if len(some) else (0, 0)
            starts.append(first + low)
            widths.append(high - low)
            used.append(part[low:high])
        table = np.concatenate([*used, np.zeros((0, 2), np.uint16)])
        params: dict[str, Param] = {
            "starts": np.array(starts, np.uint16),
            "widths": np.array(widths, np.uint16),
            "rows": inst.x().size // inst.x().shape[-1],
            "bins": inst.x().shape[-1],
            "channels": inst.y().shape[-1],
        }
        wholes = np.unique(table.astype(np.int64).sum(axis=1))
        if len(wholes) == 1:
            params |= {"weights": table[:, 0].copy(), "whole": int(wholes[0])}
            return (Call("triangles", inst.node.outputs, inst.node.inputs[:1], params),)
        params["pairs"] = table.reshape(-1) if len(table) else np.zeros(2, np.uint16)
        return (Call("filterbank", inst.node.outputs, inst.node.inputs[:1], params),)

    def macs(self, inst: Instance) -> int:
        pairs = sum(width for _, _, width in _bands(inst))
        return 2 * pairs * (inst.x().size // inst.x().shape[-1])

    def cases(self) -> Sequence[Case]:
        return [
            Case("mel", partial(draw_filter_bank, rows=(), triangles=True)),
            Case("any", partial(draw_filter_bank, rows=(), triangles=False)),
            Case("rows", partial(draw_filter_bank, rows=(3,), triangles=True), "none"),
            Case("any_rows", partial(draw_filter_bank, rows=(3,), triangles=False), "none"),
        ]


def _constant(inst: Instance, i: int) -> np.ndarray:
    data = inst.const(i)
    assert data is not None, f"{inst.node.name}: {NAMES[i]} are not a constant"
    return data


def _bands(inst: Instance) -> list[tuple[int, int, int]]:
    """(first bin, first weight, width) of each band."""
    tables = (_constant(inst, i).astype(int).tolist() for i in (STARTS, WEIGHT_STARTS, WIDTHS))
    return list(zip(*tables, strict=True))


def _band_problems(inst: Instance) -> list[str]:
    """Bands that lead out of the bins or the weights, and weights below 0, which would be numbers near 2^64."""
    if any(inst.const(i) is None for i in range(WEIGHTS, WIDTHS + 1)):
        return []
    lowest = min(int(_constant(inst, i).min(initial=0)) for i in (WEIGHTS, UNWEIGHTS))
    if lowest < 0:
        return [f"weights go down to {lowest}, expected none below 0: convert the model again"]
    bins, weights = inst.x().shape[-1], inst.x(WEIGHTS).size
    for i, (first, at, width) in enumerate(_bands(inst)):
        if min(first, at, width) < 0 or first + width > bins or at + width > weights:
            found = f"band {i} is {width} bins from {first} and weights from {at}"
            return [f"{found}, expected them within {bins} bins and {weights} weights: convert the model again"]
    return []


def draw_filter_bank(rng: np.random.Generator, *, rows: tuple[int, ...], triangles: bool) -> Graph:
    """Bands of any width, 0 among them, side by side or apart; of triangles, or of any weights, some of them 0."""
    channels = int(rng.integers(1, 9))
    widths = rng.integers(0, 7, channels + 1)
    gaps = rng.integers(0, 3, channels + 1) * (rng.random() < 0.5)
    starts = np.cumsum(np.append(0, widths[:-1] + gaps[:-1]))
    at = np.cumsum(np.append(0, widths[:-1]))
    bins = int((starts + widths).max()) + int(rng.integers(1, 4))
    weights = rng.integers(0, 4097, int(widths.sum()) + 1)
    unweights = 4096 - weights
    if not triangles:
        weights[rng.integers(0, len(weights))] = 32767
        weights[rng.random(len(weights)) < 0.2] = 0
        unweights[rng.random(len(weights)) < 0.2] = 0
    tables = [weights, unweights, starts, at, widths]
    constants = [
        Tensor(name.replace(" ", "_"), Type((len(t),), "int16"), t.astype(np.int16))
        for name, t in zip(NAMES[1:], tables, strict=True)
    ]
    x = Tensor("x", Type((*rows, bins), "uint32"))
    return single("filterbank", [x, *constants], [Type((*rows, channels), "uint64")], {})


OP = FilterBank()
