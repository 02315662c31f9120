"""The Helium kernels on the emulated Cortex-M55: the same bits as the reference, and no byte outside their buffers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from batch import draw_samples, merge
from lapel import codegen
from lapel.codegen.runtime import FOLDER
from lapel.ir import Call, Graph
from lapel.ir.draw import draw_type, symmetric_weights, weighted_bias
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ir.verify import verify
from lapel.ir.window import Window
from lapel.kernels import variants
from lapel.ops import registry
from lapel.plan import make_plan
from lapel.prove.run import reference_outputs
from lapel.prove.samples import to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import MODEL_WARNINGS
from lapel.targets import load_target

CORE, GUARD_BYTES, SAMPLES, DRAWS = "cortex-m55", 16, 5, 8
KERNELS = sorted(name for name in variants() if name.endswith("_mve"))

Shape = tuple[int, ...]
CONVOLUTIONS: list[tuple[Shape, int, Window]] = [
    ((1, 5, 7, 16), 9, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((2, 4, 5, 32), 4, Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 6, 5, 16), 5, Window((3, 2), (1, 1), (2, 1), (2, 2, 1, 0))),
    ((1, 3, 3, 48), 7, Window((3, 3), (1, 1), (1, 1), (2, 2, 3, 3))),
    ((1, 4, 9, 40), 6, Window((2, 2), (1, 2))),
    ((1, 7, 6, 11), 8, Window((3, 3), (1, 1))),
    ((1, 1, 11, 37), 13, Window((1, 1), (1, 1))),
    ((1, 1, 6, 8), 16, Window((1, 1), (1, 1))),
    ((1, 5, 5, 16), 3, Window((1, 1), (2, 2))),
    ((1, 9, 5, 1), 64, Window((10, 4), (2, 2), (1, 1), (4, 5, 1, 1))),
    ((1, 7, 9, 3), 8, Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 7, 9, 24), 5, Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 7, 9, 5), 6, Window((3, 3), (1, 1), (2, 2), (2, 2, 2, 2))),
]
"""x, output channels, window: read in place with and without taps outside, gathered in pairs and one by one."""
DEPTHWISE: list[tuple[Shape, Window]] = [
    ((1, 5, 6, 64), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 5, 11, 8), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 4, 12, 5), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 4, 17, 1), Window((2, 2), (1, 1), (1, 1), (0, 1, 0, 1))),
    ((1, 7, 7, 24), Window((3, 3), (2, 2), (1, 1), (0, 1, 0, 1))),
    ((1, 4, 4, 300), Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))),
    ((1, 5, 9, 40), Window((1, 5), (1, 1))),
    ((1, 9, 8, 17), Window((2, 3), (1, 1), (2, 3), (2, 2, 3, 3))),
    ((1, 7, 7, 3), Window((5, 5), (1, 1), (1, 1), (2, 2, 2, 2))),
]


def window_graph(seed: int, op: str, x_shape: Shape, out_c: int, window: Window) -> Graph:
    """One convolution of either kind. Zero points include the extremes."""
    rng = np.random.default_rng(seed)
    x = draw_type(rng, "x", x_shape)
    inputs = x_shape[3] if op == "conv" else 1
    w_shape = (out_c, *window.kernel, inputs) if op == "conv" else (1, *window.kernel, out_c)
    w = symmetric_weights(rng, "w", w_shape, None if seed % 3 == 0 else (0 if op == "conv" else 3))
    y_shape = (x_shape[0], *window.output(x_shape[1:3]), out_c)
    bias, y = weighted_bias(rng, x, w, out_c, y_shape, window.kernel[0] * window.kernel[1] * inputs)
    shape = {"stride": window.stride, "dilation": window.dilation, "pad": window.pad}
    activation = ("none", "relu", "relu6")[seed % 3]
    return single(op, [x, w, bias], [y], {**shape, "activation": activation, "rounding": "double"})


def convolutions() -> list[Graph]:
    graphs = [window_graph(s, "conv", *c) for s in range(4) for c in CONVOLUTIONS]
    graphs += [window_graph(s, "depthwise", x, x[3], w) for s in range(4) for x, w in DEPTHWISE]
    for g in graphs:
        verify(g)
    return graphs


def calls(graph: Graph) -> list[Call]:
    return [c for step in make_plan(graph, load_target(CORE)).steps for c in step.calls]


def drawn(kernel: str) -> list[Graph]:
    """Draws of every operator's cases that the kernel takes."""
    graphs = []
    for op in registry().values():
        for case in op.cases():
            for g in (case.draw(np.random.default_rng((7, i))) for i in range(DRAWS)):
                if kernel in {c.kernel for c in calls(g)}:
                    graphs.append(g)
    return graphs


