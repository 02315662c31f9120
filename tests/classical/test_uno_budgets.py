"""What models of the size of the benchmark take on the Arduino Uno: counted, so these are exact."""

from __future__ import annotations

import numpy as np
import pytest

import selection
from lapel.building import GraphBuilder
from lapel.ir import Carry, Graph, Tensor
from lapel.proving import run

pytestmark = pytest.mark.skipif(not selection.cores(["atmega328p"]), reason="of the ATmega328P")
RNG = np.random.default_rng(0)


def nibbles(*shape: int) -> np.ndarray:
    return RNG.integers(-3, 4, shape, np.int8)


def projected(b: GraphBuilder, features: int, dims: int) -> Tensor:
    x = b.input("features", (1, features), "int8")
    bias = b.constant("bias", np.zeros(dims, np.int32))
    return b.node("project", x, b.constant("p", nibbles(dims, features)), bias, drop=4)


def prototypes() -> Graph:
    b = GraphBuilder("prototypes")
    z, counts = projected(b, 64, 16), np.array([6] * 6 + [5] * 4, np.uint8)
    constants = nibbles(56, 16), np.zeros(56, np.int32), counts, np.arange(255, 159, -1).astype(np.uint8)
    return b.graph(b.node("protonn", z, *(b.constant(f"c{i}", c) for i, c in enumerate(constants)), fine=3, drop=6))


def tree() -> Graph:
    b = GraphBuilder("tree")
    z = projected(b, 64, 16)
    constants = nibbles(3, 10, 16), nibbles(3, 10, 16), nibbles(1, 16), np.zeros(1, np.int32)
    return b.graph(b.node("bonsai", z, *(b.constant(f"c{i}", c) for i, c in enumerate(constants)), drop=3, scale=2))


def recurrent() -> Graph:
    b = GraphBuilder("recurrent")
    x, h = b.input("features", (1, 8), "int8"), b.input("state", (1, 24), "int16")
    biases = np.zeros(24, np.int32)
    table = (np.arange(256) // 2 + 64).astype(np.uint8)
    constants = nibbles(24, 8), nibbles(24, 24), biases, biases, table
    made = (b.constant(f"c{i}", c) for i, c in enumerate(constants))
    seen, new = b.split("fastgrnn", x, h, *made, x_left=1, s_left=0, drop=5, zeta=187, nu=5)
    v, bias = b.constant("v", nibbles(10, 24)), b.constant("bias", np.zeros(10, np.int32))
    graph = b.graph(b.node("project", seen, v, bias, drop=3), new)
    return Graph(
        graph.name, graph.nodes, graph.tensors, graph.inputs, graph.outputs,
        carries=(Carry(h.name, new.name, np.zeros((1, 24), np.int16)),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "cycles", "flash_bytes", "ram_bytes"),
    [(prototypes, 24_000, 2_300, 160), (tree, 23_500, 2_700, 180), (recurrent, 32_000, 2_800, 180)],
)
def test_keeps_to_its_budget(make: object, cycles: int, flash_bytes: int, ram_bytes: int) -> None:
    assert callable(make)
    graph = make()
    full = np.full((1, graph.tensors["features"].type.size), 100, np.int8)
    found = run(graph, "arduino-uno", full)
    assert found.bit_exact and found.cycles is not None
    figures = found.cycles, found.memory.flash_bytes, found.memory.ram_bytes
    assert all(a <= b for a, b in zip(figures, (cycles, flash_bytes, ram_bytes), strict=True)), figures
