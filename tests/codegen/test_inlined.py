"""Kernels compiled into single steps: the same bits, within the same bounds, clean under every compiler."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batch import check_guarded, draw_samples, draws, inlined, merge
from cores import needs
from lapel import codegen
from lapel.codegen.inlined import inlined_name, inlined_text
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.runtime.source import files, kernels, read
from lapel.simulate import MODEL_WARNINGS, build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from lapel.variants import variants
from nets import Net

SAMPLES = 5
GUARD_BYTES = 16


def check_bits(graph: Graph, core: str, folder: Path, *extra: str) -> None:
    plan = inlined(make_plan(graph, load_target(core), reuse=False, guard_bytes=GUARD_BYTES))
    check_guarded(plan, graph, folder, SAMPLES, "plain" if core == "host" else "count", extra)


def test_all_operators_keep_their_bounds_under_sanitizers(tmp_path: Path) -> None:
    check_bits(merge("own_code", draws(1)), "host", tmp_path, *SANITIZE)


@pytest.mark.parametrize(
    "core",
    [
        *(pytest.param(c, marks=needs(c)) for c in ("cortex-m4", "cortex-m55")),
        pytest.param("rv32imac", marks=[needs("rv32imac"), pytest.mark.long]),  # the kernels of the host
    ],
)
def test_all_operators_on_a_core(core: str, tmp_path: Path) -> None:
    check_bits(merge("own_code", draws(1)), core, tmp_path)


@needs("atmega328p")
def test_a_net_on_the_avr(tmp_path: Path) -> None:
    net = Net("g", (1, 6, 5, 2))
    t = net.relu(net.add(net.conv("x", 2, (1, 1, 1, 1)), "x"))
    check_bits(net.graph(net.dense(t, 3)), "atmega328p", tmp_path)


def test_one_step_with_its_own_code_beside_shared_ones(tmp_path: Path) -> None:
    """Both copies of a kernel in one file; a clamp planted in the one with its own code is in its output alone."""
    net = Net("g", (1, 8, 8, 2))
    a, b = net.conv("x", 3), net.conv("x", 2)
    plan = make_plan(net.graph(a, b), load_target("host"))
    for hi, wrong in ((127, False), (3, True)):
        call = plan.steps[0].calls[0]
        own = replace(call, inline=True, params={**call.params, "hi": hi, "plain": 0})
        code = codegen.generate(replace(plan, steps=(replace(plan.steps[0], calls=(own,)), *plan.steps[1:])))
        assert code.source.count("lapel_conv(int8_t") == 1 and code.source.count("lapel_conv_inlined(int8_t") == 1
        firmware = build_firmware(code.files(), plan.target, tmp_path / str(hi), mode="plain")
        samples = draw_samples(plan.graph, np.random.default_rng(0), SAMPLES)
        out = run_firmware(firmware, to_bytes(plan.graph, samples), sum(p.type.bytes for p in code.outputs)).outputs
        want = reference_outputs(plan.graph, samples)
        sizes = np.cumsum([want[o][0].size for o in plan.graph.outputs])[:-1]
        differs = [
            bool((found.view(np.int8) != want[o].reshape(SAMPLES, -1)).any())
            for o, found in zip(plan.graph.outputs, np.split(out, sizes, axis=1), strict=True)
        ]
        first = plan.graph.outputs.index(plan.steps[0].node.outputs[0])
        assert differs == [wrong and k == first for k in range(2)]


KERNELS = [k for k in kernels() if f"lapel_{k}(" in read(f"{k}.c")]
"""Others have no function: their calls bring statements (`Call.body`)."""


@pytest.mark.parametrize("kernel", KERNELS)
def test_copies_call_copies(kernel: str) -> None:
    """No copy goes back to what is out of line, but for assembly language and lapel.h's rare cases."""
    text = inlined_text([kernel])
    assert f"LAPEL_INLINE void {inlined_name(kernel)}(" in text
    assert "LAPEL_NOINLINE" not in text and "naked" not in text
    defined = set(re.findall(r"^LAPEL_INLINE [^\n]*?\b(lapel_\w+)\(", text, re.M))
    assert all(name.endswith("_inlined") for name in defined)
    assert set(re.findall(r"\blapel_\w+_inlined\b", text)) == defined
    called = set(re.findall(r"\blapel_\w+(?=\()", text)) - defined
    out_of_line = set(re.findall(r"^LAPEL_NOINLINE[^\n]*?\b(lapel_\w+)\(", all_runtime(), re.M))
    assert called & out_of_line <= {"lapel_requantize_any"} | naked()


def all_runtime() -> str:
    return "\n".join(map(read, files()))


def naked() -> set[str]:
    heads = re.findall(r"^[A-Za-z_][^;{}#]*?\b(lapel_\w+)\([^;{}#]*\)\s*\{", all_runtime(), re.M)
    marked = re.findall(r"^[^\n/*]*(?:NAKED|naked|LAPEL_MVE_ASM)[^;{}#]*?\b(lapel_\w+)\(", all_runtime(), re.M)
    return set(heads) & set(marked)


@pytest.mark.parametrize("compiler", ["gcc", pytest.param("clang", marks=pytest.mark.long)])
def test_all_kernels_are_clean_in_their_own_code(compiler: str, tmp_path: Path) -> None:
    """With all warnings but the two that step code switches off."""
    plan = inlined(make_plan(merge("clean", draws(1)), load_target("host")))
    (tmp_path / "clean.h").write_text(codegen.generate(plan).header)
    (tmp_path / "clean.c").write_text(codegen.generate(plan).source)
    command = [compiler, "-std=c99", "-pedantic", *MODEL_WARNINGS, "-O2", "-c", "clean.c", "-o", "clean.o"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]


def test_every_variant_has_copies() -> None:
    written = {v for v in variants() if v.split("_")[1] == "written"}  # statements, without a function
    assert {inlined_name(v) for v in variants().keys() - written} <= {inlined_name(k) for k in KERNELS}
