"""First stage of reading: bytes -> `ModelContent`, with every length, offset and index checked."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence

import numpy as np

from lapel.errors import FormatError, UnsupportedModel
from lapel.frontends.tflite.content import ModelContent, OperatorContent, TensorContent
from lapel.frontends.tflite.flatbuffer import File, View
from lapel.frontends.tflite.schema import IDENTIFIER, OPERATOR_NAMES, OPTIONS_NAMES, TYPE_NAMES, VERSION
from lapel.ir import DTYPES, Quant
from lapel.ir.limits import count_problem

MAX_RANK = 8
MAX_BYTES = 2**31 - 1
"""Elements and bytes of one tensor: sizes are int32 in the schema and on the device."""

MAX_CONSTANT_BYTES = 64 << 20
"""All constants together; no microcontroller has flash for more."""


def decode(data: bytes, name: str) -> ModelContent:
    """Everything that the first subgraph says; raises FormatError on the first thing that is broken."""
    file = File(data, f"{name}.tflite")
    model = _root(file)
    version = model.integer("Version")
    if version != VERSION:
        raise file.error("model", f"schema version {version}", f"version {VERSION}")
    codes = [_decode_code(v) for v in model.tables("OperatorCodes", "OperatorCode", "operator code")]
    buffers = [_decode_buffer(v) for v in model.tables("Buffers", "Buffer", "buffer", shared=True)]
    subgraphs = list(model.tables("Subgraphs", "SubGraph", "subgraph"))
    if not subgraphs:
        raise file.error("model", "no subgraph", "one")
    problems = count_problem(subgraphs[0].count("Operators"))
    if problems:
        raise UnsupportedModel(f"{name}.tflite", problems)
    tensors = _decode_tensors(subgraphs[0], buffers)
    views = subgraphs[0].tables("Operators", "Operator", "op")
    operators = tuple(_decode_operator(v, codes, len(tensors)) for v in views)
    inputs = _indexes(subgraphs[0], "Inputs", len(tensors))
    outputs = _indexes(subgraphs[0], "Outputs", len(tensors))
    content = ModelContent(name, len(subgraphs), tensors, operators, inputs, outputs)
    _check_flow(file, content)
    return content


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
    if code < 0 or version < 1:
        raise view.error("code", f"{code} version {version}", "a code from 0 and a version from 1")
    name = OPERATOR_NAMES.get(code, f"operator code {code}")
    return (f"CUSTOM {view.text('CustomCode')!r}" if name == "CUSTOM" else name), version


def _decode_buffer(view: View) -> np.ndarray:
    """Content of a buffer: in the table or, in files beyond 2 GB, elsewhere in the file."""
    offset, count = view.integer("Offset"), view.integer("Size")
    if offset > 1:
        size = len(view.file.data)
        if offset + count > size:
            raise view.error("Offset", f"bytes {offset} to {offset + count}", f"to stay in {size} bytes")
        return np.frombuffer(view.file.data, np.uint8, count, offset)
    return view.shared_vector("Data")


def _decode_tensors(subgraph: View, buffers: Sequence[np.ndarray]) -> tuple[TensorContent, ...]:
    views = list(subgraph.tables("Tensors", "Tensor", "tensor"))
    names = _unique_names(v.text("Name") or f"tensor_{i}" for i, v in enumerate(views))
    tensors = tuple(_decode_tensor(v, n, buffers) for v, n in zip(views, names, strict=True))
    total_bytes = sum(t.data.nbytes for t in tensors if t.data is not None)
    if total_bytes > MAX_CONSTANT_BYTES:
        expected = f"at most {MAX_CONSTANT_BYTES}"
        raise subgraph.error("Tensors", f"constants of {total_bytes} bytes in all", expected)
    return tensors


def _unique_names(names: Iterable[str]) -> list[str]:
    """["a", "a", "b"] -> ["a", "a_1", "b"]; the first bearer of a name keeps it."""
    result, names = [], list(names)
    taken, next_suffix = set(names), dict.fromkeys(names, 0)
    for name in names:
        n, unique = next_suffix[name], name
        while n and unique in taken:
            unique, n = f"{name}_{n}", n + 1
        taken.add(unique)
        next_suffix[name] = max(n, 1)
        result.append(unique)
    return result


def _decode_tensor(view: View, name: str, buffers: Sequence[np.ndarray]) -> TensorContent:
    code, index = view.integer("Type"), view.integer("Buffer")
    if code not in TYPE_NAMES:
        raise view.error("Type", f"type code {code}", f"0 to {max(TYPE_NAMES)}")
    if index >= len(buffers):
        raise view.error("Buffer", f"buffer {index}", f"one of {len(buffers)} buffers")
    dtype = TYPE_NAMES[code]
    shape = _decode_shape(view, np.dtype(DTYPES.get(dtype, np.uint8)).itemsize)
    oddities = _oddities(view, dtype)
    quant = _decode_quant(view, shape, dtype) if dtype in DTYPES else None
    data = _decode_data(view, shape, dtype, buffers[index])
    return TensorContent(name, shape, dtype, quant, data, oddities)


def _decode_shape(view: View, itemsize: int) -> tuple[int, ...]:
    """The static shape; a dimension that `ShapeSignature` leaves open keeps the size it has here."""
    dims = view.vector("Shape")
    if len(dims) > MAX_RANK:
        raise view.error("Shape", f"{len(dims)} dimensions", f"at most {MAX_RANK}")
    shape = tuple(map(int, dims))
    if any(d < 0 for d in shape):
        raise view.error("Shape", f"dimensions {shape}", "none below 0")
    # numpy multiplies the dimensions that are not 0 even where one is.
    size_bytes = math.prod(max(1, d) for d in shape) * itemsize
    if size_bytes > MAX_BYTES:
        raise view.error("Shape", f"dimensions {shape} of {size_bytes} bytes", f"at most {MAX_BYTES}")
    return shape


def _oddities(view: View, dtype: str) -> tuple[str, ...]:
    quant = view.table("Quantization", "QuantizationParameters", f"{view.where}, quantization")
    found = []
    if dtype not in DTYPES:
        found.append(f"has dtype {dtype}, expected one of {', '.join(DTYPES)}: quantize the model to int8")
    if view.integer("IsVariable"):
        found.append("is a variable that keeps its value between calls: unroll or remove the state")
    if view.has("Sparsity"):
        found.append("is stored as a sparse tensor: convert the model without sparsity")
    if quant is not None and quant.integer("DetailsType"):
        found.append("has a custom quantization: quantize the model to int8 with scales and zero points")
    return tuple(found)


def _decode_quant(view: View, shape: tuple[int, ...], dtype: str) -> Quant | None:
    """Scales and zero points; None where TFLite Micro takes the tensor as not quantized."""
    quant = view.table("Quantization", "QuantizationParameters", f"{view.where}, quantization")
    if quant is None or dtype in ("float32", "bool"):
        return None
    scale, zero = quant.vector("Scale"), quant.vector("ZeroPoint")
    if not len(scale) or not len(zero):
        return None
    # An activation's scale is a divisor in float32: a subnormal one gives infinity. A dead channel's bias has one.
    lowest = 0.0 if dtype == "int32" else float(np.finfo(np.float32).tiny)
    if not (np.isfinite(scale).all() and (scale > 0).all() and (scale >= lowest).all()):
        found = f"scales from {scale.min()} to {scale.max()}"
        raise quant.error("Scale", found, f"finite values above {lowest:.2g}")
    if len(zero) != len(scale):
        raise quant.error("ZeroPoint", f"{len(zero)} zero points", f"one for each of {len(scale)} scales")
    info = np.iinfo(DTYPES[dtype])
    if zero.min() < info.min or zero.max() > info.max:
        found = f"zero points from {zero.min()} to {zero.max()}"
        raise quant.error("ZeroPoint", found, f"{info.min} to {info.max} for {dtype}")
    axis = _quant_axis(quant, len(scale), shape)
    return Quant(tuple(map(float, scale)), tuple(map(int, zero)), axis)


def _quant_axis(quant: View, count: int, shape: tuple[int, ...]) -> int | None:
    """The axis of per-channel scales; a single scale is per tensor, as TFLite Micro takes it."""
    if count == 1:
        return None
    axis = int(quant.integer("QuantizedDimension"))
    if not 0 <= axis < len(shape) or shape[axis] != count:
        expected = f"one for each index of an axis of {shape}"
        raise quant.error("Scale", f"{count} scales along axis {axis}", expected)
    return axis


def _decode_data(view: View, shape: tuple[int, ...], dtype: str, raw: np.ndarray) -> np.ndarray | None:
    """Content of a constant, None of a tensor without any."""
    if not len(raw):
        return None
    if dtype not in DTYPES:
        return raw
    count, itemsize = math.prod(shape), np.dtype(DTYPES[dtype]).itemsize
    if len(raw) != count * itemsize:
        expected = f"{count * itemsize} for {dtype}{list(shape)}"
        raise view.error("Buffer", f"{len(raw)} bytes of content", expected)
    if dtype == "bool" and (raw > 1).any():
        raise view.error("Buffer", f"bool content up to {raw.max()}", "0 or 1")
    return raw.view(DTYPES[dtype]).reshape(shape)


def _decode_operator(view: View, codes: Sequence[tuple[str, int]], tensors: int) -> OperatorContent:
    index = view.integer("OpcodeIndex")
    if index >= len(codes):
        raise view.error("OpcodeIndex", f"operator code {index}", f"one of {len(codes)} operator codes")
    code, version = codes[index]
    inputs = _indexes(view, "Inputs", tensors, lowest=-1)
    outputs = _indexes(view, "Outputs", tensors)
    name = OPTIONS_NAMES.get(view.integer("BuiltinOptionsType"), "NONE")
    options = None if name == "NONE" else view.table("BuiltinOptions", name, f"{view.where}, {name}")
    if options is None:
        return OperatorContent(code, version, inputs, outputs, None, None)
    return OperatorContent(code, version, inputs, outputs, name, options.numbers())


def _indexes(view: View, name: str, tensors: int, lowest: int = 0) -> tuple[int, ...]:
    """A vector of tensor indexes."""
    values = view.vector(name)
    if len(values) and (values.min() < lowest or values.max() >= tensors):
        found = f"tensor indexes from {values.min()} to {values.max()}"
        raise view.error(name, found, f"{lowest} to {tensors - 1}")
    return tuple(values.tolist())


def _check_flow(file: File, content: ModelContent) -> None:
    """Every tensor is an input, a constant, or made once, before it is read."""
    tensors = content.tensors
    made: set[int] = set()
    for i in content.inputs:
        if tensors[i].data is not None or i in made:
            found = "is a constant" if i not in made else "is listed twice"
            raise file.error(f"input {tensors[i].name!r}", found, "each input once, without content")
        made.add(i)
    made_by_operators = {o for op in content.operators for o in op.outputs}
    for i, t in enumerate(tensors):
        if t.data is not None or (0 in t.shape and i not in made_by_operators):
            made.add(i)
    for n, op in enumerate(content.operators):
        where = f"op {n} {op.code}"
        for i in op.inputs:
            if i >= 0 and i not in made:
                found = f"reads {tensors[i].name!r} before anything makes it"
                raise file.error(where, found, "operators in order")
        for o in op.outputs:
            if o in made:
                raise file.error(where, f"makes {tensors[o].name!r} a second time", "each tensor made once")
            made.add(o)
    for o in content.outputs:
        if o not in made:
            raise file.error(f"output {tensors[o].name!r}", "nothing makes it", "an operator that does")
