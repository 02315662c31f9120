"""Making .tflite files for tests: from a table of tensors and operators, by editing, by patching bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph, Node, Quant, Tensor, Type

Model = schema.ModelT


@dataclass
class Operand:
    """A tensor to write; `data` makes it a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "int8"
    scale: float | None = 0.5
    data: Any = None


@dataclass
class Step:
    """An operator to write, by names of its tensors; `options` are fields of the table `options_name`."""

    code: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    options_name: str | None = None
    options: dict[str, Any] | None = None
    version: int = 1
    custom: str | None = None


def make_model(
    operands: Sequence[Operand], steps: Sequence[Step], inputs: Sequence[str], outputs: Sequence[str]
) -> bytes:
    """A file with these operators in this order, legal or not."""
    index = {o.name: i for i, o in enumerate(operands)}
    sub = schema.SubGraphT(name="main", inputs=[index[i] for i in inputs], outputs=[index[o] for o in outputs])
    model = Model(version=3, operatorCodes=[], subgraphs=[sub], buffers=[schema.BufferT()])
    sub.tensors = [_make_tensor(model, o) for o in operands]
    sub.operators = [_make_operator(model, s, index) for s in steps]
    return pack(model)


def _make_tensor(model: Model, o: Operand) -> schema.TensorT:
    t = schema.TensorT(name=o.name, shape=list(o.shape), type=getattr(schema.TensorType, o.dtype.upper()))
    t.buffer = 0
    if o.data is not None:
        t.buffer = len(model.buffers)
        raw = np.asarray(o.data, getattr(np, o.dtype)).tobytes()
        model.buffers.append(schema.BufferT(data=np.frombuffer(raw, np.uint8)))
    if o.scale is not None and o.dtype in ("int8", "int16"):
        t.quantization = schema.QuantizationParametersT(scale=[o.scale], zeroPoint=[0])
    return t


def _make_operator(model: Model, s: Step, index: dict[str, int]) -> schema.OperatorT:
    code = getattr(schema.BuiltinOperator, s.code)
    model.operatorCodes.append(
        schema.OperatorCodeT(
            deprecatedBuiltinCode=min(code, 127), builtinCode=code, version=s.version, customCode=s.custom
        )
    )
    op = schema.OperatorT(opcodeIndex=len(model.operatorCodes) - 1)
    op.inputs = [index[i] if i else -1 for i in s.inputs]
    op.outputs = [index[o] for o in s.outputs]
    if s.options_name:
        op.builtinOptionsType = getattr(schema.BuiltinOptions, s.options_name)
        op.builtinOptions = getattr(schema, f"{s.options_name}T")(**(s.options or {}))
    return op


def pack(model: Model) -> bytes:
    """Model object -> bytes."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def edit(data: bytes, change: Callable[[Model], Any]) -> bytes:
    """The file after `change` has modified its object form."""
    model = Model.InitFromPackedBuf(data)
    change(model)
    return pack(model)


def patch(data: bytes, pos: int, value: int) -> bytes:
    """The file with the 32-bit word at `pos` replaced."""
    return data[:pos] + struct.pack("<I", value & 0xFFFFFFFF) + data[pos + 4 :]


def table_field(accessor: Any, slot: int) -> int:
    """Byte of field number `slot` of a table, which for a vector holds the distance to it."""
    return int(accessor._tab.Pos) + int(accessor._tab.Offset(4 + 2 * slot))


def subgraph(data: bytes) -> Any:
    return schema.Model.GetRootAs(data).Subgraphs(0)


def dense_graph() -> Graph:
    """x -> dense (per channel) -> h -> dense (per tensor, no bias) -> y."""
    rng = np.random.default_rng(0)
    w0 = rng.integers(-127, 128, (3, 4), np.int8)
    w1 = rng.integers(-127, 128, (2, 3), np.int8)
    quant = Quant((0.5,), (3,))
    channels = Quant((0.25, 0.5, 0.125), (0, 0, 0), 0)
    tensors = [
        Tensor("x", Type((1, 4), "int8", quant)),
        Tensor("w0", Type((3, 4), "int8", channels), w0),
        Tensor("b0", Type((3,), "int32", channels), np.arange(3, dtype=np.int32)),
        Tensor("h", Type((1, 3), "int8", quant)),
        Tensor("w1", Type((2, 3), "int8", Quant((0.25,), (0,))), w1),
        Tensor("y", Type((1, 2), "int8", quant)),
    ]
    attrs = {"activation": "relu", "keep_dims": False, "rounding": "double"}
    nodes = (
        Node("dense", "first", ("x", "w0", "b0"), ("h",), attrs),
        Node("dense", "second", ("h", "w1", ""), ("y",), attrs),
    )
    return Graph("small", nodes, {t.name: t for t in tensors}, ("x",), ("y",))


def dense_file() -> bytes:
    return write_tflite(dense_graph())


def canonical(graph: Graph) -> Graph:
    """The graph with names by order of first use and in the form that a file can say.

    A file does not keep absent trailing inputs, nor the axis of a single scale.
    """
    names: dict[str, str] = {}

    def rename(name: str) -> str:
        return names.setdefault(name, f"t{len(names)}") if name else ""

    inputs, nodes = tuple(map(rename, graph.inputs)), []
    for k, node in enumerate(graph.nodes):
        given = list(node.inputs)
        while given and not given[-1]:
            given.pop()
        nodes.append(Node(node.op, f"n{k}", tuple(map(rename, given)), tuple(map(rename, node.outputs)), node.attrs))
    outputs = tuple(map(rename, graph.outputs))
    tensors = {}
    for old, new in names.items():
        t = graph.tensors[old]
        q = t.type.quant
        if q is not None and len(q.scale) == 1:
            q = Quant(q.scale, q.zero)
        tensors[new] = Tensor(new, Type(t.type.shape, t.type.dtype, q), t.data)
    return Graph("canonical", tuple(nodes), tensors, inputs, outputs)
