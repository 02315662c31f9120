"""First stage of reading: bytes -> `ModelContent`, by the libraries `onnx` and `onnx_ir`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from onnx.external_data_helper import load_external_data_for_model, uses_external_data
from onnx_ir.passes.common import InlinePass, LiftSubgraphInitializersToMainGraphPass, TopologicalSortPass

from lapel.errors import FormatError, InputError, Problem, UnsupportedModel, shown
from lapel.frontends.onnx.content import STANDARD, ModelContent, NodeContent, Port

LEAST_OPSET = 11
CONVERT = (
    'onnx.save(onnx.version_converter.convert_version(onnx.load("{0}.onnx"), 17), "{0}.onnx") '
    "makes a newer one, or export again with opset_version=17"
)
NUMBER_KINDS = {"int4": "int8", "uint4": "uint8", "int2": "int8", "uint2": "uint8"}
"""Dtypes that NumPy lacks -> those that hold the same numbers."""


def decode(data: bytes, name: str, folder: Path | None = None) -> ModelContent:
    """The content of an .onnx file. Raises FormatError, InputError if a file beside it is missing, UnsupportedModel."""
    where = f"{shown(name)}.onnx"
    proto = _parse(data, where)
    opsets = {o.domain if o.domain != "ai.onnx" else STANDARD: o.version for o in proto.opset_import}
    opset = opsets.get(STANDARD, 1 if not opsets else LEAST_OPSET)
    newest = onnx.defs.onnx_opset_version()  # what operators of later ones compute, nothing here knows
    if opset < LEAST_OPSET:
        found = f"is of opset {opset}, expected {LEAST_OPSET} or later: {CONVERT.format(shown(name))}"
        raise UnsupportedModel(where, [found])
    if opset > newest:
        found = f"is of opset {opset}, expected {LEAST_OPSET} to {newest}, as the installed onnx {onnx.__version__} has"
        raise UnsupportedModel(where, [f"{found}: export again with opset_version=17, or pip install --upgrade onnx"])
    _check_names(proto.graph, where)
    _load_beside(proto, where, folder)
    try:
        model = ir.from_proto(proto)
        model = InlinePass()(model).model
        model = LiftSubgraphInitializersToMainGraphPass()(model).model
        model = TopologicalSortPass()(model).model
    except Exception as e:  # whatever a library raises on what is no model
        raise FormatError(f"{where}: is damaged ({_reason(e)}): export it again") from e
    return _content(model, name, opsets)


def _parse(data: bytes, where: str) -> onnx.ModelProto:
    try:
        proto = onnx.load_model_from_string(data)
    except Exception as e:  # protobuf has its own, and others for text in it
        raise FormatError(f"{where}: is truncated or damaged ({_reason(e)}): copy or export it again") from e
    if not proto.graph.node and not proto.graph.output:
        raise FormatError(f"{where}: has no graph, expected an ONNX model: it may be truncated, copy it again")
    return proto


def _check_names(graph: onnx.GraphProto, where: str) -> None:
    """Raise FormatError if something reads what nothing makes."""
    known = {"", *(i.name for i in (*graph.input, *graph.initializer)), *(o for n in graph.node for o in n.output)}
    known |= {t.values.name for t in graph.sparse_initializer}
    read = [(n.name or n.op_type, i) for n in graph.node for i in n.input] + [("output", o.name) for o in graph.output]
    for reader, name in read:
        if name not in known:
            raise FormatError(f"{where}: {shown(reader)!r} reads {shown(name)!r}, which nothing makes: export it again")


def _load_beside(proto: onnx.ModelProto, where: str, folder: Path | None) -> None:
    """Read the weights that lie in other files."""
    outside = [t for t in proto.graph.initializer if uses_external_data(t)]
    if not outside:
        return
    files = {e.value for t in outside for e in t.external_data if e.key == "location"}
    shown_files = ", ".join(shown(f) for f in sorted(files)[:3])
    if folder is None:
        raise InputError(f"{where}: has its weights in {shown_files}, found only the content: give the file's path")
    if not all((folder / f).is_file() for f in files):
        raise InputError(f"{where}: found no {shown_files} beside it, which has its weights: put it there")
    try:
        load_external_data_for_model(proto, str(folder))
    except Exception as e:  # of the library's checks: places outside the folder, offsets beyond the file
        raise FormatError(f"{where}: has its weights in {shown_files}, which cannot be read ({_reason(e)})") from e


def _reason(e: Exception) -> str:
    """The first line of a library's message."""
    return shown((str(e) or type(e).__name__).strip().splitlines()[0], 120)


def _content(model: ir.Model, name: str, opsets: dict[str, int]) -> ModelContent:
    problems: list[Problem] = []
    constants = dict(_constants(model.graph, problems))
    nodes = tuple(_node(n, opsets) for n in model.graph)
    inputs = tuple(_port(v, problems) for v in model.graph.inputs if v.name not in constants)
    outputs = tuple(v.name or "" for v in model.graph.outputs)
    return ModelContent(name, nodes, inputs, outputs, constants, tuple(problems))


def _constants(graph: ir.Graph, problems: list[Problem]) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in graph.initializers.items():
        where = f"constant {shown(name)!r}"
        try:
            assert value.const_value is not None, "it has no content"
            data = plain(value.const_value.numpy())
        except Exception as e:  # a tensor whose bytes are not those of its shape
            problems.append(Problem(where, f"cannot be read ({_reason(e)}): export the model again"))
            data = np.zeros(())
        if data.dtype.kind == "f" and np.isnan(data).any():
            found = f"holds NaN in {int(np.isnan(data).sum())} of {data.size} values"
            problems.append(Problem(where, f"{found}, expected numbers: train or export the model again"))
        yield name, data


def plain(data: np.ndarray) -> np.ndarray:
    """The array in a dtype that NumPy itself has, with the same numbers."""
    kind = NUMBER_KINDS.get(data.dtype.name)
    return data if kind is None else data.astype(kind)


def _node(node: ir.Node, opsets: dict[str, int]) -> NodeContent:
    domain = STANDARD if node.domain == "ai.onnx" else node.domain
    attrs = {key: _attribute(a) for key, a in node.attributes.items()}
    inputs = tuple("" if v is None else v.name or "" for v in node.inputs)
    outputs = tuple(v.name or "" for v in node.outputs)
    version = node.version or opsets.get(domain, 1)
    return NodeContent(node.op_type, domain, version, node.name or "", inputs, outputs, attrs)


def _attribute(a: ir.Attr) -> Any:
    """A number, text, list or array; what is none of these stays what the library makes of it."""
    if a.type == ir.AttributeType.TENSOR:
        return plain(a.value.numpy())
    if a.type == ir.AttributeType.STRING:
        return a.value
    return list(a.value) if isinstance(a.value, tuple) else a.value


def _port(value: ir.Value, problems: list[Problem]) -> Port:
    name, dims = value.name or "", None
    if value.type is not None and not isinstance(value.type, ir.TensorType):
        problems.append(Problem(f"input {shown(name)!r}", f"is no tensor but {shown(str(value.type))}: pass a tensor"))
    elif value.shape is not None:
        dims = tuple(d if isinstance(d, int) else (d.value or f"dim_{k}") for k, d in enumerate(value.shape))
    return Port(name, _dtype(value), dims)


def _dtype(value: ir.Value) -> str:
    """NumPy's name, or "none" of what has no dtype, or none that there is."""
    try:
        return "none" if value.dtype is None else str(value.dtype.numpy().name)
    except TypeError:
        return "none"
