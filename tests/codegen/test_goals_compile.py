"""Every goal on every core compiles without a warning: a stream, bands of a whole image, several inputs, floats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest

import lapel
from batch import merge
from cores import needs
from lapel import codegen
from lapel.codegen.interface import ports
from lapel.ir import Call, Graph, Node, Tensor, Type
from lapel.planning import Plan, make_plan
from lapel.records import Cost
from lapel.simulate.firmware import model_command
from lapel.simulate.toolchain import compile_all, find_tool
from lapel.targets import list_targets, load_target
from lapel.wish import Goal, Wish
from nets import Net

CORES = [pytest.param(n, marks=needs(n)) for n in list_targets() if load_target(n).kind == "core"]


class Opposed:
    """Costs that set goals at odds: inlined calls are fast and large, dense ones so large that none is balanced."""

    unit = "counted cycles"

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        large = {c.kernel: 100_000 if c.kernel.startswith("dense") else 100 for c in calls}
        return [Cost(10, large[c.kernel], 0, {}) if c.inline else Cost(50, 9, 0, {c.kernel: 40}) for c in calls]


def convolved(net: Net) -> str:
    """Two convolutions, whose images are the largest tensors, and few values of them."""
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = net.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    return net.dense(net.reshape(pool, (1, 16)), 4)


def streamed() -> Graph:
    net = Net("streamed", (1, 16, 8, 3))
    return net.graph(convolved(net))


def banded() -> Graph:
    """An image that is read again at the end, so that it stays in the arena; beside it a net from float to float."""
    net, other = Net("a", (1, 16, 8, 3)), Net("b", (1, 6))
    whole, y = net.graph(convolved(net), net.relu("x")), other.dense("x", 5)
    real = {n: Tensor(n, Type(other.tensors[q].type.shape, "float32")) for n, q in (("fx", "x"), ("fy", y))}
    nodes = (
        Node("quantize", "q", ("fx",), ("x",), {"dtype": "int8"}),
        *other.nodes,
        Node("dequantize", "d", (y,), ("fy",)),
    )
    return merge("banded", [whole, Graph("b", nodes, {**other.tensors, **real}, ("fx",), ("fy",))])


def write(plan: Plan, folder: Path) -> str:
    """Writes the plan's C; the name of its source."""
    code = codegen.generate(plan)
    for name, text in code.files().items():
        (folder / name).write_text(text)
    return f"{code.prefix}.c"


def test_the_models_are_what_they_should_be() -> None:
    plans = {g: [make_plan(m(), load_target("cortex-m4"), Wish(g), costs=Opposed()) for m in (streamed, banded)]
             for g in get_args(Goal)}  # fmt: skip
    stream, bands = plans["ram"]
    assert [p.offset for p in ports(stream)[0]] == [None]
    assert "bands" in [n.subject for n in bands.notes]
    assert [(p.type.dtype, p.offset is None) for p in ports(bands)[0]] == [("int8", False), ("float32", False)]
    calls = {
        g: [[c for s in p.steps for c in s.calls if not c.kernel.startswith("slide")] for p in ps]
        for g, ps in plans.items()
    }
    inlined = {g: [[c.inline for c in found] for found in both] for g, both in calls.items()}
    assert all(map(all, inlined["latency"])) and not any(map(any, inlined["flash"]))
    assert all(any(calls) and not all(calls) for calls in inlined["balanced"])


@pytest.mark.parametrize("core", CORES)
def test_every_goal_compiles(core: str, tmp_path: Path) -> None:
    """`streamed` for ram alone: for any other goal its code is a part of the other model's."""
    target = load_target(core)
    compiler = find_tool(target.compiler + "gcc")
    for goal in get_args(Goal):
        for make in (banded, streamed) if goal == "ram" else (banded,):
            source = write(make_plan(make(), target, Wish(goal), costs=Opposed()), tmp_path)
            compile_all([model_command(compiler, target, "count", source, ())], tmp_path, f"{source}, {goal}")


@needs("atmega328p")
def test_an_image_larger_than_the_ram_of_the_avr() -> None:
    net = Net("wide", (1, 128, 32, 3))
    t = "x"
    for kernel, (h, w) in (((4, 4), (32, 8)), ((4, 2), (8, 4))):
        t = net.node("avgpool", (t,), (1, h, w, 3), kernel=kernel, stride=kernel, pad=(0,) * 4, activation="none")
    result = lapel.run(net.graph(net.dense(net.reshape(t, (1, 96)), 4)), "atmega328p", wish=Wish("ram"))
    assert result.bit_exact and result.memory.arena_bytes < 2048
