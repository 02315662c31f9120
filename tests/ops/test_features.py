"""Operators of features: what they refuse, and values by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lapel.ir import Graph, Tensor, Type
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from lapel.proving.run import run


def tensor(name: str, shape: tuple[int, ...], dtype: str, data: Any = None) -> Tensor:
    return Tensor(name, Type(shape, dtype), None if data is None else np.array(data, dtype).reshape(shape))


def one(op: str, inputs: list[Tensor], outputs: list[tuple[tuple[int, ...], str]], **attrs: Any) -> Graph:
    return single(op, inputs, [Type(shape, dtype) for shape, dtype in outputs], attrs)


def frames(samples: tuple[int, ...], window: int, hop: int) -> Graph:
    return one("frames", [tensor("x", samples, "int16")], [((2, 2), "int16")], window=window, hop=hop)


def taper(x: tuple[int, ...], window: Any, gain: int = 1, lean: int = 0) -> Graph:
    length, lead = len(window), x[:-1]
    inputs = [tensor("x", x, "int16"), tensor("window", (length,), "int32", window)]
    return one("taper", inputs, [((*lead, length), "int32"), ((*lead, 1), "int32")], gain=gain, lean=lean)


def logbank(**changed: Any) -> Graph:
    """Two bands over three bins of four."""
    given: dict[str, Any] = {
        "x": (8,), "shift": (1,), "peak": (1,), "weights": [1, 2, 3], "counts": [1, 1, 1],
        "first": 1, "power": 1, "floor": 0, **changed,
    }  # fmt: skip
    inputs = [
        *(tensor(n, given[n], "int32") for n in ("x", "shift", "peak")),
        tensor("weights", (len(given["weights"]),), "int16", given["weights"]),
        tensor("counts", (len(given["counts"]),), "int32", given["counts"]),
    ]
    return one("logbank", inputs, [((2,), "int32")], first=given["first"], power=given["power"], floor=given["floor"])


def dct(x: tuple[int, ...], w: tuple[int, int], bias: Any) -> Graph:
    inputs = [
        tensor("x", x, "int32"),
        tensor("w", w, "int16", np.ones(w)),
        tensor("bias", (len(bias),), "int64", bias),
    ]
    return one("dct", inputs, [((len(bias),), "int8")], drop=4)


def narrow(mul: int, add: int, drop: int, dtype: str = "int16", count: int = 3) -> Graph:
    return one("narrow", [tensor("x", (count,), dtype)], [((count,), "int8")], mul=mul, add=add, drop=drop)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (frames((8,), 0, 1), "frames of 0 samples, 1 apart, expected 1 or more of both"),
        (frames((), 2, 1), "its input is one number, expected an axis of samples"),
        (frames((8,), 3, 2), r"8 samples, expected 3 and a multiple of 2 more: give it 7 or 9"),
        (one("peak", [tensor("x", (), "int16")], [((1,), "int32")]), "its input is one number, expected an axis"),
        (taper((4,), [1, 2, 3]), r"input is \[4\], window \[3\], expected 3 samples a frame: cut"),
        (taper((3,), [1, 2, 3], 32, 31), "expected 4 samples a frame, the one before it first, for its pre-emphasis"),
        (taper((2,), [0, 2**30]), r"window has 0..1073741824, expected 0..2\^30 - 1"),
        (logbank(x=(7,)), r"spectrum is \[7\], expected real and imaginary parts in turn"),
        (logbank(shift=(2,)), r"shift is \[2\], peak \[1\], expected \[1\] and \[1\]"),
        (logbank(counts=[3]), r"weights are \[3\], counts \[1\], expected a number a bin, and one a segment, 2"),
        (logbank(first=2), r"bins 2..4 are weighted, expected some of 0..3: cut them"),
        (logbank(floor=2**24 + 1), "floor is 16777217, expected 0..16777216"),
        (logbank(floor=1, power=2), "floor is 1, expected 0 under powers"),
        (logbank(counts=[1, 1, 2]), "segments have 1 bins at least and 4 in all, expected the 3 of the weights"),
        (logbank(weights=[1, -2, 3]), r"a weight is -2, expected 0..32767"),
        (dct((3,), (2, 4), [0, 0]), r"input is \[3\], rows \[2, 4\], bias \[2\], expected \[… B\], \[K, B\] and \[K\]"),
        (dct((16385,), (1, 16385), [0]), "rows have 16385 elements, expected at most 16384"),
        (dct((2,), (1, 2), [1 << 61]), r"bias reaches 2305843009213693952, expected below 2\^61"),
        (narrow(1 << 31, 0, 1), "mul is 2147483648, add 0, expected an int32, and less than"),
        (narrow(1, 1 << 62, 1), "mul is 1, add 4611686018427387904, expected an int32"),
    ],
)
def test_messages(graph: Graph, message: str) -> None:
    op = registry()[graph.nodes[0].op]
    with pytest.raises(AssertionError, match=message):
        problems = lowerable(op, graph.instance(graph.nodes[0]))
        assert not problems, problems[0]


def test_a_frame_is_as_loud_as_there_is_room() -> None:
    half = [1 << 29] * 3
    values = evaluate(
        taper((5, 3), half),
        {"x": np.array([[0, 0, 0], [1, 0, -1], [-3, 2, 2], [32767, 0, 0], [-32768, 0, 0]], np.int16)},
    )
    assert values["y1"].ravel().tolist() == [15, 14, 13, 0, 0]
    assert np.abs(values["y0"]).max(axis=1).tolist() == [0, 1 << 28, 3 << 27, (32767 << 14), 1 << 29]
    emphasized = evaluate(taper((1, 3), [1 << 29] * 2, 32, 31), {"x": np.array([[32, 31, 0]], np.int16)})
    assert (emphasized["y1"].item(), emphasized["y0"].tolist()) == (11, [[0, -961 << 19]])


def test_soft_frames_are_the_reference_on_the_host() -> None:
    """Of every loudness, which full-scale samples at random do not have."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.integers(-most, most, (3, 4), np.int16, endpoint=True) for most in 2 ** np.arange(15)])
    for lean in (0, 31):
        graph = taper((3 + (lean > 0),), [(1 << 30) - 1, 1 << 15, 77777777], 32, lean)
        assert run(graph, "host", x[:, : 3 + (lean > 0)]).bit_exact


