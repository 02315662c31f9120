"""The node tests that the package `onnx` ships, run on what Lapel reads of them.

Inputs are samples if they are the first one or floats; what else a test gives as an input (axes, shapes, limits, stored
statistics) is a constant, as it is in models.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from lapel.errors import LapelError
from lapel.frontends.onnx import read_onnx
from lapel.frontends.onnx.decoder import LEAST_OPSET
from lapel.frontends.onnx.forms import forms
from lapel.ir import DTYPES, Graph, Type
from lapel.ops import evaluate

PASSED = "passed"
REASONS = {
    "integers without a scale": r"integers that nothing gives a scale|is u?int(16|32|64), exp"
    r"|input \d is (u?int(8|16|32|64)|bool), expected",
    "float16 and other number formats": r"(is|makes|of|to) (b?float|object|uint|int[24]|number format)|number format"
    r"|float4|float8|float16|uint[24]|int[24]",
    "scales by channel or block, of activations": r"scales for activations|for each block",
    "training, its outputs": r"training mode",
    "indices of maxima": r"gives the indices",
    "the last of equal values": r"the last of equal values",
    "three spatial axes": r"5 dimensions|5 spatial|expected 3 or 4",
    "powers that are no products or roots": r"exponent is",
    "crops before it resizes": r"tf_crop_and_resize",
    "nothing in it, or taken of it": r"is '0', expected a number|takes nothing|shape \(0,\)",
    "sequences and optional values": r"is no tensor",
    "transposed channels of unlike scale": r"weights have zero point",
    "older than operator set 11": r"is of opset",
}
"""Why node tests are not taken -> what the message says; the first that fits."""


def cases() -> list[Any]:
    """Tests of one node whose operator has a form, but for those of its body as a function of other operators."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    return [c for c in found if len(c.model.graph.node) == 1 and _form(c) in forms() and "_expanded" not in c.name]


def _form(case: Any) -> tuple[str, str]:
    (node,) = case.model.graph.node
    return node.domain, node.op_type


def count(found: list[Any]) -> tuple[dict[str, Counter[str]], list[str]]:
    """By operator, how many tests passed, or were refused for which reason; and what is wrong in others."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for case in found:
        result = outcome(case)
        if result == PASSED or result in REASONS:
            counts[_form(case)[1]][result] += 1
        else:
            wrong.append(f"{case.name}: {result}")
    return dict(counts), wrong


def outcome(case: Any) -> str:
    """PASSED, a reason of REASONS, or what is wrong."""
    inputs, outputs = ([_array(x) for x in side] for side in case.data_sets[0])
    try:
        graph = _read(case, inputs)
    except LapelError as e:
        told = str(e).split("\n", 1)[-1]
        return next((reason for reason, pattern in REASONS.items() if re.search(pattern, told)), told)
    given = {p.name: x for p, x in zip(case.model.graph.input, inputs, strict=True)}
    values = evaluate(graph, {name: _stored(graph, name, given[name]) for name in graph.inputs})
    for name, want in zip(graph.outputs, outputs, strict=True):
        problem = _difference(graph, name, values[name], want, case)
        if problem:
            return problem
    return PASSED


def _array(x: Any) -> np.ndarray:
    return numpy_helper.to_array(x) if isinstance(x, onnx.TensorProto) else np.asarray(x)


def _read(case: Any, inputs: list[Any]) -> Graph:
    """The graph with as few inputs as constants as the forms take."""
    model = _newer(case.model)
    try:
        return _with_constants(model, inputs, lambda k, x: k > 0 and x.dtype.kind not in "f")
    except LapelError as e:
        if "expected a constant" not in str(e):
            raise
    return _with_constants(model, inputs, lambda k, x: k > 0)


def _newer(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model as one of operator set 11, if its operator is the same there."""
    (node,) = model.graph.node
    found = onnx.ModelProto()
    found.CopyFrom(model)
    for opset in found.opset_import:
        if not node.domain and opset.version < LEAST_OPSET:
            now = onnx.defs.get_schema(node.op_type, LEAST_OPSET)
            then = onnx.defs.get_schema(node.op_type, opset.version)
            opset.version = LEAST_OPSET if now.since_version == then.since_version else opset.version
    return found


