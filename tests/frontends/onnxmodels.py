"""ONNX models for tests: small networks, quantized by ONNX Runtime, and what ONNX Runtime computes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ELEMENTS = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8}
Ends = Mapping[str, tuple[Any, ...]]
"""Name -> dimensions; the dtype first if it is not float32."""


def model(
    nodes: Iterable[Any],
    inputs: Ends,
    outputs: Ends,
    constants: Mapping[str, Any] | None = None,
    opset: int = 17,
    microsoft: bool = False,
) -> bytes:
    """The content of a file. nodes: `onnx.helper.make_node`'s arguments, or (op, inputs, outputs, attributes)."""
    made = [
        n if isinstance(n, onnx.NodeProto) else helper.make_node(n[0], n[1], n[2], **(n[3] if len(n) > 3 else {}))
        for n in nodes
    ]
    given = [numpy_helper.from_array(np.asarray(v), name) for name, v in (constants or {}).items()]
    graph = helper.make_graph(made, "net", _ends(inputs), _ends(outputs), given)
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("com.microsoft", 1)] if microsoft else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def _ends(ends: Ends) -> list[onnx.ValueInfoProto]:
    found = []
    for name, (first, *rest) in ends.items():
        dtype, shape = (first, rest) if isinstance(first, str) and first in ELEMENTS else ("float32", [first, *rest])
        found.append(helper.make_tensor_value_info(name, ELEMENTS[dtype], shape))
    return found


def drawn(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]) or 1)).astype(np.float32)


def network(rng: np.random.Generator) -> bytes:
    """Convolutions of three kinds with batch normalization, a residual, poolings, a clip, dense layers, a softmax."""
    nodes: list[Any] = []
    constants: dict[str, np.ndarray] = {}

    def conv(x: str, y: str, c: int, o: int, kernel: int, groups: int = 1, stride: int = 1) -> None:
        constants[f"{y}_w"] = drawn(rng, o, c // groups, kernel, kernel)
        for name, value in zip(
            "smbv", (1 + rng.random(o), rng.random(o), rng.random(o), 1 + rng.random(o)), strict=True
        ):
            constants[f"{y}_{name}"] = value.astype(np.float32) / (1 if name in "sv" else 5)
        pads = [kernel // 2] * 4
        attrs = {"kernel_shape": [kernel] * 2, "pads": pads, "group": groups, "strides": [stride] * 2}
        nodes.append(("Conv", [x, f"{y}_w"], [f"{y}_c"], attrs))
        nodes.append(("BatchNormalization", [f"{y}_c", f"{y}_s", f"{y}_b", f"{y}_m", f"{y}_v"], [y]))

    conv("x", "a", 3, 8, 3, stride=2)
    nodes.append(("Relu", ["a"], ["ar"]))
    conv("ar", "d", 8, 8, 3, groups=8)
    constants |= {"low": np.float32(0), "high": np.float32(6)}
    nodes.append(("Clip", ["d", "low", "high"], ["dr"]))
    conv("dr", "p", 8, 8, 1)
    nodes.append(("Add", ["p", "ar"], ["r"]))
    nodes.append(("MaxPool", ["r"], ["m"], {"kernel_shape": [2, 2], "strides": [2, 2]}))
    conv("m", "g", 8, 12, 3, groups=2)
    nodes.append(("Relu", ["g"], ["gr"]))
    nodes.append(("GlobalAveragePool", ["gr"], ["mean"]))
    nodes.append(("Flatten", ["mean"], ["f"]))
    constants |= {"w1": drawn(rng, 10, 12), "b1": drawn(rng, 10), "w2": drawn(rng, 10, 5)}
    nodes.append(("Gemm", ["f", "w1", "b1"], ["h"], {"transB": 1}))
    nodes.append(("Relu", ["h"], ["hr"]))
    nodes.append(("MatMul", ["hr", "w2"], ["logits"]))
    return model(nodes, {"x": ("batch", 3, 16, 12)}, {"logits": ("batch", 5)}, constants)


def run(content: bytes, feeds: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What ONNX Runtime makes of it, node by node as the file has them: fused, it rounds less often."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return [np.asarray(y) for y in session.run(None, dict(feeds))]


def quantized(content: bytes, folder: Path, samples: list[dict[str, np.ndarray]], form: str, **options: Any) -> bytes:
    """The model quantized by ONNX Runtime; form: "QDQ" or "QOperator"."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = iter(samples)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self.left, None)

    (folder / "float.onnx").write_bytes(content)
    quant_pre_process(folder / "float.onnx", folder / "prepared.onnx", skip_symbolic_shape=True)
    quantize_static(folder / "prepared.onnx", folder / "quantized.onnx", Reader(), QuantFormat[form], **options)
    return (folder / "quantized.onnx").read_bytes()


def integers_by_node(content: bytes, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The integers that ONNX Runtime makes of each node's output, by the node's name: as they are, or as the
    QuantizeLinear behind it, or behind its activation, makes them."""
    proto = onnx.load_model_from_string(content)
    readers = {i: n for n in reversed(proto.graph.node) for i in n.input[:1]}
    dtypes = {"int8": TensorProto.INT8, "uint8": TensorProto.UINT8}
    kinds = {t.name: t.data_type for t in proto.graph.initializer}
    zero_points = {n.output[0]: kinds[n.input[2]] for n in proto.graph.node if n.op_type == "QuantizeLinear"}
    places = {}
    for node in proto.graph.node:
        last = node
        while last.op_type != "QuantizeLinear" and last.output[0] in readers:
            following = readers[last.output[0]]
            if following.op_type not in ("QuantizeLinear", "Relu", "Clip"):
                break
            last = following
        if last.op_type == "QuantizeLinear":
            places[node.name or node.output[0]] = last.output[0]
        elif node.op_type.startswith(("QLinear", "QGemm")):
            places[node.name or node.output[0]] = node.output[0]
            zero_points[node.output[0]] = kinds[_zero_of(node)]
    assert set(zero_points.values()) <= set(dtypes.values())
    ends = {o.name for o in proto.graph.output}
    wanted = [name for name in dict.fromkeys(places.values()) if name not in ends]
    proto.graph.output.extend(helper.make_tensor_value_info(name, zero_points[name], None) for name in wanted)
    found = dict(zip([o.name for o in proto.graph.output], run(proto.SerializeToString(), feeds), strict=True))
    return {node: found[name] for node, name in places.items()}


def _zero_of(node: onnx.NodeProto) -> str:
    """The input that has the zero point of the output of a node on integers."""
    at = {"QLinearConv": 7, "QLinearMatMul": 7, "QGemm": 8, "QLinearConcat": 1}
    return node.input[at.get(node.op_type, len(node.input) - 1)]
