"""Noise of an integer graph beside its float graph, and of one layer alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from floatnets import Net, images, small_net
from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.ops import evaluate
from lapel.quantization import dequantized
from lapel.quantization.calibrated import Calibrated
from lapel.quantization.comparison import Alone, Noise, compare, noise_of, results
from lapel.quantization.scales import stored
from lapel.wish import Quantization


@pytest.fixture(scope="module")
def calibrated() -> Calibrated:
    net = small_net()
    return Calibrated(net, {"image": images(net, 24)[:, None]})


@pytest.fixture(scope="module")
def made(calibrated: Calibrated) -> Graph:
    return calibrated.quantized(Quantization())


def test_decibels() -> None:
    noise = Noise()
    noise.see(np.array([3.0, 4.0]), np.array([3.0, 4.5]))
    assert noise.sqnr_db == pytest.approx(20)
    assert Noise(1.0, 0.0).sqnr_db == math.inf and Noise(0.0, 1.0).sqnr_db == -math.inf


def test_tensors_beside_each_other(calibrated: Calibrated, made: Graph) -> None:
    x = images(calibrated.graph, 3, seed=4)[:, None]
    found, noise = compare(calibrated.graph, made, {"image": x}), Noise()
    for v in x:
        want = evaluate(calibrated.graph, {"image": v})["right"]
        t = made.tensors["right"].type
        noise.see(want, numbers(t, evaluate(made, {"image": stored(made.tensors["image"].type, v)})["right"]))
    assert found.noise["right"].sqnr_db == pytest.approx(noise.sqnr_db)
    assert found.noise.keys() == {n for n, t in calibrated.graph.tensors.items() if t.data is None}
    assert 25 < found.noise["right"].sqnr_db < found.noise["image"].sqnr_db
    assert found.saturated["image"] == 0
    bright = compare(calibrated.graph, made, {"image": 3 * x})
    assert bright.saturated["image"] == pytest.approx((3 * x > x.dtype.type(1.01)).mean(), abs=0.02)


def test_results_are_what_integers_stand_for(calibrated: Calibrated, made: Graph) -> None:
    x = {"image": images(calibrated.graph, 3, seed=4)[:, None]}
    floats, found = results(calibrated.graph, x), results(made, x)
    assert found["softmax"].shape == (3, 5) and np.abs(found["softmax"] - floats["softmax"]).max() < 0.05
    assert noise_of(floats, found).sqnr_db > 20


def test_one_layer_alone_is_what_a_graph_with_that_layer_gives() -> None:
    """Two layers; the same by hand: constants of the integer graph, what it makes rounded, and on in floats."""
    b = Net("two")
    x = b.input("image", (1, 4, 4, 3))
    y = b.conv(x, "one", 5, 3)
    net = b.graph(b.conv(y, "two", 2, 2, "none"))
    data = np.random.default_rng(0).random((10, 1, 4, 4, 3)).astype(np.float32)
    made = Calibrated(net, {"image": data}).quantized(Quantization())
    alone = Alone(net, made)
    alone.run({"image": data[:2]})
    one, two = (Graph(n.name, (n,), dequantized(made).tensors, (n.inputs[0],), n.outputs) for n in net.nodes)
    types, v = {n: t.type for n, t in made.tensors.items()}, data[1]

    def rounded(name: str, value: np.ndarray) -> np.ndarray:
        return numbers(types[name], stored(types[name], value)).astype(np.float32)

    floats = evaluate(net, {"image": v})
    only_two = rounded("two", evaluate(two, {"one": floats["one"]})["two"])
    middle = rounded("one", evaluate(one, {"image": rounded("image", v)})["one"])
    only_one = evaluate(replace(two, tensors=net.tensors), {"one": middle})["two"]
    assert set(alone.noise) == {"one", "two"}
    assert np.allclose(alone.outputs["two"][1], only_two.reshape(-1), atol=1e-6)
    assert np.allclose(alone.outputs["one"][1], only_one.reshape(-1), atol=1e-6)
    assert (alone.floats[1] == floats["two"].reshape(-1)).all()
