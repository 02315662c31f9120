"""Short names for readers, each of one tensor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapel.errors import shown
from lapel.ir import Graph
from lapel.planning import make_plan
from lapel.planning.labels import WIDTH, common_folder, labels, shortened
from lapel.records.plan import relabel
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net


def renamed(graph: Graph, names: dict[str, str]) -> Graph:
    def of(name: str) -> str:
        return names.get(name, name)

    nodes = [replace(n, inputs=tuple(map(of, n.inputs)), outputs=tuple(map(of, n.outputs))) for n in graph.nodes]
    tensors = {of(n): replace(t, name=of(n)) for n, t in graph.tensors.items()}
    return Graph(graph.name, tuple(nodes), tensors, tuple(map(of, graph.inputs)), tuple(map(of, graph.outputs)))


def net() -> Graph:
    n = Net("net", (1, 16, 8, 3))
    t = n.conv(n.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pool = n.node("maxpool", (t,), (1, 2, 2, 4), kernel=(8, 4), stride=(8, 4), pad=(0,) * 4, activation="none")
    return renamed(
        n.graph(pool),
        {"x": "serving_default_x:0", "t1": "model/conv/W;model/conv/Conv2D", "t2": "model/conv/Relu;model/conv/Conv2D1",
         "t3": "model/conv_1/W", "t4": "model/conv_1/Relu;model/conv_1/Conv2D", "t5": "Identity"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["m/a/Relu;m/a/Conv2D", "m/b/Relu;m/b/Conv2D", "Identity"], ["a/Relu", "b/Relu", "Identity"]),
        (["m/a/Relu", "n/a/Relu"], ["m/a/Relu", "n/a/Relu"]),
        (["m/only", "out"], ["m/only", "out"]),
        (["Tanh;a", "Tanh;b", "Tanh;c"], ["Tanh", "Tanh (2)", "Tanh (3)"]),
        (["Tanh;a", "Tanh (2)", "Tanh;b"], ["Tanh", "Tanh (2)", "Tanh (3)"]),
        (["m/x", "m/y", "x"], ["x", "y", "x (2)"]),
        ([";a", ""], [";a", ""]),
        (["a" * 50 + "b" * 50], ["a" * 19 + "…" + "b" * 20]),
    ],
)
def test_names(names: list[str], short: list[str]) -> None:
    found = shortened(names)
    assert list(found.values()) == short and len(set(found.values())) == len(names)


def test_common_folders() -> None:
    assert common_folder(["a/b/c", "a/b/d", "z"]) == "a/b/"
    assert common_folder(["a/bc/c", "a/bd/d"]) == "a/"
    assert common_folder(["a/b"]) == common_folder([]) == ""
    assert len(shown("x" * 1_000_000, WIDTH)) == WIDTH


def test_sentences() -> None:
    names = {"m/a;b": "a", "x": "y", "q": "r"}
    assert relabel("m/a;b, m/a;b/0: rows 1 to 2; below m/a;b: xx x", names) == "a, a/0: rows 1 to 2; below a: xx y"


def test_bands_have_their_images_name() -> None:
    plan = make_plan(net(), load_target("cortex-m4"), Wish("ram"))
    made = [labels(plan.graph)[o] for s in plan.steps for o in s.node.outputs]
    assert any(m.startswith("conv/Relu/0: rows 0 to ") for m in made) and len(set(made)) == len(made)
    assert "model/conv" not in str(plan).replace("names: what is in model/ is", "")


def test_a_plan_is_readable() -> None:
    text = str(make_plan(net(), load_target("cortex-m4")))
    assert "  names: what is in model/ is named without it\n" in text
    assert " conv/Relu int8[1, 16, 8, 4] @ arena" in text and "constant int8[4, 3, 3, 3] @ flash" in text
    for ours in ("; which is", "; proven", "; nor other codes", "; each byte"):
        text = text.replace(ours, "")
    assert "conv_1/W int8" in text and ";" not in text


def test_a_constant_named_like_a_layer_is_just_one() -> None:
    n = Net("same", (1, 4))
    graph = renamed(n.graph(n.dense("x", 3)), {"t1": "m/dense", "t2": "m/dense;m/bias", "x": "m/x"})
    assert labels(graph) == {"m/x": "x", "m/dense;m/bias": "dense", "m/dense": "constant"}
