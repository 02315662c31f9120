"""Every variant, executed: within its bounds on the host under sanitizers, and equal to the reference on its cores."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from depthwise_cases import DEPTHWISE_CASES
from lapel import codegen
from lapel.ir import Case, Graph
from lapel.kernels import variants
from lapel.kernels.add_dsp import find_line
from lapel.ops import registry
from lapel.ops.conv import draw_conv
from lapel.plan import make_plan
from lapel.prove.run import reference_outputs
from lapel.prove.samples import to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import list_targets, load_target

DRAWS = 25
SAMPLES = 5
GUARD_BYTES = 16

MORE_CASES = {
    "conv": [
        Case("pointwise_deep", partial(draw_conv, kernel=1, channels=200, stride=2)),
        Case("wide_stack", partial(draw_conv, kernel=4, channels=70, stride=2)),
        Case("explicit", partial(draw_conv, kernel=3, channels=8, explicit=True)),
    ],
    "depthwise": DEPTHWISE_CASES,
}
"""Beside the operators' own cases: sizes at which a variant takes another path, by kernel."""


def draws(name: str, count: int) -> list[Graph]:
    """One-node graphs of which the variant `name` takes some call."""
    kernel = name.split("_")[0]
    graphs = []
    for op in registry().values():
        for case in [*op.cases(), *(MORE_CASES.get(kernel, []) if op.name == kernel else [])]:
            seed = zlib.crc32(f"{name}/{op.name}/{case.name}".encode())
            for i in range(count):
                graph = case.draw(np.random.default_rng((seed, i)))
                if takes(name, graph):
                    graphs.append(graph)
    return graphs


def takes(name: str, graph: Graph) -> bool:
    calls = registry()[graph.nodes[0].op].lower(graph.instance(graph.nodes[0]))
    return any(c.kernel == name.split("_")[0] and not isinstance(variants()[name].specialize(c), str) for c in calls)


# Helium has no equivalents in C: tests/kernels/test_helium.py looks at its guard bytes on the emulated core.
@pytest.mark.parametrize("name", sorted(n for n in variants() if n.split("_")[1] == "dsp"))
def test_a_variant_keeps_its_bounds_under_sanitizers(name: str, tmp_path: Path) -> None:
    graph = merge(f"guard_{name}", draws(name, DRAWS))
    host = replace(load_target("host"), kernels=(name.split("_")[1], "portable"))
    plan = make_plan(graph, host, reuse=False, guard_bytes=GUARD_BYTES)
    assert any(c.kernel == name for s in plan.steps for c in s.calls)
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    samples = draw_samples(graph, np.random.default_rng(1), SAMPLES)
    size = sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes)
    outputs = reference_outputs(graph, samples)
    rows = [np.ascontiguousarray(outputs[o]).reshape(SAMPLES, -1).view(np.uint8) for o in graph.outputs]
    assert (raw.outputs[:, :size] == np.concatenate(rows, axis=1)).all()
    used = np.zeros(plan.arena_bytes, bool)
    for p in plan.placements.values():
        used[p.offset : p.offset + p.bytes] = True
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    assert (raw.outputs[:, size:][:, ~used] == paint[~used]).all(), f"{name} wrote outside its buffers"


def cores_of(name: str) -> list[str]:
    """The cores that prefer the variant; boards repeat them."""
    suffix = name.split("_")[1]
    targets = [load_target(t) for t in list_targets()]
    return sorted({t.core for t in targets if suffix in t.kernels})


@pytest.mark.parametrize(("name", "core"), [(n, c) for n in sorted(variants()) for c in cores_of(n)])
def test_a_variant_equals_the_reference_on_its_core(name: str, core: str) -> None:
    graph = merge(f"{name}_on_{core}", draws(name, 8))
    assert lapel.run(graph, core, draw_samples(graph, np.random.default_rng(2), SAMPLES)).bit_exact


def test_the_draws_reach_every_path_of_the_convolution() -> None:
    """(two pixels at a time, one tap, channels in fours): all but one tap gathered as int8 that fits as int16."""
    paths = set()
    for graph in draws("conv_dsp", DRAWS):
        (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
        found = variants()["conv_dsp"].specialize(call)
        assert not isinstance(found, str)
        paths.add(tuple(found.params[k] for k in ("pairs", "inside", "whole")))
    assert len(paths) == 8


def test_every_sum_of_the_add_variant_is_the_definitions() -> None:
    """All 65536 pairs of operands against the operator's reference, and one multiplier off by a few is noticed."""
    every = np.arange(-128, 128, dtype=np.int64)
    a, b = (g.ravel() for g in np.meshgrid(every, every, indexing="ij"))
    for name in ("add", "sub"):
        op = registry()[name]
        for seed in range(20):
            inst_graph = op.cases()[0].draw(np.random.default_rng(seed))
            inst = inst_graph.instance(inst_graph.nodes[0])
            (call, *_), line = op.lower(inst), find_line(op.lower(inst)[0].params)
            assert line is not None
            swapped = call.inputs[0] != inst.node.inputs[0]
            (want,) = op.reference(inst, *((b, a) if swapped else (a, b)))
            lo, hi = int(want.min()), int(want.max())
            found = np.clip((a * line.a_mul + b * line.b_mul + line.add) >> line.right, -128, 127)
            assert (np.clip(found, lo, hi) == want).all()
            off = np.clip((a * (line.a_mul + line.a_mul // 256) + b * line.b_mul + line.add) >> line.right, lo, hi)
            assert lo == hi or (off != want).any()
