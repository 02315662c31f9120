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
from lapel.planning import make_plan
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.toolchain import find_tool
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

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


def listening_net() -> Graph:
    """24 frames of 10 bands, two blocks of depthwise-separable convolutions with a stride in time, three scores."""
    rng = np.random.default_rng(0)
    net = GraphBuilder("listen")
    x = net.node("reshape", net.input("features", (1, 24, 10)), shape=(1, 24, 1, 10))
    for channels, kernel, stride in ((16, 4, 2), (16, 3, 1)):
        options = {"dilation": (1, 1), "pad": (0, 0, 0, 0)}
        w = net.constant("w", rng.normal(size=(1, kernel, 1, x.type.shape[3])).astype(np.float32))
        x = net.node("depthwise", x, w, None, activation="none", stride=(stride, 1), **options)
        w = net.constant("w", rng.normal(size=(channels, 1, 1, x.type.shape[3])).astype(np.float32) / 4)
        x = net.node("conv", x, w, None, activation="relu", stride=(1, 1), **options)
    x = net.node("reshape", x, shape=(1, x.type.size))
    w = net.constant("w", rng.normal(size=(3, x.type.size)).astype(np.float32) / 12)
    graph = net.graph(net.node("dense", x, w, None, activation="none", keep_dims=False))
    return lapel.quantize(graph, rng.normal(size=(40, 24, 10)).astype(np.float32)).graph


SMALL_CORES = ("atmega328p", "atmega2560", "rv32ec")
SMALL = [pytest.param(n, marks=needs(n)) for n in SMALL_CORES]


@pytest.mark.parametrize("name", SMALL)
def test_a_stream_step_by_step(name: str) -> None:
    """Ring buffers across calls; where simavr counts cycles, QEMU's machine answers the same bytes."""
    window = listening_net()
    stream = lapel.streaming(window).graph
    assert isinstance(stream, Graph)
    steps = np.random.default_rng(2).integers(-128, 128, (6, 1, 2, 10)).astype(np.int8)
    step, whole = lapel.run(stream, name, steps), lapel.run(window, name)
    assert step.bit_exact and whole.bit_exact
    assert step.instructions is not None and whole.instructions is not None
    assert step.instructions < whole.instructions / 4


@pytest.mark.parametrize(
    "name",  # QEMU's AVRs take an image byte by byte, which is slow on a busy computer
    [pytest.param(n, marks=[needs(n), *([pytest.mark.long] if n != "rv32ec" else [])]) for n in SMALL_CORES],
)
def test_an_image_in_bands(name: str) -> None:
    """Read from the caller band by band: the image is never in the RAM as a whole."""
    net = Net("bands", (1, 16, 16, 4))
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pooled = net.node("maxpool", (t,), (1, 4, 4, 4), kernel=(4, 4), stride=(4, 4), pad=(0,) * 4, activation="none")
    graph = net.graph(net.dense(net.reshape(pooled, (1, 64)), 4))
    plan = make_plan(graph, load_target(name), Wish("ram"))
    assert "x" not in plan.placements and plan.arena_bytes < 16 * 16 * 4
    assert lapel.run(graph, name, wish=Wish("ram")).bit_exact
