"""Forms of data movement that Lapel reads but never writes: their files, read back, equal TFLite Micro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite
from lapel.frontends.tflite.writer import _Writer
from lapel.ir import Node, Quant, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from lapel.ops.slice import resolve_axis, resolve_shrink
from oracle import run_tflite_micro

Shape = tuple[int, ...]


def const(name: str, values: Sequence[int]) -> Tensor:
    data = np.array(values, np.int32)
    return Tensor(name, Type(data.shape, "int32"), data)


def file_of(
    code: str, table: str | None, x: Type, more: Sequence[Tensor], options: Mapping[str, Any], y: Shape
) -> bytes:
    """A model of one operator exactly as given, whether or not it means something."""
    graph = single("reshape", [Tensor("x", x)], [Type(y, x.dtype, x.quant)], {"shape": y})
    node = Node("reshape", code, ("x",), ("y0",))
    form = TfliteForm(code, table, range(1, 2), lambda op: None, lambda inst: None)  # type: ignore[arg-type,return-value]
    return _Writer(graph, frozenset()).write([(node, form, TfliteNode((graph.tensors["x"], *more), options))])


def agree(data: bytes, x: Type) -> None:
    graph = read_tflite(data)
    values = np.arange(x.size, dtype=np.int8).reshape(x.shape)
    want = run_tflite_micro(data, [values])[0]
    got = evaluate(graph, {graph.inputs[0]: values})[graph.outputs[0]]
    assert got.tobytes() == want.tobytes(), str(graph)


@pytest.mark.parametrize(
    ("code", "table", "x", "more", "options", "y"),
    [
        ("RESHAPE", "ReshapeOptions", (2, 3, 4), [const("s", [-1, 6])], {}, (4, 6)),
        ("RESHAPE", "ReshapeOptions", (2, 3, 4), [const("s", [24])], {"NewShape": (2, 12)}, (24,)),
        ("RESHAPE", "ReshapeOptions", (2, 3, 4), [], {"NewShape": (6, -1)}, (6, 4)),
        ("RESHAPE", "ReshapeOptions", (1,), [const("s", [])], {}, ()),
        ("SQUEEZE", "SqueezeOptions", (1, 3, 1, 4), [], {}, (3, 4)),
        ("SQUEEZE", "SqueezeOptions", (1, 3, 1, 4), [], {"SqueezeDims": (-2,)}, (1, 3, 4)),
        ("EXPAND_DIMS", "ExpandDimsOptions", (3, 4), [const("a", [-1])], {}, (3, 4, 1)),
        ("EXPAND_DIMS", "ExpandDimsOptions", (3, 4), [const("a", [0])], {}, (1, 3, 4)),
        ("CONCATENATION", "ConcatenationOptions", (3, 4), [], {"Axis": -1}, (3, 4)),
        ("PACK", "PackOptions", (3, 4), [], {"Axis": -1, "ValuesCount": 1}, (3, 4, 1)),
        ("SLICE", "SliceOptions", (3, 4), [const("b", [1, 0]), const("n", [-1, 2])], {}, (2, 2)),
    ],
)
def test_read_forms_equal_tflite_micro(
    code: str, table: str, x: Shape, more: list[Tensor], options: dict[str, Any], y: Shape
) -> None:
    t = Type(x, "int8")
    agree(file_of(code, table, t, more, options, y), t)


def test_strided_slice_masks_equal_tflite_micro() -> None:
    rng, checked = np.random.default_rng(0), 0
    while checked < 200:
        shape = tuple(int(d) for d in rng.integers(1, 6, rng.integers(1, 5)))
        rank = len(shape)
        begin, end = (rng.integers(-8, 9, rank).tolist() for _ in range(2))
        step = rng.choice([-3, -2, -1, 1, 2, 3], rank).tolist()
        masks = rng.integers(0, 1 << rank, 3).tolist() if rng.random() < 0.8 else [0, 0, 0]
        y: list[int] = []
        legal = True
        for a, size in enumerate(shape):
            first, last, shrink = (bool(m >> a & 1) for m in masks)
            bounds = (None if first else begin[a], None if last else end[a], step[a])
            if shrink:
                legal = legal and bounds[2] > 0 and -size <= (bounds[0] or 0) < size
                continue
            count = resolve_axis(a, size, bounds)[2]
            legal = legal and count > 0
            y.append(count)
        if not legal:
            continue
        more = [const(n, v) for n, v in (("b", begin), ("e", end), ("s", step))]
        options = dict(zip(("BeginMask", "EndMask", "ShrinkAxisMask"), masks, strict=True))
        t = Type(shape, "int8")
        agree(file_of("STRIDED_SLICE", "StridedSliceOptions", t, more, options, tuple(y)), t)
        checked += 1


@pytest.mark.parametrize(
    ("code", "table", "x", "more", "options", "y", "message"),
    [
        (
            "RESHAPE",
            "ReshapeOptions",
            (2, 3),
            [const("s", [4, -1])],
            {},
            (4, 1),
            "reshapes 6 elements [2, 3] to [4, 1], expected as many elements",
        ),
        ("SQUEEZE", "SqueezeOptions", (2, 3), [], {"SqueezeDims": (0,)}, (3,), "squeezes axes [0] of [2, 3]"),
        (
            "EXPAND_DIMS",
            "ExpandDimsOptions",
            (3,),
            [const("a", [4])],
            {},
            (3, 1),
            "axis 4 of a tensor with 2",
        ),
        (
            "CONCATENATION",
            "ConcatenationOptions",
            (3,),
            [],
            {"FusedActivationFunction": 1},
            (3,),
            "fused activation relu, expected none",
        ),
        (
            "STRIDED_SLICE",
            "StridedSliceOptions",
            (3,),
            [const("b", [0]), const("e", [2]), const("s", [1])],
            {"EllipsisMask": 1},
            (2,),
            "EllipsisMask is 1, expected 0",
        ),
        (
            "STRIDED_SLICE",
            "StridedSliceOptions",
            (3, 2),
            [const("b", [0]), const("e", [2]), const("s", [1])],
            {},
            (2, 2),
            "slices 1 axes of [3, 2], expected all 2",
        ),
        (
            "STRIDED_SLICE",
            "StridedSliceOptions",
            (3,),
            [const("b", [0]), const("e", [2]), const("s", [0])],
            {},
            (2,),
            "step of axis 0 is 0",
        ),
        (
            "SLICE",
            "SliceOptions",
            (3,),
            [const("b", [2]), const("n", [2])],
            {},
            (2,),
            "takes elements 2..3 of axis 0, expected 0..2",
        ),
        (
            "PAD",
            "PadOptions",
            (3,),
            [const("p", [[-1, 1]])],
            {},
            (3,),
            "pads by [(-1, 1)], expected counts >= 0",
        ),
    ],
)
def test_what_cannot_be_read_says_why(
    code: str, table: str, x: Shape, more: list[Tensor], options: dict[str, Any], y: Shape, message: str
) -> None:
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(file_of(code, table, Type(x, "int8"), more, options, y))
    assert message in e.value.message


def test_a_dropped_axis_needs_an_element() -> None:
    assert resolve_shrink(0, 3, (-1, None, 1)) == (2, 1, 1)
    with pytest.raises(Exception, match=r"takes element 3 of axis 0 with step 1, expected -3\.\.2"):
        resolve_shrink(0, 3, (3, None, 1))


INT8 = Quant((0.5,), (0,))


def tensor(name: str, shape: Shape, quant: Quant | None = INT8) -> Tensor:
    return Tensor(name, Type(shape, "int8", quant))


@pytest.mark.parametrize(
    ("op", "xs", "ys", "attrs", "message"),
    [
        ("reshape", [(2, 3)], [(5,)], {"shape": (5,)}, "reshapes 6 elements [2, 3] to [5]"),
        (
            "transpose",
            [(2, 3)],
            [(2, 3)],
            {"perm": (0, 0)},
            "permutes axes as [0, 0], expected a permutation",
        ),
        (
            "concat",
            [(2, 3), (2, 4)],
            [(4, 3)],
            {"axis": 0},
            "input 1 is [2, 4], expected [2, 3] but for axis 0",
        ),
        ("concat", [(2, 3)], [(2, 3)], {"axis": 2}, "axis is 2, expected 0..1 for [2, 3]"),
        ("pack", [(2,), (3,)], [(2, 2)], {"axis": 0}, "input 1 is [3], expected [2]"),
        ("pack", [(2,)], [(2,)], {"axis": 2}, "axis is 2, expected 0..1 for [2]"),
        ("split", [(4,)], [(2,)], {"axis": 1, "sizes": (4,)}, "axis is 1, expected 0..0 for [4]"),
        (
            "split",
            [(4,)],
            [(2,)],
            {"axis": 0, "sizes": (2,)},
            "expected a size >= 1 for each output and 4 in all",
        ),
        ("unpack", [(4,)], [()], {"axis": 0}, "has 1 outputs, expected 4: axis 0 of [4]"),
        ("unpack", [(4,)], [()], {"axis": 1}, "axis is 1, expected 0..0 for [4]"),
        ("pad", [(4,)], [(4,)], {"before": (), "after": (), "value": 0}, "pads 0 axes of [4], expected 1"),
        (
            "nearest",
            [(4, 4)],
            [(4, 4)],
            {"size": (4, 4), "align_corners": False, "half_pixel": False},
            "resizes [4, 4] to [4, 4], expected [N, H, W, C]",
        ),
        (
            "bilinear",
            [(1, 4, 4, 1)],
            [(1, 8, 8, 1)],
            {"size": (8, 8), "align_corners": True, "half_pixel": True},
            "has both align_corners and half_pixel_centers",
        ),
        (
            "bilinear",
            [(1, 1, 1, 1)],
            [(1, 1100, 2, 1)],
            {"size": (1100, 2), "align_corners": False, "half_pixel": False},
            "resizes 1 to 1100, too much for 10-bit steps",
        ),
    ],
)
def test_illegal_nodes_say_why(op: str, xs: list[Shape], ys: list[Shape], attrs: Any, message: str) -> None:
    inputs = [tensor(f"x{i}", s) for i, s in enumerate(xs)]
    graph = single(op, inputs, [Type(y, "int8", INT8) for y in ys], attrs)
    assert any(message in p for p in lowerable(registry()[op], graph.instance(graph.nodes[0])))


BLOCKS = {"block": (2, 2), "before": (0, 0), "after": (0, 0)}


@pytest.mark.parametrize(
    ("op", "x", "y", "attrs", "message"),
    [
        (
            "spacetodepth",
            (1, 3, 4, 1),
            (1, 1, 2, 4),
            {"block": 2},
            "in blocks of 2, expected [N, H, W, C] with H",
        ),
        ("depthtospace", (1, 2, 2, 3), (1, 4, 4, 1), {"block": 2}, "with C a multiple of its square"),
        ("spacetobatch", (1, 3, 4, 1), (4, 1, 2, 1), BLOCKS, "cuts [3, 4] padded rows and columns into blocks [2, 2]"),
        ("spacetobatch", (4, 4), (4, 2, 2), BLOCKS, "expected [N, H, C] or [N, H, W, C] and one size each"),
        ("batchtospace", (3, 2, 2, 1), (1, 4, 4, 1), BLOCKS, "makes blocks [2, 2] of 3 images, expected a multiple"),
        ("batchtospace", (4, 2, 2, 1), (1, 4, 4, 1), {**BLOCKS, "block": (0, 2)}, "expected sizes from 1 and counts"),
        ("batchtospace", (4, 300, 60, 1), (1, 600, 120, 1), BLOCKS, "expected at most 65536 pixels"),
        ("mirrorpad", (3,), (6,), {"before": (3,), "after": (0,), "edge": False}, "expected from 0 to [2], what there"),
        ("mirrorpad", (3,), (6,), {"before": (), "after": (), "edge": True}, "pads 0 axes of [3], expected all of"),
        ("tile", (3,), (0,), {"times": (0,)}, "tiles by [0], expected counts from 1"),
        ("tile", (3,), (6,), {"times": (1, 2)}, "tiles [3] by [1, 2], expected a count for each"),
    ],
)
def test_illegal_movements_say_why(op: str, x: Shape, y: Shape, attrs: dict[str, Any], message: str) -> None:
    graph = single(op, [tensor("x", x)], [Type(y, "int8", INT8)], attrs)
    problems = lowerable(registry()[op], graph.instance(graph.nodes[0]))
    assert any(message in p for p in problems), problems


@pytest.mark.parametrize(
    ("op", "indexes", "attrs", "message"),
    [
        ("gather", [0, 4], {"axis": 0, "batch": 0}, "indexes are 0 to 4, expected 0 to 3 as axis 0 has"),
        ("gather", [-1, 0], {"axis": 0, "batch": 0}, "indexes are -1 to 0, expected 0 to 3"),
        ("gather", [0, 1], {"axis": 0, "batch": 1}, "expected an axis behind dimensions that both have"),
        ("gathernd", [[4]], {}, "some index is not within [4]"),
        ("gathernd", [[0, 0, 0]], {}, "expected tuples of 1 to 2 indexes"),
    ],
)
def test_indexes_that_lead_elsewhere(op: str, indexes: Any, attrs: dict[str, Any], message: str) -> None:
    given = np.array(indexes, np.int32)
    tensors = [tensor("x", (4, 3)), Tensor("i", Type(given.shape, "int32"), given)]
    graph = single(op, tensors, [Type((2, 3), "int8", INT8)], attrs)
    problems = lowerable(registry()[op], graph.instance(graph.nodes[0]))
    assert any(message in p for p in problems), problems


@pytest.mark.parametrize("op", ["concat", "pack"])
def test_inputs_of_other_quantization_are_refused(op: str) -> None:
    y = Type((2,) if op == "concat" else (1, 2), "int8", INT8)
    graph = single(op, [tensor("x", (2,), Quant((0.25,), (0,)))], [y], {"axis": 0})
    (problem,) = lowerable(registry()[op], graph.instance(graph.nodes[0]))
    assert "input 0 is int8[2] 0.25*(q+0), expected dtype and quantization as the output" in problem
