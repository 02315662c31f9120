"""The written file: what interpreters rely on, and the error for nodes that no operator can say."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from modelfile import dense_file, dense_graph

from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import write_tflite
from lapel.frontends.tflite.writer import BUFFER_ALIGNMENT
from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import evaluate
from oracle import run_tflite_micro


def test_file_header_codes_and_buffers() -> None:
    data = dense_file()
    model = schema.Model.GetRootAs(data)
    assert data[4:8] == b"TFL3" and model.Version() == 3
    assert model.OperatorCodesLength() == 1 and model.SubgraphsLength() == 1
    code = model.OperatorCodes(0)
    assert code.BuiltinCode() == code.DeprecatedBuiltinCode() == schema.BuiltinOperator.FULLY_CONNECTED
    assert model.Buffers(0).DataLength() == 0
    for i in range(1, model.BuffersLength()):
        content = model.Buffers(i).DataAsNumpy()
        start = content.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data
        assert start % BUFFER_ALIGNMENT == 0


def test_interpreters_run_it() -> None:
    graph, data = dense_graph(), dense_file()
    x = np.array([[-128, -7, 3, 127]], np.int8)
    want = evaluate(graph, {"x": x})["y"]
    assert (run_tflite_micro(data, [x])[0] == want).all()
    interpreter = Interpreter(model_content=data)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert (abs(found.astype(int) - want) <= 1).all()  # LiteRT rounds once for fully connected layers


def test_same_graph_same_bytes() -> None:
    assert dense_file() == dense_file()


def test_unwritable_nodes_are_all_listed() -> None:
    x, a, b = (Tensor(n, Type((1, 4), "int8")) for n in ("x", "a", "b"))
    nodes = (Node("nosuch", "one", ("x",), ("a",), {}), Node("other", "two", ("a",), ("b",), {}))
    graph = Graph("net", nodes, {t.name: t for t in (x, a, b)}, ("x",), ("b",))
    with pytest.raises(UnsupportedModel) as e:
        write_tflite(graph)
    assert e.value.problems == (
        "node 'one' (nosuch): there is no such operator",
        "node 'two' (other): there is no such operator",
    )
    assert e.value.message.startswith("net: cannot be written as .tflite: 2 problems:")
