"""ONNX models with something changed in them are read, or refused in Lapel's words."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
import onnx
import pytest
from onnxmodels import network

from lapel.errors import LapelError
from lapel.frontends.onnx import read_onnx
from lapel.frontends.onnx.forms import forms

NUMBERS = (-5, -1, 0, 1, 2, 3, 7, 1 << 33, 1 << 40)
ELEMENTS = (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 16, 99)


def change(rng: random.Random, graph: onnx.GraphProto) -> None:
    """One thing of a random node, constant or input."""
    node, constant, port = rng.choice(graph.node), rng.choice(graph.initializer), rng.choice(graph.input)
    names = ["", "nothing", constant.name, rng.choice(graph.node).output[0]]
    match rng.randrange(9):
        case 0 if node.attribute:
            _change_attribute(rng, rng.choice(node.attribute))
        case 1 if node.attribute:
            del node.attribute[rng.randrange(len(node.attribute))]
        case 2 if node.input:
            node.input[rng.randrange(len(node.input))] = rng.choice(names)
        case 3:
            node.op_type = rng.choice([op for _, op in forms()])
        case 4 if constant.dims:
            constant.dims[rng.randrange(len(constant.dims))] = rng.choice(NUMBERS)
        case 5:
            constant.data_type = rng.choice(ELEMENTS)
        case 6 if port.type.tensor_type.shape.dim:
            rng.choice(port.type.tensor_type.shape.dim).dim_value = rng.choice(NUMBERS)
        case 7:
            port.type.tensor_type.elem_type = rng.choice(ELEMENTS)
        case 8 if node.input:
            del node.input[-1]


def _change_attribute(rng: random.Random, a: Any) -> None:
    if a.ints:
        a.ints[rng.randrange(len(a.ints))] = rng.choice(NUMBERS)
    elif a.type == onnx.AttributeProto.FLOAT:
        a.f = rng.choice([0.0, -1.0, float("nan"), 1e30])
    elif a.type == onnx.AttributeProto.INT:
        a.i = rng.choice(NUMBERS)
    elif a.type == onnx.AttributeProto.STRING:
        a.s = rng.choice([b"x", b"\xff\xfe", b""])


@pytest.mark.long
def test_changed_models_are_read_or_refused() -> None:
    rng, outcomes = random.Random(0), Counter[str]()
    seed = onnx.load_model_from_string(network(np.random.default_rng(0)))
    for _ in range(400):
        proto = onnx.ModelProto()
        proto.CopyFrom(seed)
        for _ in range(rng.randint(1, 3)):
            change(rng, proto.graph)
        try:
            read_onnx(proto.SerializeToString(), "changed")
            outcomes["read"] += 1
        except LapelError as e:
            outcomes[type(e).__name__] += 1
    assert outcomes["read"] > 20 and outcomes["UnsupportedModel"] > 100
