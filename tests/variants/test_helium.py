"""The Helium kernels on the emulated Cortex-M55: the same bits as the reference, and no byte outside their buffers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import selection
from batch import check_guarded, merge
from helium import convolutions, window_graph
from lapel.families.window import Window
from lapel.ir import Call, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import registry
from lapel.planning import make_plan
from lapel.runtime.source import files, include_flags
from lapel.simulate.firmware import MODEL_WARNINGS
from lapel.targets import Target, load_target
from lapel.variants import FlashSaver, variants

CORE, GUARD_BYTES, SAMPLES, DRAWS = "cortex-m55", 16, 5, 8
ORDERS = (load_target(CORE).kernels, ("mve", "portable"))
"""The core's own order of preference, and one without the variants that take most of another's calls."""
KERNELS = sorted(n for n, v in variants().items() if n.split("_")[1] in ORDERS[0] and not isinstance(v, FlashSaver))
"""Those of coded weights: test_coded.py."""


def target(kernels: Sequence[str] = ORDERS[0]) -> Target:
    return replace(load_target(CORE), kernels=tuple(kernels))


def calls(graph: Graph, kernels: Sequence[str] = ORDERS[0]) -> list[Call]:
    return [c for step in make_plan(graph, target(kernels)).steps for c in step.calls]


def drawn(kernel: str) -> list[Graph]:
    """Draws of every operator's cases that the kernel takes."""
    graphs = []
    for op in selection.callers(kernel):
        for case in op.cases():
            for g in (case.draw(np.random.default_rng((7, i))) for i in range(DRAWS)):
                if kernel in {c.kernel for c in calls(g, (kernel.split("_")[1], "portable"))}:
                    graphs.append(g)
    return graphs


def check(graph: Graph, folder: Path, kernels: Sequence[str] = ORDERS[0]) -> None:
    plan = make_plan(graph, target(kernels), reuse=False, guard_bytes=GUARD_BYTES)
    check_guarded(plan, graph, folder, SAMPLES)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_keeps_its_bounds(kernel: str, tmp_path: Path) -> None:
    graphs: Sequence[Graph] = drawn(kernel)
    assert len(graphs) >= 4
    check(merge(f"guard_{kernel}", graphs), tmp_path, (kernel.split("_")[1], "portable"))


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_compiles_alone_and_as_c99(kernel: str, tmp_path: Path) -> None:
    core = load_target(CORE)
    flags = [*core.cflags, *MODEL_WARNINGS, "-std=c99", "-pedantic", "-O2", "-fno-common"]
    command = [f"{core.compiler}gcc", *flags, *include_flags(), "-c", str(files()[f"{kernel}.c"]), "-o", "out.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kernels", ORDERS, ids=" ".join)
def test_convolutions_keep_their_bounds(kernels: Sequence[str], tmp_path: Path) -> None:
    check(merge("guard_windows", convolutions()), tmp_path, kernels)


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


UNSTRIDED = Window((3, 3), (1, 1), (1, 1), (1, 1, 1, 1))


@pytest.mark.parametrize(
    ("variant", "x", "out_c", "window", "reason"),
    [
        ("conv_mve", (1, 1, 1, 1), 2**16 - 15, Window((1, 1), (1, 1)), "more than 65520 channels"),
        ("conv_mve", (1, 3, 3, 30), 4, UNSTRIDED, "windows of 272 values, more than 224"),
        ("conv_mve_large", (1, 3, 3, 16), 4, UNSTRIDED, "windows that are short or read in place"),
        ("conv_mve_large", (1, 3, 3, 230), 4, UNSTRIDED, "windows of 2080 values, more than 2048"),
        ("depthwise_mve", (1, 9, 9, 4), 4, Window((6, 6), (1, 1)), "more than 25 taps"),
        ("depthwise_mve", (1, 9, 9, 4), 8, UNSTRIDED, "2 outputs a channel"),
        ("depthwise_mve_large", (1, 9, 9, 4), 4, UNSTRIDED, "9 taps, not more than 25"),
        ("depthwise_mve_large", (1, 13, 13, 4), 4, Window((12, 11), (1, 1)), "more than 121 taps"),
        ("depthwise_blocks", (1, 8, 8, 4), 4, Window((3, 3), (1, 2)), "not up to 3x3 without strides"),
        ("depthwise_blocks", (1, 8, 8, 4), 4, Window((4, 3), (1, 1)), "not up to 3x3 without strides"),
        ("depthwise_blocks", (1, 1, 8, 4), 4, UNSTRIDED, "1 x 8 outputs, fewer than 2 x 2"),
        ("depthwise_blocks", (1, 3, 100, 220), 220, UNSTRIDED, "rows too long for 16-bit offsets"),
    ],
)
def test_a_variant_says_why_not(variant: str, x: tuple[int, ...], out_c: int, window: Window, reason: str) -> None:
    op = variant.split("_")[0]
    graph = window_graph(0, op, x, out_c, window)
    (call,) = registry()[op].lower(graph.instance(graph.nodes[0]))
    found = variants()[variant].specialize(call)
    assert isinstance(found, str) and reason in found


def test_dense_layers_share_one_scale_or_have_one_for_each_output() -> None:
    graphs = drawn("dense_mve")
    scales = {c.params["scale_next"] for g in graphs for c in calls(g) if c.kernel == "dense_mve"}
    assert scales == {0, 20}


def test_every_path_of_the_convolutions_is_reached() -> None:
    seen = set()
    for g in convolutions():
        for call in [c for kernels in ORDERS for c in calls(g, kernels)]:
            flags = {k: v for k, v in call.params.items() if k in ("direct", "windows", "fold", "groups")}
            if call.kernel == "depthwise_mve_large":
                flags["spread"] = int(call.params["multiplier"] != 1)
            seen.add((call.kernel, *sorted(flags.items())))
    assert {("conv_mve", ("direct", d), ("windows", 0)) for d in (1, 2)} <= seen
    assert {("conv_mve", ("direct", 0), ("windows", n)) for n in (1, 4, 6)} <= seen
    assert ("depthwise_blocks",) in seen
    assert {("depthwise_mve", ("fold", n)) for n in (1, 2, 3, 5, 16)} <= seen
    assert {("conv_mve_large", ("groups", n)) for n in (1, 2, 3, 5)} <= seen
    assert {("depthwise_mve_large", ("fold", n), ("spread", 0)) for n in (1, 5)} <= seen
    assert {("depthwise_mve_large", ("fold", n), ("spread", 1)) for n in (1, 2, 4)} <= seen
