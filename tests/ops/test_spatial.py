"""Windows beyond what .tflite files can say (explicit padding), and what the spatial operators refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from batch import draw_samples, merge
from lapel.ir import Graph, Quant, Tensor, Type
from lapel.ir.op import lowerable
from lapel.ops import evaluate, registry
from lapel.ops.conv import draw_conv
from lapel.ops.depthwise import draw_depthwise
from lapel.proving.run import run

Draw = Callable[..., Graph]
EXPLICIT = [
    partial(draw_conv, kernel=4, explicit=True),
    partial(draw_conv, kernel=3, channels=20, explicit=True),
    partial(draw_conv, kernel=3, dilation=3, explicit=True),
    partial(draw_conv, kernel=3, groups=3, dilation=2, explicit=True),
    partial(draw_depthwise, kernel=4, explicit=True),
    partial(draw_depthwise, kernel=3, multiplier=6, dilation=2, explicit=True),
]
DRAWS = 25


def draws() -> list[Graph]:
    return [draw(np.random.default_rng((k, i))) for k, draw in enumerate(EXPLICIT) for i in range(DRAWS)]


def with_node(g: Graph, **attrs: Any) -> Graph:
    return replace(g, nodes=(replace(g.nodes[0], attrs={**g.nodes[0].attrs, **attrs}),))


def with_tensor(g: Graph, t: Tensor) -> Graph:
    return replace(g, tensors={**g.tensors, t.name: t})


def problems(g: Graph) -> str:
    return "\n".join(lowerable(registry()[g.nodes[0].op], g.instance(g.nodes[0])))


def test_padding_equals_cells_of_the_zero_point() -> None:
    for g in draws():
        x = g.tensors["x"].type
        t, b, le, r = g.nodes[0].attrs["pad"]
        n, h, w, c = x.shape
        padded = with_tensor(g, Tensor("x", Type((n, h + t + b, w + le + r, c), "int8", x.quant)))
        sample = np.random.default_rng(0).integers(-128, 128, x.shape, np.int8)
        wide = np.pad(sample, ((0, 0), (t, b), (le, r), (0, 0)), constant_values=x.zero)
        found = evaluate(g, {"x": sample})["y0"]
        assert (found == evaluate(with_node(padded, pad=(0, 0, 0, 0)), {"x": wide})["y0"]).all(), str(g)


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
def test_kernels_with_explicit_padding(core: str) -> None:
    graph = merge(f"padded_on_{core}", draws())
    assert run(graph, core, draw_samples(graph, np.random.default_rng(1), 5)).bit_exact


@pytest.mark.parametrize("draw", [EXPLICIT[0], EXPLICIT[4]])
def test_messages(draw: Draw) -> None:
    g = draw(np.random.default_rng(3))
    w = g.tensors["w"]
    assert problems(g) == ""
    assert "expected 1 or more" in problems(with_node(g, stride=(0, 1)))
    assert "expected none below 0" in problems(with_node(g, pad=(-1, 0, 0, 0)))
    assert "the output would be empty" in problems(with_node(g, pad=(0, 0, 0, 0), dilation=(99, 99)))
    assert "weights are not a constant" in problems(with_tensor(g, Tensor("w", w.type)))
    wide = Tensor("w", Type(w.type.shape, "int16", w.type.quant), np.zeros(w.type.shape, np.int16))
    assert "weights are int16, expected quantized int8" in problems(with_tensor(g, wide))
    x = g.tensors["x"].type
    assert "expected int8" in problems(with_tensor(g, Tensor("x", Type(x.shape, "int32", x.quant))))
    shifted = Tensor("x", Type(x.shape, "int16", Quant(x.quant.scale, (3,))))
    assert "expected zero point 0" in problems(with_tensor(g, shifted))


def test_channel_messages() -> None:
    conv = next(g for g in draws() if g.nodes[0].op == "conv" and g.tensors["w"].type.shape[3] > 1)
    depthwise = next(g for g in draws() if g.nodes[0].op == "depthwise")
    for g, message in ((conv, "output channels a multiple of the groups"), (depthwise, "a multiple of the")):
        x = g.tensors["x"].type
        wider = Type((*x.shape[:3], x.shape[3] + 1), "int8", x.quant)
        assert message in problems(with_tensor(g, Tensor("x", wider)))


def test_an_accumulator_that_could_overflow_is_refused() -> None:
    g = next(g for g in draws() if g.nodes[0].inputs[2])
    bias = g.tensors["bias"]
    huge = Tensor("bias", bias.type, np.full(bias.type.shape, 2**31 - 1, np.int32))
    assert "an accumulator could reach" in problems(with_tensor(g, huge))


def test_average_over_no_cell_is_refused() -> None:
    g = registry()["avgpool"].cases()[0].draw(np.random.default_rng(0))
    x = g.tensors["x"].type
    shape = (x.shape[0], 4, 4, x.shape[3])
    y = Tensor("y0", Type((x.shape[0], 8, 8, x.shape[3]), "int8", Quant((x.scale,), (x.zero,))))
    g = with_tensor(with_tensor(g, Tensor("x", Type(shape, "int8", x.quant))), y)
    g = with_node(g, kernel=(1, 1), stride=(1, 1), pad=(2, 2, 2, 2))
    assert "wholly outside the input" in problems(g)
