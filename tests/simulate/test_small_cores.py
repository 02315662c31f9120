"""Cores of RV32E: what the compiler may use there, of the model and of libgcc, is what they have."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import lapel
from cores import needs
from lapel.building import GraphBuilder
from lapel.errors import SimulationError
from lapel.ir import Graph
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.toolchain import find_tool
from lapel.targets import load_target

CORES = [pytest.param(name, marks=needs(name)) for name in ("rv32ec", "rv32emc")]
BEYOND = re.compile(r"\b(a[67]|s[2-9]|s1[01]|t[3-6])\b")
"""x16 to x31."""
DIVISIONS = re.compile(r"\t(div|divu|rem|remu)\t")
PRODUCTS = re.compile(r"\t(mul|mulh|mulhu|mulhsu)\t")


def float_net() -> Graph:
    """A dense layer and a softmax."""
    rng = np.random.default_rng(0)
    b = GraphBuilder("small")
    w = b.constant("w", rng.normal(size=(3, 8)).astype(np.float32))
    y = b.node("dense", b.input("x", (1, 8)), w, None, activation="none", keep_dims=False)
    return b.graph(b.node("softmax", y, beta=1.0))


@pytest.mark.parametrize("name", CORES)
def test_instructions_that_there_are(name: str, toy, tmp_path: Path) -> None:
    target = load_target(name)
    body = "float f = 3.0f; for (int i = 0; i < 16; i++) { f = f / (float)(1 + i) + (float)(in[i] * in[0]); }"
    body += "for (int i = 0; i < 16; i++) { out[i] = (int8_t)(3 * in[i] + weights[i] + (f == 1e9f) + in[0] / 200); }"
    before = "static const int8_t weights[16] = {7, 3};"
    firmware = build_firmware(toy.with_model(body, before), target, tmp_path)
    dump = [find_tool(f"{target.compiler}objdump"), "-d", str(firmware.elf)]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    assert "<__divsf3>" in text and not BEYOND.search(text) and not DIVISIONS.search(text)
    assert bool(PRODUCTS.search(text)) == (name == "rv32emc")
    run_firmware(firmware, toy.samples, 16, timeout_s=300)


@pytest.mark.parametrize(("name", "asm"), [("rv32ec", "mul a0, a0, a0"), ("rv32emc", "divu a0, a0, a0")])
def test_what_they_have_not_is_a_trap(name: str, asm: str, toy, tmp_path: Path) -> None:
    body = f'__asm__ volatile(".option arch, +m\\n{asm}" ::: "a0"); (void)in; (void)out;'
    firmware = build_firmware(toy.with_model(body.replace("\n", "\\n")), load_target(name), tmp_path)
    with pytest.raises(SimulationError, match="exception 2 in toy_invoke"):
        run_firmware(firmware, toy.samples, 16, timeout_s=300)


@pytest.mark.parametrize("name", [*CORES, *(pytest.param(n, marks=needs(n)) for n in ("atmega2560", "attiny85"))])
def test_a_model_is_built_and_run(name: str) -> None:
    """An int8 network, every bit the reference's; cycles are counted on AVRs alone."""
    graph = lapel.quantize(float_net(), np.random.default_rng(1).normal(size=(16, 1, 8)).astype(np.float32)).graph
    found = lapel.run(graph, name)
    assert found.bit_exact and found.instructions is not None
    assert (found.cycles is None) == name.startswith("rv32")