def check(graph: Graph, folder: Path) -> None:
    plan = make_plan(graph, load_target(CORE), reuse=False, guard_bytes=GUARD_BYTES)
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, folder, mode="plain")
    samples = draw_samples(graph, np.random.default_rng(1), SAMPLES)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes)
    expected = reference_outputs(graph, samples)
    want = [np.ascontiguousarray(expected[o]).reshape(SAMPLES, -1).view(np.uint8) for o in graph.outputs]
    assert (raw.outputs[:, :size] == np.concatenate(want, axis=1)).all()
    used = np.zeros(plan.arena_bytes, bool)
    for p in plan.placements.values():
        used[p.offset : p.offset + p.bytes] = True
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    assert (raw.outputs[:, size:][:, ~used] == paint[~used]).all(), "written outside a buffer"


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_keeps_its_bounds(kernel: str, tmp_path: Path) -> None:
    graphs: Sequence[Graph] = drawn(kernel)
    assert len(graphs) >= 4
    check(merge(f"guard_{kernel}", graphs), tmp_path)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_compiles_alone_and_as_c99(kernel: str, tmp_path: Path) -> None:
    target = load_target(CORE)
    flags = [*target.cflags, *MODEL_WARNINGS, "-std=c99", "-pedantic", "-O2", "-fno-common"]
    command = [f"{target.compiler}gcc", *flags, f"-I{FOLDER}", "-c", str(FOLDER / f"{kernel}.c"), "-o", "out.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_convolutions_keep_their_bounds(tmp_path: Path) -> None:
    check(merge("guard_windows", convolutions()), tmp_path)


@pytest.mark.parametrize("op", ["add", "sub"])
def test_sums_round_halves_away_from_zero(op: str, tmp_path: Path) -> None:
    """The output's scale is twice the operands' and a power of two, so every odd sum is a half."""
    a, b, y = (Type((1, 300), "int8", Quant((s,), (z,))) for s, z in ((0.5, 3), (0.5, -7), (1.0, -1)))
    graph = single(op, [Tensor("a", a), Tensor("b", b)], [y], {"activation": "none"})
    assert {c.kernel for c in calls(graph)} == {"add_mve"}
    check(graph, tmp_path)


def test_softmax_of_many_equal_classes(tmp_path: Path) -> None:
    """The samples at one value throughout have sums around 2^28, at which no quotient is left."""
    x, y = Quant((0.05,), (3,)), Quant((1 / 256,), (-128,))
    graphs = []
    for classes in (1, 511, 512, 513, 4095):
        shape = (2, classes)
        tensors = Tensor("x", Type(shape, "int8", x)), Type(shape, "int8", y)
        graphs.append(single("softmax", [tensors[0]], [tensors[1]], {"beta": 1.0}))
    assert {c.kernel for g in graphs for c in calls(g)} == {"softmax_mve"}
    check(merge("equal", graphs), tmp_path)


@pytest.mark.parametrize("op", ["add", "sub"])
def test_sums_take_the_definitions_way_where_no_rounding_will_do(op: str, tmp_path: Path) -> None:
    """Scales of few digits have halves that only the definition's own noise decides."""
    given = ((0.067, 3), (0.063, -7), (0.082, -5))
    a, b, y = (Type((1, 300), "int8", Quant((float(np.float32(s)),), (z,))) for s, z in given)
    graph = single(op, [Tensor("a", a), Tensor("b", b)], [y], {"activation": "none"})
    (call,) = calls(graph)
    assert call.kernel == "add_mve" and call.params["right"] == 0
    check(graph, tmp_path)


def test_every_path_of_the_convolutions_is_reached() -> None:
    seen = set()
    for g in convolutions():
        for call in calls(g):
            flags = {k: v for k, v in call.params.items() if k in ("direct", "pair", "fold")}
            seen.add((call.kernel, *sorted(flags.items())))
    assert {("conv_mve", ("direct", 1), ("pair", p)) for p in (0, 1)} <= seen
    assert {("conv_mve", ("direct", 0), ("pair", p)) for p in (0, 1)} <= seen
    assert {("depthwise_mve", ("fold", n)) for n in (1, 2, 3, 5, 16)} <= seen
