"""Windows of absurd size are refused before anything works on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lapel.ir.op import lowerable
from lapel.ops import registry


@pytest.mark.parametrize("op", ["conv", "depthwise", "maxpool", "avgpool"])
@pytest.mark.parametrize(
    ("attr", "value", "message"),
    [
        ("stride", (0, 1), "expected 1 or more"),
        ("stride", (40_000, 1), "at most 32767"),
        ("pad", (0, 10**6, 0, 0), "none above 32767"),
        ("pad", (-1, 0, 0, 0), "none below 0"),
        ("pad", (30_000, 30_000, 30_000, 30_000), "more than 16777216 positions"),
    ],
)
def test_refused(op: str, attr: str, value: tuple[int, ...], message: str) -> None:
    definition = registry()[op]
    graph = definition.cases()[0].draw(np.random.default_rng(0))
    node = replace(graph.nodes[0], attrs={**graph.nodes[0].attrs, attr: value})
    problems = lowerable(definition, graph.instance(node))
    assert any(message in p for p in problems), problems


@pytest.mark.parametrize("op", ["maxpool", "avgpool"])
def test_a_kernel_with_too_many_taps_is_refused(op: str) -> None:
    definition = registry()[op]
    graph = definition.cases()[0].draw(np.random.default_rng(0))
    node = replace(graph.nodes[0], attrs={**graph.nodes[0].attrs, "kernel": (1000, 1000)})
    assert any("1000000 taps" in p for p in lowerable(definition, graph.instance(node)))


def test_a_convolution_in_blocks_of_rows_is_that_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    for case in registry()["conv"].cases():
        for _ in range(5):
            graph = case.draw(rng)
            inst = graph.instance(graph.nodes[0])
            x = rng.integers(-128, 128, inst.x().shape, np.int8)
            arrays = [x, *(None if t is None else t.data for t in inst.inputs[1:])]
            (whole,) = registry()["conv"].reference(inst, *arrays)
            monkeypatch.setattr("lapel.ops.conv.BLOCK", 1)  # one row each
            (rows,) = registry()["conv"].reference(inst, *arrays)
            monkeypatch.undo()
            assert np.array_equal(whole, rows)
