"""A small network, a build of it whose C can be changed, and faults that are planted there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import lapel
from floatnets import Net, images
from lapel import codegen
from lapel.ir import Graph, Quant
from lapel.measuring import plan_for
from lapel.planning import Plan
from lapel.records import Diff
from lapel.targets import load_target

TARGET = "plain-m0"
BOARD = """inherits = "cortex-m0"
description = "A Cortex-M0 whose kernels keep bias, multipliers and shifts as they are"
kernels = ["portable"]
"""
"""The file of the target: other kernels pack their constants, each in its own way."""
SAME = (1, 1, 1, 1)


def float_net() -> Graph:
    """Two depthwise convolutions of one shape, and a sum of both."""
    b = Net("planted")
    a = b.depthwise(b.input("image", (1, 8, 8, 4)), "first", 3, pad=SAME)
    c = b.depthwise(a, "second", 3, "none", pad=SAME)
    both = b.node("add", a, c, activation="relu", name="both")
    pooled = b.node("mean", both, axes=(1, 2), keep_dims=False, name="pooled")
    return b.graph(b.node("softmax", b.dense(pooled, "scores", 5), beta=1.0, name="softmax"))


@dataclass(frozen=True, eq=False)
class Built:
    """A build's folder, whose model is of what it was made."""

    floats: Graph
    graph: Graph
    x: np.ndarray
    plan: Plan
    folder: Path

    def source(self) -> str:
        """Its C."""
        return (self.folder / "planted.c").read_text()

    def changed(self, into: Path, edit: Callable[[str], str]) -> Path:
        """A copy whose C is edited."""
        shutil.copytree(self.folder, into)
        before = self.source()
        after = edit(before)
        assert after != before, "nothing was planted"
        (into / "planted.c").write_text(after)
        return into

    def diff(self, folder: Path) -> Diff:
        """The folder's C beside the reference."""
        return lapel.diff(self.graph, inputs=self.x, folder=folder)

    def step(self, name: str) -> int:
        """The place of a layer in the order."""
        return next(s.index for s in self.plan.steps if s.node.outputs[0] == name)


def build(folder: Path) -> Built:
    """Quantize, and write what `lapel build` writes but for the stack at every level of optimization."""
    floats = float_net()
    x = images(floats, 24)
    graph: Graph = lapel.quantize(floats, x).graph
    plan = plan_for(graph, load_target(TARGET))
    record = lapel.build(graph, TARGET)
    folder.mkdir()
    for name, text in codegen.generate(plan).written().items():
        (folder / name).write_text(text)
    (folder / "lapel.json").write_text(json.dumps(record.to_json()))
    return Built(floats, graph, x[:4], plan, folder)


def params(source: str, step: int) -> re.Match[str]:
    """The params struct of a step."""
    found = re.search(
        rf"^static const LAPEL_ROM lapel_(\w+)_params (planted_{step}_\w+) = {{\n(.*?)^}};", source, re.M | re.S
    )
    assert found, f"step {step} has params"
    return found


def with_field(source: str, step: int, field: str, change: Callable[[int], int]) -> str:
    """A number of a step's params changed."""
    at = params(source, step)
    body = re.sub(rf"(-?\d+), /\* {field} \*/", lambda m: f"{change(int(m[1]))}, /* {field} */", at[3])
    return source[: at.start(3)] + body + source[at.end(3) :]


def with_table(source: str, step: int, field: str, change: Callable[[list[int]], list[int]]) -> str:
    """The numbers of a step's table changed."""
    at = re.search(
        rf"^(static const LAPEL_ROM \w+ planted_{step}_\w+_{field}\[\d+\] = {{\n)(.*?)^}};", source, re.M | re.S
    )
    assert at, f"step {step} has a table {field}"
    values = [int(v) for v in re.findall(r"-?\d+", at[2].replace("INT32_MIN", str(-(2**31))))]
    body = "".join(f"    {v},\n" for v in change(values))
    return source[: at.start(2)] + body + source[at.end(2) :]


def call(source: str, step: int) -> re.Match[str]:
    """The line that calls a step's kernel."""
    found = re.search(rf"^    /\* step {step} .*?\n(    \w+\([^;]*;\n)", source, re.M | re.S)
    assert found
    return found


def rescaled(graph: Graph, name: str, factor: float) -> Graph:
    """A tensor's scale times a factor: its integers stand for a range that is so much wider or narrower."""
    t = graph.tensors[name]
    q = t.type.quant
    assert q is not None
    other = replace(t, type=replace(t.type, quant=Quant((q.scale[0] * factor,), q.zero)))
    return replace(graph, tensors={**graph.tensors, name: other})