def _with_constants(model: onnx.ModelProto, inputs: list[Any], constant: Any) -> Graph:
    found = onnx.ModelProto()
    found.CopyFrom(model)
    for k, (port, x) in enumerate(zip(model.graph.input, inputs, strict=True)):
        if constant(k, x):
            found.graph.initializer.append(numpy_helper.from_array(x, port.name))
            found.graph.input.remove(next(p for p in found.graph.input if p.name == port.name))
    return read_onnx(found.SerializeToString(), "node")


def _stored(graph: Graph, name: str, x: np.ndarray) -> np.ndarray:
    """A test's input as the graph takes it: in its order of axes, and its integers."""
    t = graph.tensors[name].type
    x = x.transpose(graph.origin.layouts[name]) if name in graph.origin.layouts else x
    if t.quant is not None:
        info = np.iinfo(DTYPES[t.dtype])
        x = np.clip(np.rint(x / t.scale) + t.zero, info.min, info.max) if x.dtype.kind == "f" else _as_graph(x)
    return x.astype(DTYPES[t.dtype]).reshape(t.shape)


def _as_graph(x: np.ndarray) -> np.ndarray:
    less = {"uint8": 128, "uint16": 32768}.get(x.dtype.name, 0)
    return x.astype(np.int64) - less


def _difference(graph: Graph, name: str, y: np.ndarray, want: np.ndarray, case: Any) -> str:
    """What is wrong with an output, or nothing; integers that stand for numbers may be one off."""
    t, layouts = graph.tensors[name].type, graph.origin.layouts
    want = want.transpose(layouts[name]) if name in layouts else want
    if y.shape != want.shape:
        return f"{name} is {list(y.shape)}, expected {list(want.shape)}"
    atol, rtol = max(case.atol, 1e-6), case.rtol
    if t.quant is not None:
        y, want, atol, rtol = _numbers(t, y), _wanted_numbers(t, want), t.scale * 1.001, 0
    if np.allclose(y.astype(np.float64), want.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True):
        return ""
    return f"{name} differs by {np.abs(y.astype(np.float64) - want).max():g}"


def _numbers(t: Type, q: np.ndarray) -> np.ndarray:
    return (q.astype(np.float64) - t.zero) * t.scale


def _wanted_numbers(t: Type, want: np.ndarray) -> np.ndarray:
    return want if want.dtype.kind == "f" else _numbers(t, _as_graph(want))


def table(counts: Mapping[str, Counter[str]]) -> list[str]:
    """The rows of the page of operators."""
    rows = []
    for op in sorted({name for _, name in forms()}):
        found = counts.get(op, Counter())
        others = "; ".join(f"{n} {reason}" for reason, n in sorted(found.items()) if reason != PASSED)
        rows.append(f"| {op} | {found[PASSED] or '—'} | {others} |")
    return rows


HEAD = "| operator | node tests passed | refused |"
VERSION = re.compile(r"of onnx (\d[\w.]*)")


def read_page(text: str) -> tuple[str, list[str]]:
    """The version of `onnx` that the page's table was made with, and its rows."""
    version = VERSION.search(text)
    assert version is not None, "the page has no version of onnx"
    lines = text.splitlines()
    first = lines.index(HEAD) + 2
    return version[1], list(takewhile(lambda line: line.startswith("|"), lines[first:]))


def write_page(path: Path) -> None:
    """Make the table anew."""
    counts, wrong = count(cases())
    assert not wrong, wrong
    text = path.read_text()
    _, rows = read_page(text)
    passed = sum(found[PASSED] for found in counts.values())
    total = sum(sum(found.values()) for found in counts.values())
    text = text.replace("\n".join(rows), "\n".join(table(counts)))
    text = VERSION.sub(f"of onnx {onnx.__version__}", text)
    path.write_text(re.sub(r"Of its [\d,]+ tests [\d,]+ pass", f"Of its {total} tests {passed} pass", text))


if __name__ == "__main__":
    write_page(Path(__file__).parents[2] / "docs/guide-onnx.md")
