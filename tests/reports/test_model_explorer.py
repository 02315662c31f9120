"""Node data as Model Explorer takes it: by its own classes and its own reading of the model, where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lapel
from lapel.reports.dossier import dossiers_of
from lapel.reports.viewers.explorer import VIEWER
from nets import Net

pytest.importorskip("model_explorer", reason="not installed: ai-edge-model-explorer")


def names_of(graphs: Any) -> set[str]:
    """Names of tensors that nodes make, by which it finds a node's value."""
    found = json.loads(json.dumps(graphs, default=lambda o: vars(o)))
    nodes = [n for collection in found for graph in collection["graphs"] for n in graph["nodes"]]
    attrs = [a for n in nodes for output in n["outputsMetadata"] for a in output["attrs"]]
    return {a["value"] for a in attrs if a["key"] == "tensor_name"}


def test_model_explorer_takes_the_node_data_of_a_plan(tmp_path: Path) -> None:
    from model_explorer import node_data_builder
    from model_explorer.builtin_tflite_flatbuffer_adapter import BuiltinTfliteFlatbufferAdapter

    net = Net("net", (1, 8, 8, 2))
    graph = net.graph(net.dense(net.reshape(net.conv("x", 4), (1, 144)), 3))
    path = tmp_path / "net.tflite"
    path.write_bytes(lapel.write_tflite(graph))
    (dossier,) = dossiers_of([lapel.plan(path, "cortex-m4").record()])
    known = names_of(BuiltinTfliteFlatbufferAdapter().convert(str(path), {})["graphCollections"])
    files = VIEWER.write(dossier)
    assert files
    for text in files.values():
        data = json.loads(text)
        results = {n: node_data_builder.NodeDataResult(**r) for n, r in data["results"].items()}
        gradient = [node_data_builder.GradientItem(**g) for g in data["gradient"]]
        made = json.loads(node_data_builder.GraphNodeData(results=results, gradient=gradient).to_json_string())
        assert {key: made[key] for key in data} == data
        assert data["results"].keys() <= known, "each names a tensor that a node of its graph makes"
