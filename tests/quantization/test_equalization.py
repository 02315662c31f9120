"""Channels of unlike ranges: what int8 loses there, and what equalization brings back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from floatnets import Net, mobilenet, patterns, unequal, untrained_mobilenet
from lapel.ir import Graph
from lapel.quantization.calibrated import Calibrated
from lapel.quantization.comparison import results
from lapel.quantization.equalization import equalize
from lapel.wish import Quantization

OCTAVES = 5.0


def accuracy(graph: Graph, x: np.ndarray, labels: np.ndarray) -> float:
    return float((results(graph, {"image": x[:, None]})[graph.results[0]].argmax(axis=1) == labels).mean())


@pytest.fixture(scope="module")
def net() -> Graph:
    return mobilenet()


@pytest.fixture(scope="module")
def calibrated(net: Graph) -> Calibrated:
    return Calibrated(unequal(net, OCTAVES), {"image": patterns(40, seed=8)[0][:, None]})


def test_the_network_stays_the_same_over_the_reals(net: Graph, calibrated: Calibrated) -> None:
    x = {"image": patterns(8, seed=3)[0][:, None]}
    made = calibrated.equalized
    want, apart, found = (results(g, x)["head"] for g in (net, calibrated.graph, made.graph))
    assert np.abs(apart - want).max() < 1e-4 > np.abs(found - want).max()
    assert len(made.notes) == 6 and all("equalized" in n for n in made.notes)


def test_channels_have_like_ranges(calibrated: Calibrated) -> None:
    def spread(of: Calibrated, name: str) -> float:
        magnitude = of.seen[name].magnitude
        return float(magnitude.max() / magnitude[magnitude > 0].min())

    for name in ("block0/expand", "block1/filter"):
        assert spread(calibrated, name) > 2**OCTAVES
    assert spread(calibrated.equalized, "block0/expand") < 1.01
    assert spread(calibrated.equalized, "block1/filter") < spread(calibrated, "block1/filter") / 2**OCTAVES * 4


def test_int8_comes_back(calibrated: Calibrated) -> None:
    x, labels = patterns(120, seed=7)
    floats = accuracy(calibrated.graph, x, labels)
    without, equalized = (accuracy(calibrated.quantized(Quantization(equalize=e)), x, labels) for e in (False, True))
    assert floats > 0.9 and without < floats - 0.3 and equalized >= floats - 0.005


def test_relu6_is_replaced_only_where_it_cuts_nothing() -> None:
    b = Net("six")
    x = b.input("image", (1, 6, 6, 2))
    y = b.conv(x, "one", 4, 1, "relu6")
    y = b.depthwise(y, "two", 3, "relu6")
    net = b.graph(b.conv(y, "three", 2, 1, "none"))
    data = np.random.default_rng(0).random((10, 1, 6, 6, 2)).astype(np.float32)
    for factor, kept in ((1.0, False), (40.0, True)):
        found = Calibrated(net, {"image": data * np.float32(factor)})
        graph, notes = equalize(found.graph, found.seen)
        assert any("the data never reaches it" in n for n in notes) is not kept
        assert (graph.nodes[0].attrs["activation"] == "relu6") is kept
        changed, notes = equalize(found.graph, found.seen, unlimit=True)
        assert changed.nodes[0].attrs["activation"] == "relu"
        assert any("which changes the network" in n for n in notes) is kept


def test_what_more_than_one_node_reads_is_left_alone(net: Graph) -> None:
    """Projections are added to what they were made of; an output is what it is."""
    found = Calibrated(net, {"image": patterns(8, seed=8)[0][:, None]})
    ends = replace(net, outputs=(*net.outputs, "block1/expand"))
    _, notes = equalize(ends, found.seen)
    assert not any("block1/expand and" in n for n in notes) and any("block1/filter and" in n for n in notes)
    assert not any("project and" in n for n in notes if "block1" not in n)


@pytest.mark.long
def test_a_trained_network_comes_back(shared: Path) -> None:
    """Digits of 14 x 14 pixels: int8 loses them where channels are unequal, and keeps them when they are equalized."""
    data = np.load(shared / "data/mnist5k.npz")
    order = np.random.default_rng(0).permutation(len(data["y"]))  # they are sorted by class
    x = data["x"][order].reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)).astype(np.float32) / 255
    labels = data["y"][order].astype(np.int64)
    net = untrained_mobilenet((1, 14, 14, 1), 10)
    trained = lapel.train(net, (x[:4000], labels[:4000]), epochs=6, learning_rate=0.01, normalize=True, threads=1)
    apart = unequal(trained.graph, OCTAVES)
    found = {}
    for equalized in (False, True):
        wish = Quantization(equalize=equalized)
        found[equalized] = Calibrated(apart, {"image": x[4000:4100, None]}).quantized(wish)
    test, wanted = x[4100:], labels[4100:]
    floats, without, with_it = (accuracy(g, test, wanted) for g in (apart, found[False], found[True]))
    print(f"\nfloat {floats:.4f}, int8 {without:.4f}, equalized int8 {with_it:.4f}")
    assert floats > 0.93 and without < floats - 0.1 and with_it >= floats - 0.005