def test_a_bank_of_two_triangles_by_hand() -> None:
    graph = logbank(weights=[16384, 8192, 0], floor=1 << 16)
    x = np.array([9, 9, 3, 4, 0, -8, 6, 8], np.int32)
    found = evaluate(graph, {"x": x, "shift": np.array([2], np.int32), "peak": np.array([10], np.int32)})["y0"]
    units = np.array([5 / 2 + 8 * 3 / 4, 8 / 4 + 10]) * 2**15 + 10 * 4
    assert np.abs(found - 2**20 * (np.log(units) - np.log(10 * 4))).max() < 1


def test_rows_are_cut_towards_zero() -> None:
    x = np.array([[15, 0], [16, 0], [-15, 0], [-16, 0], [-31, 0], [5000, 0], [-5000, 0]], np.int32)
    graph = dct((7, 2), (1, 2), [0])
    graph = one("dct", [graph.tensors[n] if n != "x" else tensor("x", (7, 2), "int32") for n in ("x", "w", "bias")],
                [((7, 1), "int8")], drop=4)  # fmt: skip
    assert evaluate(graph, {"x": x})["y0"].ravel().tolist() == [0, 1, 0, -1, -1, 127, -128]


def test_narrow_divides_exactly() -> None:
    """(256 x + 333) / 666 - 128 of every 16-bit number, as wake words have it."""
    part = -(-(1 << 28) // 666)
    x = np.arange(-32768, 32768).astype(np.int16)
    found = evaluate(narrow(256 * part, 333 * part - (128 << 28), 28, count=65536), {"x": x})["y0"]
    assert (found == np.clip((x.astype(np.int64) * 256 + 333) // 666 - 128, -128, 127)).all()
