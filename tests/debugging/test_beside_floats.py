"""Layers of an integer model beside its float model: counterparts, own noise, the first layer that hurts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from plants import rescaled

import lapel
from floatnets import Net, images, small_net
from lapel.cli.differences import first_line
from lapel.cli.entry import main
from lapel.debugging import floats
from lapel.debugging.heatmap import heatmap
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.proving.inputs import take
from lapel.records import Beside, Diff, DiffLayer


@pytest.fixture(scope="module")
def net() -> Graph:
    return small_net()


@pytest.fixture(scope="module")
def x(net: Graph) -> np.ndarray:
    return images(net, 24)


@pytest.fixture(scope="module")
def made(net: Graph, x: np.ndarray) -> Graph:
    graph: Graph = lapel.quantize(net, x).graph
    return graph


def besides(graph: Graph, float_model: Graph | None, x: np.ndarray) -> Beside:
    given = take(graph, x)
    return floats.beside(graph, float_model, given.samples, given.numbers, None)


def renamed(graph: Graph) -> Graph:
    """The same with names that nothing else has."""
    names = {n: f"other_{k}" for k, n in enumerate(graph.tensors)}

    def each(of: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(n, "") for n in of)

    nodes = tuple(
        replace(n, name=f"node_{k}", inputs=each(n.inputs), outputs=each(n.outputs)) for k, n in enumerate(graph.nodes)
    )
    tensors = {names[n]: replace(t, name=names[n]) for n, t in graph.tensors.items()}
    return replace(graph, nodes=nodes, tensors=tensors, inputs=each(graph.inputs), outputs=each(graph.outputs))


def test_counterparts_are_found_by_values(net: Graph, made: Graph, x: np.ndarray) -> None:
    found, other = besides(made, net, x), besides(made, renamed(net), x)
    numbers = {n: f"other_{k}" for k, n in enumerate(net.tensors)}
    assert [numbers[layer.counterpart] for layer in found.layers] == [layer.counterpart for layer in other.layers]
    assert [layer.layer for layer in found.layers] == [layer.counterpart for layer in found.layers]
    assert not found.unmatched and found.first == ""
    assert all(layer.own_sqnr_db > 20 for layer in found.layers)
    assert all(layer.own_sqnr_db > layer.sqnr_db - 3 for layer in found.layers)


def test_the_first_layer_that_hurts(net: Graph, made: Graph, x: np.ndarray) -> None:
    coarse = besides(rescaled(made, "right", 20), net, x)
    assert coarse.first == "right"
    after = {layer.layer: layer for layer in coarse.layers}
    assert after["right"].own_sqnr_db < 20 < after["spread"].own_sqnr_db
    assert after["right"].saturated == 0
    narrow = besides(rescaled(made, "right", 0.05), net, x)
    assert narrow.first == "right" and next(a for a in narrow.layers if a.layer == "right").saturated > 0.3
    assert first_line(narrow).startswith("the first layer that hurts beside small is right (conv): ")
    assert first_line(narrow).endswith("of its values are beyond its range")


def test_its_own_network_over_the_reals(made: Graph, x: np.ndarray) -> None:
    found = besides(rescaled(made, "right", 20), None, x)
    assert (found.float_model, found.first, found.unmatched) == ("", "right", ())


def test_samples_that_suffer_most(net: Graph, made: Graph, x: np.ndarray) -> None:
    loud = x.copy()
    loud[5] *= 40  # saturates the input
    found = besides(made, net, loud)
    assert found.worst[0].sample == 5 and found.worst[0].sqnr_db < found.worst[1].sqnr_db
    assert len(found.worst) == floats.WORST_SAMPLES and found.samples == 24


def test_a_network_of_another_shape_is_refused(made: Graph, x: np.ndarray) -> None:
    b = Net("larger")
    larger = b.graph(b.dense(b.node("mean", b.input("image", (1, 12, 12, 3)), axes=(1, 2), keep_dims=False), "y", 5))
    with pytest.raises(UsageError, match=r"its inputs have \[432\] elements, expected \[300\]"):
        besides(made, larger, x)
    with pytest.raises(UsageError, match="it is quantized itself"):
        besides(made, made, x)


def test_the_command(
    net: Graph, made: Graph, x: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, graph in (("int8", made), ("float", net)):
        (tmp_path / f"{name}.tflite").write_bytes(lapel.write_tflite(graph))
    np.save(tmp_path / "x.npy", x[:3])
    said = ["-i", str(tmp_path / "x.npy"), "--float", str(tmp_path / "float.tflite"), "--svg", str(tmp_path / "m.svg")]
    assert main(["diff", str(tmp_path / "int8.tflite"), "-t", "host", *said]) == 0
    out = capsys.readouterr().out
    assert "are the same on host" in out and "own dB" in out
    assert "no layer hurts by itself beside float" in out and "samples that suffer most: " in out
    ElementTree.parse(tmp_path / "m.svg")


def test_heat_of_machines() -> None:
    rows = (
        DiffLayer("a<b", "conv", 10, {"host": 0, "m4": 3}, {"m4": True}, 12.5),
        DiffLayer("c", "dense", 10, {"host": 0, "m4": 10}, {"m4": False}, float("inf")),
        DiffLayer("d", "dense", 10, {"host": 0}),
    )
    picture = heatmap(Diff("net", "m4", 2, 3, ("host", "m4"), (), layers=rows))
    titles = [t.text for t in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")]
    assert "a<b on m4: 3 of 10 elements differ" in titles and "a<b on host: as the reference" in titles
    assert "c on m4: 10 of 10 elements differ, for what it was given was wrong" in titles
    assert "d on m4" not in " ".join(map(str, titles))
