"""Pad: x inside a larger y, everything around it one constant.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| y | as x | [before_i + d_i + after_i, …] | any; the stored values do not change |

Attributes: before, after (tuples, one count per axis, >= 0), value (the stored number, int or float).
Source: TFLite operators PAD (value is the output's zero point, 0 if not 8 bits wide) and PADV2; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.strides import (
    FILL_LOOPS,
    Loop,
    MovingOp,
    byte_loops,
    draw_plain,
    fill,
    item_bytes,
    move,
    row_strides,
)
from lapel.ir import (
    DTYPES,
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Tensor,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXES, Attribute
from lapel.ir.axes import Perm, Permuted, moved
from lapel.ir.filters import Border
from lapel.ir.op import single
from lapel.ir.signature import is_float


def read_tflite(op: TfliteOperator) -> NodeSpec:
    x, pairs = op.inputs[0], op.const(1).reshape(-1, 2)
    value = default_value(op.outputs[0].type)
    if len(op.inputs) > 2 and op.inputs[2] is not None:
        value = op.const(2).reshape(-1)[0].item()
    before, after = (tuple(int(n) for n in column) for column in pairs.T)
    return NodeSpec("pad", (x,), {"before": before, "after": after, "value": value})


def write_pad(inst: Instance) -> TfliteNode | None:
    if inst.attrs["value"] != default_value(inst.y()):
        return None
    return TfliteNode((inst.inputs[0], _paddings(inst)))


def write_padv2(inst: Instance) -> TfliteNode:
    y = inst.y()
    value: np.ndarray = np.array([inst.attrs["value"]], DTYPES[y.dtype])
    const = Tensor(f"{inst.node.name}/value", Type((1,), y.dtype, y.quant), value)
    return TfliteNode((inst.inputs[0], _paddings(inst), const))


def _paddings(inst: Instance) -> Tensor:
    pairs = np.array([inst.attrs["before"], inst.attrs["after"]], np.int32).T
    return Tensor(f"{inst.node.name}/paddings", Type(pairs.shape, "int32"), pairs)


def default_value(y: Type) -> int:
    """What PAD stores: the zero point of 8-bit outputs, 0 in every other dtype."""
    return y.zero if y.dtype in ("int8", "uint8") and y.quant is not None else 0


class Pad(MovingOp):
    name = "pad"
    tflite = (
        TfliteForm("PAD", "PadOptions", range(1, 5), read_tflite, write_pad),
        TfliteForm("PADV2", "PadV2Options", range(1, 5), read_tflite, write_padv2),
    )

    attributes = {"before": AXES, "after": AXES, "value": Attribute("number", stored=True)}

    def check_shapes(self, inst: Instance) -> list[str]:
        x, before, after = inst.x(), inst.attrs["before"], inst.attrs["after"]
        if not len(before) == len(after) == len(x.shape):
            return [f"pads {len(before)} axes of {list(x.shape)}, expected {len(x.shape)}: fix the model"]
        if min((*before, *after), default=0) < 0:
            return [f"pads by {list(zip(before, after, strict=True))}, expected counts >= 0"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x, attrs = inst.x(), inst.attrs
        sides = zip(attrs["before"], x.shape, attrs["after"], strict=True)
        return ((tuple(b + d + a for b, d, a in sides), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.padded(inst, arrays[0], inst.attrs["value"])

    def padded(self, inst: Instance, x: np.ndarray | None, value: float) -> tuple[np.ndarray]:
        """x with `value` around it."""
        assert x is not None
        pairs = list(zip(inst.attrs["before"], inst.attrs["after"], strict=True))
        return (np.pad(x, pairs, constant_values=value) if pairs else x,)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        y, value = inst.y(), inst.attrs["value"]
        number = value if y.quant is None else (value - y.zero) * y.scale
        return self.padded(inst, arrays[0], number)

    def piece(self, inst: Instance) -> int | None:
        return 0 if inst.x().size == inst.y().size else None

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (y,), (x,), t = inst.node.outputs, inst.node.inputs, inst.y()
        value: np.ndarray = np.array(inst.attrs["value"], DTYPES[t.dtype])
        strides = row_strides(t.shape)
        inner = list(zip(inst.x().shape, row_strides(inst.x().shape), strides, strict=True))
        start = sum(b * s for b, s in zip(inst.attrs["before"], strides, strict=True))
        fills = [fill(y, value, loops, at) for loops, at in borders(inst)]
        return (*fills, move(y, x, t.dtype, inner, 0, start))

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().shape and inst.attrs["before"][-1] == inst.attrs["after"][-1] == 0 else ()

    def border(self, inst: Instance) -> Border | None:
        x, y = inst.x(), inst.y()
        quantized = x.dtype in ("int8", "int16") and x.quant is not None and x.quant == y.quant
        if len(x.shape) != 4 or not (quantized or is_float(x)):
            return None
        (n, top, left, c), (m, bottom, right, d) = inst.attrs["before"], inst.attrs["after"]
        if any((n, m, c, d)) or inst.attrs["value"] != (x.zero if quantized else 0):
            return None
        return top, bottom, left, right

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        (axis,) = axes
        assert axis is not None
        before, after = inst.attrs["before"], inst.attrs["after"]
        attrs = {k: (*v[:axis], 0, *v[axis + 1 :]) for k, v in (("before", before), ("after", after))}
        return Along((axis,), {**inst.attrs, **attrs}, before=before[axis], fill=inst.attrs["value"])

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({**inst.attrs, **{k: moved(inst.attrs[k], perm, 0) for k in ("before", "after")}}, perm)

    def cases(self) -> Sequence[Case]:
        return [
            Case("int8", partial(draw_pad, dtype="int8", default=True)),
            Case("int8_value", partial(draw_pad, dtype="int8", default=False)),
            Case("int32_value", partial(draw_pad, dtype="int32", default=False)),
            Case("int16", partial(draw_pad, dtype="int16", default=True)),
            Case("int16_value", partial(draw_pad, dtype="int16", default=False)),
        ]


def borders(inst: Instance) -> list[tuple[list[Loop], int]]:
    """(loops, start) of regions that together are y without x: disjoint, unless that takes too many loops.

    For each axis, the slabs before and after x; outer axes span x only, inner axes all of y.
    """
    y, attrs, regions = inst.y(), inst.attrs, []
    strides, start = row_strides(y.shape), 0
    for axis, (before, after) in enumerate(zip(attrs["before"], attrs["after"], strict=True)):
        outer: list[Loop] = list(zip(inst.x().shape[:axis], strides[:axis], strict=True))
        inner = strides[axis]
        if before:
            regions.append(([*outer, (before * inner, 1)], start))
        start += before * inner
        if after:
            regions.append(([*outer, (after * inner, 1)], start + inst.x().shape[axis] * inner))
    item = item_bytes(y.dtype)
    if any(len(byte_loops(loops, item)[0]) > FILL_LOOPS for loops, _ in regions):
        return [([(y.size, 1)], 0)]
    return regions


def draw_pad(rng: np.random.Generator, *, dtype: str, default: bool) -> Graph:
    """Ranks 1 to 4; each side is empty half of the time."""
    rank = int(rng.integers(1, 5))
    x = draw_plain(rng, "x", tuple(int(d) for d in rng.integers(1, 6, rank)), dtype)
    before, after = (tuple(int(n) for n in rng.integers(0, 4, rank) * rng.integers(0, 2, rank)) for _ in "ba")
    shape = tuple(b + d + a for b, d, a in zip(before, x.type.shape, after, strict=True))
    y = Type(shape, dtype, x.type.quant)
    info = np.iinfo(DTYPES[dtype])
    value = default_value(y) if default else int(rng.integers(info.min, info.max, endpoint=True))
    return single("pad", [x], [y], {"before": before, "after": after, "value": value})


OP = Pad()
