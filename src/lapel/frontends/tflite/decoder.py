"""First stage of reading: bytes -> `ModelContent`, with every length, offset and index checked."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.errors import FormatError, UnsupportedModel, shown
from lapel.frontends.tflite.compressed import resolve_decodes
from lapel.frontends.tflite.content import ModelContent, OperatorContent
from lapel.frontends.tflite.flatbuffer import File, View
from lapel.frontends.tflite.flow import resolve_flow
from lapel.frontends.tflite.metadata import decode_luts, find_luts, find_misread
from lapel.frontends.tflite.schema import IDENTIFIER, OPERATOR_NAMES, OPTIONS_NAMES, VERSION
from lapel.frontends.tflite.tensors import AGAIN, decode_tensors
from lapel.frontends.tflite.variables import resolve_variables
from lapel.ir.limits import count_problem
from lapel.ir.op import custom_code, custom_name


def decode(data: bytes, name: str) -> ModelContent:
    """Everything that the first subgraph says, and the one that it calls once.

    Raises FormatError on the first thing that is broken.
    """
    file = File(data, f"{shown(name)}.tflite")
    model = _root(file)
    version = model.integer("Version")
    if version != VERSION:
        raise file.error("model", f"schema version {version}", f"version {VERSION}", AGAIN)
    codes = [_decode_code(v) for v in model.tables("OperatorCodes", "OperatorCode", "operator code")]
    buffers = [_decode_buffer(v) for v in model.tables("Buffers", "Buffer", "buffer", shared=True)]
    subgraphs = list(model.tables("Subgraphs", "SubGraph", "subgraph"))
    if not subgraphs:
        raise file.error("model", "no subgraph", "one", AGAIN)

    luts = find_luts(model, buffers, len(subgraphs))

    def subgraph(index: int) -> ModelContent | None:
        if index >= len(subgraphs):
            return None
        return _decode_subgraph(subgraphs[index], name, codes, buffers, luts[index])

    main = resolve_variables(_decode_subgraph(subgraphs[0], name, codes, buffers, luts[0]), subgraph)
    if main.initial is not None:
        main = replace(main, initial=resolve_flow(main.initial))
    return resolve_flow(main)


def _decode_subgraph(
    view: View, name: str, codes: Sequence[tuple[str, int]], buffers: Sequence[np.ndarray], luts: Sequence[View]
) -> ModelContent:
    """A subgraph as it stands in the file, but for what is compressed there; luts: what metadata say of that."""
    problems = count_problem(view.count("Operators"))
    if problems:
        raise UnsupportedModel(f"{name}.tflite", problems)
    tensor_views = list(view.tables("Tensors", "Tensor", "tensor"))
    views = view.tables("Operators", "Operator", "op")
    listed = [_decode_operator(i, v, codes, len(tensor_views)) for i, v in enumerate(views)]
    inputs, outputs = (_indexes(view, end, len(tensor_views)) for end in ("Inputs", "Outputs"))
    by_metadata = decode_luts(luts, tensor_views, buffers)
    operators, made = resolve_decodes(listed, inputs, tensor_views, buffers)
    tensors = decode_tensors(view, tensor_views, buffers, by_metadata | made)
    misread = find_misread(operators, outputs, by_metadata.keys() - made.keys(), tensors)
    return ModelContent(name, tensors, operators, inputs, outputs, tuple(misread))


def _root(file: File) -> View:
    data = file.data
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        found = "an empty file" if not data else f"{len(data)} bytes that begin with {data[:8].hex(' ')}"
        raise FormatError(
            f'{file.name}: found {found}, expected a TensorFlow Lite model ("TFL3" at byte 4): '
            "convert the model to .tflite"
        )
    return View(file, "Model", struct.unpack_from("<I", data)[0], "model")


def _decode_code(view: View) -> tuple[str, int]:
    """(name, version) of an operator code."""
    code = max(view.integer("DeprecatedBuiltinCode"), view.integer("BuiltinCode"))
    version = view.integer("Version")
    if code < 0:
        raise view.error("code", f"{code}", "a code from 0")
    name = OPERATOR_NAMES.get(code, f"operator code {code}")
    return (custom_code(shown(view.text("CustomCode"))) if name == "CUSTOM" else name), version


def _decode_buffer(view: View) -> np.ndarray:
    """Content of a buffer: in the table or, as in files beyond 2 GB, elsewhere in the file."""
    content = view.shared_vector("Data")
    offset, count = view.integer("Offset"), view.integer("Size")
    if len(content) or offset <= 1:
        return content
    size = len(view.file.data)
    if offset + count > size:
        raise view.error("Offset", f"bytes {offset} to {offset + count}", f"to stay in {size} bytes")
    return np.frombuffer(view.file.data, np.uint8, count, offset)


def _decode_operator(index: int, view: View, codes: Sequence[tuple[str, int]], tensors: int) -> OperatorContent:
    opcode = view.integer("OpcodeIndex")
    if opcode >= len(codes):
        raise view.error("OpcodeIndex", f"operator code {opcode}", f"one of {len(codes)} operator codes")
    code, version = codes[opcode]
    inputs = _indexes(view, "Inputs", tensors, lowest=-1)
    outputs = _indexes(view, "Outputs", tensors)
    name = OPTIONS_NAMES.get(view.integer("BuiltinOptionsType"), "NONE")
    options = None if name == "NONE" else view.table("BuiltinOptions", name, f"{view.where}, {name}")
    custom = view.vector("CustomOptions").tobytes() if custom_name(code) else b""
    if options is None:
        return OperatorContent(code, version, inputs, outputs, None, None, index=index, custom=custom)
    values = options.values()
    return OperatorContent(code, version, inputs, outputs, name, values, options.unknown_fields(), index, custom)


def _indexes(view: View, name: str, tensors: int, lowest: int = 0) -> tuple[int, ...]:
    """A vector of tensor indexes."""
    values = view.vector(name)
    if len(values) and (values.min() < lowest or values.max() >= tensors):
        found = f"tensor indexes from {values.min()} to {values.max()}"
        raise view.error(name, found, f"{lowest} to {tensors - 1}")
    return tuple(values.tolist())
