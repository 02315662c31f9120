"""`<prefix>_values.h` against the arithmetic of Python: every bit of every number, the class, and its name."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lapel import codegen
from lapel.codegen.sample import Proof
from lapel.ir import DTYPES, Graph, Quant
from lapel.planning import make_plan
from lapel.proving.proof import decision_of
from lapel.proving.samples import draw, quantize
from lapel.proving.scoring import classes as classes_of
from lapel.targets import load_target
from nets import Net

CLASSES = ("a", 'b"\\\n??/', "\N{SNOWMAN}")


def net(outputs: int, names: tuple[str, ...] = (), task: Any = "classification") -> Graph:
    made = Net("some", (1, 6), seed=3)
    graph = made.graph(made.dense("x", outputs))
    return replace(graph, origin=replace(graph.origin, classes=names, task=task))


def with_input(graph: Graph, dtype: str, quant: Quant) -> Graph:
    x = graph.tensors["x"]
    return replace(graph, tensors={**graph.tensors, "x": replace(x, type=replace(x.type, dtype=dtype, quant=quant))})


def header(graph: Graph, target: str = "host") -> dict[str, str]:
    plan = make_plan(graph, load_target(target))
    outputs = {n: np.zeros((1, *graph.tensors[n].type.shape), np.int8) for n in graph.results}
    proof = Proof(draw(graph, 1), outputs, "zeros")
    return dict(codegen.generate(plan, proof=proof, decision=decision_of(graph)).written())


def library(files: dict[str, str], folder: Path, functions: str) -> Any:
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "functions.c").write_text(f'#include "some_values.h"\n{functions}')
    strict = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    command = ["gcc", *strict, "-O2", "-shared", "-fPIC", "functions.c", "-o", "functions.so"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "functions.so"))


QUANTIZE = """
void all(const float *x, {ctype} *y, int n);
void all(const float *x, {ctype} *y, int n) {{
    for (int i = 0; i < n; i++) {{ y[i] = some_quantize(x[i]); }}
}}
"""


@pytest.mark.parametrize(
    ("dtype", "quant"),
    [
        ("int8", Quant((float(np.float32(0.0627)),), (-128,))),
        ("int8", Quant((float(np.float32(1 / 3)),), (5,))),
        ("int8", Quant((2.0**-30,), (127,))),
    ],
)
def test_quantize_is_the_reference_bit_for_bit(dtype: str, quant: Quant, tmp_path: Path) -> None:
    graph = with_input(net(3), dtype, quant)
    loaded = library(header(graph), tmp_path, QUANTIZE.format(ctype=f"{dtype}_t"))
    rng = np.random.default_rng(0)
    scale = quant.scale[0]
    steps = np.arange(-400, 400) / 2
    near = np.concatenate(
        [steps * scale, np.nextafter(np.float32(steps * scale), np.float32(9)), rng.normal(0, 99, 4000) * scale]
    )
    wild = [0.0, -0.0, 1e38, -1e38, 1e-40, 3.4e38, 65536 * scale, 2.0**31 * scale, -(2.0**40) * scale]
    x = np.concatenate([near, wild]).astype(np.float32)
    y = np.zeros(len(x), DTYPES[dtype])
    loaded.all(x.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p), len(x))
    want = quantize("x", graph.tensors["x"].type, np.resize(x, -(-len(x) // 6) * 6).reshape(-1, 1, 6)).reshape(-1)[
        : len(x)
    ]
    assert (y == want).all(), x[y != want][:5]
    odd = np.array([np.nan, np.inf, -np.inf], np.float32)
    loaded.all(odd.ctypes.data_as(ctypes.c_void_p), y.ctypes.data_as(ctypes.c_void_p), 3)
    assert y[:3].tolist() == [quant.zero[0], 127, -128]


CLASS = """
int find(const int8_t *scores);
const char *name(int k);
int find(const int8_t *scores) { return some_class(scores); }
const char *name(int k) { return some_class_name(k); }
"""


@pytest.mark.parametrize("outputs", [1, 3])
def test_class_and_name(outputs: int, tmp_path: Path) -> None:
    names = CLASSES[: max(outputs, 2)]
    graph = net(outputs, names)
    loaded = library(header(graph), tmp_path, CLASS)
    t = graph.tensors[graph.results[0]].type
    scores = np.random.default_rng(1).integers(-128, 128, (300, outputs), np.int8)
    scores[:256, 0] = np.arange(-128, 128)
    want = classes_of(graph, (scores.astype(np.float64) - t.zero) * t.scale)
    found = [loaded.find(row.ctypes.data_as(ctypes.c_void_p)) for row in np.ascontiguousarray(scores)]
    assert found == want.tolist() and len(set(found)) == len(names)
    loaded.name.restype = ctypes.c_char_p
    assert [loaded.name(k).decode() for k in range(-1, len(names) + 1)] == ["", *names, ""]


def test_what_has_no_class_has_none() -> None:
    for graph in (net(3, task="regression"), net(3, task="multilabel"), net(3, task="unknown")):
        text = header(graph)["some_values.h"]
        assert "_class" not in text and "some_argmax(" in text
    assert "some_class(" in header(net(3))["some_values.h"]
    assert "pgmspace" in header(net(3, CLASSES), "atmega328p")["some_values.h"]
