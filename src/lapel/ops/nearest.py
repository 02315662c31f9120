"""Nearest: resize height and width, each output pixel a copy of one input pixel.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [N, H, W, C] | any |
| y | as x | [N, size[0], size[1], C] | any; the stored values do not change |

Attributes: size (tuple of two), align_corners, half_pixel (bools).
The source row (column) of each output row (column) is float32 arithmetic, done here; see `source_index`.
Source: TFLite operator RESIZE_NEAREST_NEIGHBOR; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import Loop, MovingOp, draw_plain, move, pick, row_strides
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.attribute import FLAG, PAIR
from lapel.ir.op import TfliteOperator, single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    attrs = {
        "size": tuple(int(n) for n in op.const(1).reshape(-1)),
        "align_corners": bool(op.option("AlignCorners")),
        "half_pixel": bool(op.option("HalfPixelCenters")),
    }
    return NodeSpec("nearest", op.inputs[:1], attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    size = Tensor(f"{inst.node.name}/size", Type((2,), "int32"), np.array(inst.attrs["size"], np.int32))
    options = {"AlignCorners": inst.attrs["align_corners"], "HalfPixelCenters": inst.attrs["half_pixel"]}
    return TfliteNode((inst.inputs[0], size), options)


def source_index(x_size: int, y_size: int, align_corners: bool, half_pixel: bool) -> np.ndarray:
    """int64 [y_size]: the input row (column) of each output row (column); every step rounds to float32."""
    aligned = align_corners and y_size > 1
    scale = np.float32(x_size - aligned) / np.float32(y_size - aligned)
    at = (np.arange(y_size, dtype=np.float32) + np.float32(0.5 if half_pixel else 0)) * scale
    # Halves round away from zero; float64 holds the sum exactly.
    index = np.floor(at.astype(np.float64) + (0.5 if align_corners else 0)).astype(np.int64)
    return np.minimum(index, x_size - 1)


class Nearest(MovingOp):
    name = "nearest"
    tflite = (
        TfliteForm("RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighborOptions", range(1, 5), read_tflite, write_tflite),
    )

    attributes = {"size": PAIR, "align_corners": FLAG, "half_pixel": FLAG}

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_resize(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        n, _, _, c = inst.x().shape
        return (((n, *inst.attrs["size"], c), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        rows, columns = _indexes(inst)
        return (np.ascontiguousarray(x[:, rows][:, :, columns]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (y,), (x,), t = inst.node.outputs, inst.node.inputs, inst.x()
        rows, columns = _indexes(inst)
        by_row, by_column = _affine(rows), _affine(columns)
        if by_row is None or by_column is None:
            return (pick(y, x, t, rows, columns),)
        n, strides = t.shape[0], row_strides(t.shape)
        visits = [
            (n, strides[0]),
            *_visits(by_row, strides[1]),
            *_visits(by_column, strides[2]),
            (t.shape[3], 1),
        ]
        steps = row_strides([count for count, _ in visits])
        loops: list[Loop] = [(*visit, step) for visit, step in zip(visits, steps, strict=True)]
        start = int(rows[0]) * strides[1] + int(columns[0]) * strides[2]
        return (move(y, x, t.dtype, loops, start),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [
            Case("any", partial(draw_nearest, dtype="int8", whole=False)),
            Case("whole_factor", partial(draw_nearest, dtype="int8", whole=True)),
            Case("int16", partial(draw_nearest, dtype="int16", whole=False)),
            Case("float32", partial(draw_nearest, dtype="float32", whole=False)),
        ]


def check_resize(inst: Instance) -> list[str]:
    """Problems of operands and attributes of any resize."""
    shape, size = inst.x().shape, inst.attrs["size"]
    if len(shape) != 4 or len(size) != 2 or min(size, default=0) < 1:
        return [f"resizes {list(shape)} to {list(size)}, expected [N, H, W, C] and two sizes >= 1"]
    return []


def _indexes(inst: Instance) -> tuple[np.ndarray, np.ndarray]:
    flags = inst.attrs["align_corners"], inst.attrs["half_pixel"]
    (h, w), (out_h, out_w) = inst.x().shape[1:3], inst.attrs["size"]
    return source_index(h, out_h, *flags), source_index(w, out_w, *flags)


def _affine(index: np.ndarray) -> tuple[int, int, int] | None:
    """(count, step, repeat) if index[i] = index[0] + step * (i // repeat), else None."""
    repeat = int(np.argmax(index != index[0])) or len(index)
    if len(index) % repeat:
        return None
    starts = index[::repeat]
    step = int(starts[1] - starts[0]) if len(starts) > 1 else 0
    line = index[0] + step * (np.arange(len(index)) // repeat)
    return (len(starts), step, repeat) if np.array_equal(index, line) else None


def _visits(affine: tuple[int, int, int], stride: int) -> list[tuple[int, int]]:
    """Two (count, x stride): over distinct rows, and over repetitions of one."""
    count, step, repeat = affine
    return [(count, step * stride), (repeat, 0)]


def draw_nearest(rng: np.random.Generator, *, dtype: str, whole: bool) -> Graph:
    """Up and down, by any or by whole factors, with every pair of flags."""
    x = draw_plain(rng, "x", (*draw_shape(rng, 1, 2), *draw_shape(rng, 2, 9), *draw_shape(rng, 1, 9)), dtype)
    n, h, w, c = x.type.shape
    size = (h * int(rng.integers(1, 4)), w * int(rng.integers(1, 4))) if whole else draw_shape(rng, 2, 17)
    align, half = (bool(rng.integers(2)) and not whole for _ in "ah")
    y = Type((n, *size, c), dtype, x.type.quant)
    return single("nearest", [x], [y], {"size": size, "align_corners": align, "half_pixel": half})


OP = Nearest()
