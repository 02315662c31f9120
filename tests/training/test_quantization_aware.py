"""Integers of training are the reference's, operator by operator, over the cases that operators have of int8."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import torch

from floats import draw_stored
from lapel import zoo
from lapel.errors import UnsupportedModel
from lapel.ir import Graph
from lapel.ir.fixed import requantize as wanted_requantize
from lapel.ops import evaluate, registry
from lapel.quantization import choose_types, dequantized, stored
from lapel.training.module import GraphModule
from lapel.training.operators import torch_operators
from lapel.training.quantized import QuantModule, check_integers
from lapel.training.ranges import inputs_of
from lapel.training.rounding import requantize, requantize_small

DRAWS = 2


def int8_graphs(name: str) -> list[Graph]:
    """Float graphs of one node with the types of its int8 cases, where those can be had again."""
    found = []
    for case in registry()[name].cases():
        for k in range(DRAWS):
            graph = case.draw(np.random.default_rng((zlib.crc32(case.name.encode()), k)))
            tensors = [t for t in graph.tensors.values() if t.data is None]
            if graph.inputs and all(t.type.dtype == "int8" and t.type.quant is not None for t in tensors):
                found.append(graph)
    return found


def module_of(graph: Graph) -> QuantModule | None:
    """The graph to be trained, of the types that it has; None where a conversion makes other nodes of it."""
    types = {n: t.type for n, t in graph.tensors.items() if t.data is None}
    try:
        module = QuantModule(dequantized(graph), types, learn=False)
    except UnsupportedModel:
        return None
    return module if [n.op for n in module.integers.nodes] == [n.op for n in graph.nodes] else None


@pytest.mark.parametrize("name", list(torch_operators()))
def test_integers_of_every_operator(name: str) -> None:
    for k, graph in enumerate(int8_graphs(name)):
        module = module_of(graph)
        if module is None:
            continue
        integers = module.learned() if module.layers else module.integers
        rng = np.random.default_rng(k)
        given = {n: draw_stored(rng, integers.tensors[n].type) for n in integers.inputs}
        reals = {n: torch.from_numpy(numbers(integers, n, q)) for n, q in given.items()}
        want = evaluate(integers, given)
        for output, found in module.stored(reals).items():
            assert np.array_equal(found, want[output]), f"{integers}\n{found}\n{want[output]}"


def numbers(graph: Graph, name: str, q: np.ndarray) -> np.ndarray:
    t = graph.tensors[name].type
    return np.asarray((q.astype(np.float64) - t.zero) * t.scale)


def test_most_operators_are_compared() -> None:
    compared = {n for n in torch_operators() if any(module_of(g) is not None for g in int8_graphs(n)[:4])}
    assert len(compared) >= 30, sorted(set(torch_operators()) - compared)
    assert {"conv", "depthwise", "dense", "tconv", "add", "mean", "avgpool", "maxpool", "logistic", "pad"} <= compared


def test_requantization_is_the_references_at_its_limits() -> None:
    rng = np.random.default_rng(0)
    mul = rng.integers(2**30, 2**31, 64)
    shift = -rng.integers(0, 20, 64)
    acc = rng.integers(-(2**22) + 1, 2**22, (4000, 64))
    # Sums whose product is just a half after the first rounding, or the second.
    acc[::2] = (
        (np.ldexp(rng.integers(-300, 300, (2000, 64)) + 0.5, -shift) * 2.0**31 / mul).round().clip(-(2**22), 2**22)
    )
    want = wanted_requantize(acc, mul, shift)
    tensors = [torch.from_numpy(a) for a in (np.zeros(64, np.int64), mul, shift)]
    whole = requantize(torch.from_numpy(acc.copy()), *tensors[1:]).numpy()
    assert np.array_equal(whole, want)
    small = requantize_small(torch.from_numpy(acc).float(), *tensors, low=-(2**31)).numpy()
    assert np.array_equal(small, want)
    relu = requantize_small(torch.from_numpy(acc).float(), *tensors, low=0).numpy()
    assert np.array_equal(relu.clip(0), want.clip(0))
    left = rng.integers(-5, 20, 64)
    large = rng.integers(-(2**31), 2**31, (500, 64))
    again = requantize(torch.from_numpy(large.copy()), torch.from_numpy(mul), torch.from_numpy(left)).numpy()
    assert np.array_equal(again, wanted_requantize(large, mul, left))


@pytest.mark.parametrize(
    ("bits", "granularity", "bias_bits"), [(8, "channel", 32), (8, "tensor", 8), (2, "tensor", 16)]
)
def test_networks_of_all_kinds_at_scales_that_were_learned(bits: int, granularity: str, bias_bits: int) -> None:
    """Residuals, broadcasts, gates and shared weights; every activation, not the outputs alone."""
    for name, options in {
        "mobilenet_v2": {"input": (8, 8, 1), "width": 0.2, "stages": 2, "last": 16},
        "bcresnet": {"input": (8, 8, 1), "stages": 2},
        "fastgrnn": {"input": (4, 3), "hidden": 6},
        "lenet5": {"input": (16, 16)},
    }.items():
        graph = zoo.make(name, outputs=3, **options)
        rng = np.random.default_rng(5)
        x = rng.normal(0, 1, (6, *options["input"])).astype(np.float32)
        floats = GraphModule(graph)
        names = [n for n, t in graph.tensors.items() if t.data is None and n not in graph.inputs]
        with torch.no_grad():
            seen = dict(zip(names, floats(inputs_of(graph, x), names), strict=True))
        ranges = {n: (float(v.min()), float(v.max())) for n, v in seen.items()}
        types = choose_types(graph, {**ranges, graph.inputs[0]: (float(x.min()), float(x.max()))})
        module = QuantModule(graph, types, bits, True, granularity, bias_bits)
        assert len(module.classes) > 0
        for p in (*module.steps, *module.weight_steps.values()):
            p.data.uniform_(-0.3, 0.3)
        biased = [layer for layer in module.layers.values() if layer.bias]
        for layer in biased:
            module.constants[module.places[layer.bias]].data.normal_(0, 0.3)
        integers = module.learned()
        for layer in biased:
            w, bias = integers.tensors[layer.w], integers.tensors[layer.bias]
            assert w.type.quant is not None and bias.data is not None
            assert (w.type.quant.axis is None) == (granularity == "tensor")
            odd = bias.data[bias.data != 0] if bias_bits < 32 and name != "fastgrnn" else np.zeros(0, np.int64)
            shift = min((int(b & -b).bit_length() - 1 for b in odd), default=0)
            assert (np.abs(odd >> shift) <= 2 ** (bias_bits - 1)).all(), f"{name}: {layer}"
        made = [n for n, t in integers.tensors.items() if t.data is None and n not in integers.inputs]
        found = module.stored(inputs_of(graph, x), made)
        for k in range(len(x)):
            want = evaluate(integers, {graph.inputs[0]: stored(integers.tensors[graph.inputs[0]].type, x[k : k + 1])})
            for n in made:
                rows = len(want[n])
                assert np.array_equal(found[n][k * rows : (k + 1) * rows], want[n]), f"{name}: {n}"
        module(inputs_of(graph, x))[0].square().sum().backward()
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.constants)


def test_what_would_compute_on_floats_is_named() -> None:
    graph = zoo.make("mlp", input=(4,), outputs=2)
    types = {n: t.type for n, t in graph.tensors.items() if t.data is None}
    with pytest.raises(UnsupportedModel, match="dense computes on floats, expected integers throughout"):
        QuantModule(graph, types)
    with pytest.raises(UnsupportedModel, match="makes int16, expected int8"):
        check_integers(registry()["dense"].cases()[5].draw(np.random.default_rng(0)))
