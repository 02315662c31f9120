"""Tensors of a .tflite file: shape, dtype, quantization and content, as TFLite Micro takes them.

What makes a tensor useless is an oddity of it, not an error: a tensor that no operator uses is nobody's problem.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.compressions import Layout
from lapel.frontends.tflite.content import TensorContent
from lapel.frontends.tflite.flatbuffer import View
from lapel.frontends.tflite.schema import TYPE_NAMES
from lapel.frontends.tflite.sparsity import Sparse
from lapel.ir import DTYPES, Quant

MAX_RANK = 8
MAX_BYTES = 2**31 - 1
"""Elements and bytes of one tensor: sizes are int32 in the schema and on the device."""

MAX_CONSTANT_BYTES = 64 << 20
"""All constants together."""

TOO_LARGE = "no microcontroller has flash for more"

MAX_NAME = 1024
"""Characters of a name that are kept. Converters join the names of fused layers, to some 300; a megabyte is no name."""

BLOCKWISE = 2
"""Code of `BlockwiseQuantization` in the union QuantizationDetails; TFLite Micro ignores the other one."""

AGAIN = "convert the model again"

PACKED_WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
"""Operators of which TFLite Micro unpacks weights of int4; others would read the bytes as int8."""
WEIGHTS = 1
"""The operand that they are."""
LEAST_INT4, MOST_INT4 = -8, 7

UNPACKED = {"int4": "int8", "float16": "float32"}
"""Dtypes that only constants have, and what they are read as; the values are the same."""
BITS = {"int4": 4, "float16": 16}

READ = tuple(d for d in DTYPES if d != "float64")
"""Dtypes of tensors; TFLite Micro has no float64 either."""


class Content(Protocol):
    """The content of a constant that is compressed in the file."""

    @property
    def content(self) -> np.ndarray:
        """What the file has of it, uint8."""

    def expand(self, layout: Layout) -> np.ndarray:
        """What it was before it was compressed, uint8; raises UnsupportedNode with what is wrong."""


def decode_tensors(
    subgraph: View, views: Sequence[View], buffers: Sequence[np.ndarray], compressed: Mapping[int, Content]
) -> tuple[TensorContent, ...]:
    """All tensors of a subgraph, given their tables; names are made unique. compressed: constants by their indexes."""
    names = _unique_names(v.text("Name")[:MAX_NAME] or f"tensor_{i}" for i, v in enumerate(views))
    tensors, total_bytes = [], 0
    for i, (view, name) in enumerate(zip(views, names, strict=True)):
        t = _decode_tensor(view, name, buffers, compressed.get(i), MAX_CONSTANT_BYTES - total_bytes)
        total_bytes += 0 if t.data is None else t.data.nbytes
        tensors.append(t)
    if total_bytes > MAX_CONSTANT_BYTES:
        found, expected = f"constants of {total_bytes} bytes in all", f"at most {MAX_CONSTANT_BYTES}"
        raise subgraph.error("Tensors", found, expected, TOO_LARGE)
    return tuple(tensors)


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


def _decode_tensor(
    view: View, name: str, buffers: Sequence[np.ndarray], compressed: Content | None, left_bytes: int
) -> TensorContent:
    dtype = TYPE_NAMES.get(code := view.integer("Type"), f"of type code {code}")
    raw, unread = _find_content(view, dtype, buffers, compressed, left_bytes)
    stored = dtype if dtype in UNPACKED and len(raw) else ""
    dtype = UNPACKED[stored] if stored else dtype
    oddities = _oddities(view, dtype)
    shape, wrong = _decode_shape(view, np.dtype(DTYPES.get(dtype, np.uint8)).itemsize)
    oddities += wrong
    quant = None
    if dtype in READ and not wrong:
        quant, wrong = _decode_quant(view, shape, dtype, constant=len(raw) > 0)
        oddities += wrong
    # What is wrong with the type may be why it could not be decompressed.
    data, wrong = (raw, [] if oddities else unread) if unread else _decode_data(shape, dtype, raw, stored)
    oddities += wrong
    index, variable = view.integer("Buffer"), bool(view.integer("IsVariable"))
    return TensorContent(name, shape, dtype, quant, data, tuple(oddities), index, variable, stored)


def _find_content(
    view: View, dtype: str, buffers: Sequence[np.ndarray], compressed: Content | None, left_bytes: int
) -> tuple[np.ndarray, list[str]]:
    """(content as bytes, why it is not that of the tensor)."""
    index = view.integer("Buffer")
    raw = buffers[index] if index < len(buffers) else np.empty(0, np.uint8)
    if view.integer("ExternalBuffer"):
        return raw, ["has its content in another file, expected it in this one: convert to a single file"]
    if index >= len(buffers):
        return raw, [f"is in buffer {index}, expected one of {len(buffers)} buffers: {AGAIN}"]
    parameters = view.table("Sparsity", "SparsityParameters", f"{view.where}, sparsity")
    if compressed is None and parameters is not None and len(raw):
        compressed = Sparse(raw, parameters)
    return (raw, []) if compressed is None else _expand(view, dtype, compressed, left_bytes)


def _expand(view: View, dtype: str, compressed: Content, left_bytes: int) -> tuple[np.ndarray, list[str]]:
    """(content of a tensor that is compressed, why it cannot be decompressed); then what the file has, of any size."""
    itemsize = np.dtype(DTYPES.get(dtype, np.uint8)).itemsize
    shape, wrong = _decode_shape(view, itemsize)
    size = math.prod(shape)
    if not wrong:
        # Compressed elements take a bit or more, those of sparse tensors less where few are left: 1/64 byte is honest.
        view.file.spend(size // 64, view.where)
        if size * itemsize > left_bytes:
            found = f"a compressed constant of {size * itemsize} bytes"
            raise view.error("Shape", found, f"at most {MAX_CONSTANT_BYTES} in all", TOO_LARGE)
        try:
            return compressed.expand(_layout(view, shape, dtype)), []
        except UnsupportedNode as e:
            wrong = [e.message]
    return compressed.content if len(compressed.content) else np.zeros(1, np.uint8), wrong


def _layout(view: View, shape: tuple[int, ...], dtype: str) -> Layout:
    quant = view.table("Quantization", "QuantizationParameters", f"{view.where}, quantization")
    if quant is None:
        return Layout(shape, dtype)
    zeros = tuple(quant.vector("ZeroPoint").tolist())
    return Layout(shape, dtype, quant.count("Scale"), quant.integer("QuantizedDimension"), zeros)


def _oddities(view: View, dtype: str) -> list[str]:
    found = []
    if dtype not in READ:
        found.append(f"has dtype {dtype}, expected one of {', '.join(READ)}: quantize the model to int8")
    return found


def _decode_shape(view: View, itemsize: int) -> tuple[tuple[int, ...], list[str]]:
    """The static shape and its oddities; a dimension that `ShapeSignature` leaves open keeps the size it has here."""
    dims = view.vector("Shape")
    shape = tuple(map(int, dims[:MAX_RANK]))
    if len(dims) > MAX_RANK:
        return (), [f"has {len(dims)} dimensions, expected at most {MAX_RANK}: reshape it"]
    if any(d < 0 for d in shape):
        return (), [f"has dimensions {shape}, expected none below 0: convert with static shapes"]
    # numpy multiplies the dimensions that are not 0 even where one is.
    size_bytes = math.prod(max(1, d) for d in shape) * itemsize
    if size_bytes > MAX_BYTES:
        return (), [f"has dimensions {shape} of {size_bytes} bytes, expected at most {MAX_BYTES}: make it smaller"]
    return shape, []


def _decode_quant(view: View, shape: tuple[int, ...], dtype: str, *, constant: bool) -> tuple[Quant | None, list[str]]:
    """(quantization, its oddities); None where TFLite Micro takes the tensor as not quantized."""
    quant = view.table("Quantization", "QuantizationParameters", f"{view.where}, quantization")
    if quant is None or dtype in ("float32", "float64", "bool"):
        return None, []
    if quant.integer("DetailsType") == BLOCKWISE:
        return None, ["has a blockwise quantization: quantize the model to int8 with scales and zero points"]
    with np.errstate(invalid="ignore"):  # a signalling NaN
        scale, zero = quant.vector("Scale").astype(np.float64), quant.vector("ZeroPoint")
    if not len(scale) or not len(zero):
        return None, []
    zero = np.repeat(zero, len(scale)) if len(zero) == 1 else zero[: len(scale)]
    axis = quant.integer("QuantizedDimension")
    if dtype in ("int32", "int64"):
        return _wide_quant(scale, zero, dtype, constant) or _bias_quant(scale, shape, axis), []
    wrong = _quant_oddity(scale, zero, dtype, constant)
    if wrong:
        return None, [wrong]
    if not constant and len(set(zip(scale, zero, strict=True))) == 1:
        scale, zero = scale[:1], zero[:1]  # TFLite Micro reads the first, and all are the same
    if len(scale) > 1 and not (0 <= axis < len(shape) and shape[axis] == len(scale)):
        found = f"has {len(scale)} scales along axis {axis} of {shape}"
        return None, [f"{found}, expected one, or one for each index of an axis: quantize the model again"]
    return Quant(tuple(scale.tolist()), tuple(zero.tolist()), axis if len(scale) > 1 else None), []


def _wide_quant(scale: np.ndarray, zero: np.ndarray, dtype: str, constant: bool) -> Quant | None:
    """The quantization of an int32 or int64 activation, which QUANTIZE reads; None if it makes no sense."""
    if constant or len(set(zip(scale, zero, strict=False))) != 1 or _quant_oddity(scale, zero, dtype, constant):
        return None
    return Quant((float(scale[0]),), (int(zero[0]),))


def _bias_quant(scale: np.ndarray, shape: tuple[int, ...], axis: int) -> Quant | None:
    """The quantization of a bias, whose scales no kernel looks at. What makes no sense is left out."""
    if not (np.isfinite(scale).all() and (scale >= 0).all()):
        return None
    if len(scale) == 1:
        return Quant((float(scale[0]),), (0,))
    # Converters write the axis of the weights, too.
    axes = [a for a in (axis, *reversed(range(len(shape)))) if 0 <= a < len(shape) and shape[a] == len(scale)]
    return Quant(tuple(scale.tolist()), (0,) * len(scale), axes[0]) if axes else None


def _quant_oddity(scale: np.ndarray, zero: np.ndarray, dtype: str, constant: bool) -> str:
    """What is wrong with scales and zero points, empty if nothing is.

    A filter that is all zeros may have scale 0. An activation's scale is a divisor in float32, where a subnormal one
    gives infinity.
    """
    lowest = 0.0 if constant else float(np.finfo(np.float32).tiny)
    if not (np.isfinite(scale).all() and (scale >= lowest).all()):
        wanted = "finite values from 0" if constant else f"finite values from {lowest:.2g}"
        return f"has scales from {scale.min():.6g} to {scale.max():.6g}, expected {wanted}: quantize the model again"
    if len(zero) < len(scale):
        return f"has {len(zero)} zero points for {len(scale)} scales, expected one or as many: quantize the model again"
    info = np.iinfo(DTYPES[dtype])
    if zero.min() < info.min or zero.max() > info.max:
        found = f"has zero points from {zero.min()} to {zero.max()}"
        return f"{found}, expected {info.min} to {info.max} for {dtype}: quantize the model again"
    return ""


def _decode_data(
    shape: tuple[int, ...], dtype: str, raw: np.ndarray, stored: str
) -> tuple[np.ndarray | None, list[str]]:
    """(content of a constant, its oddities); None for a tensor without any. What a buffer has beyond it is ignored.

    stored: "int4", two a byte, the lower half first, which become int8; "float16", which becomes float32.
    """
    if not len(raw):
        return None, []
    if dtype not in READ:
        return raw, []
    size = math.prod(shape)
    stored_bytes = (size * BITS[stored] + 7) // 8 if stored else size * np.dtype(DTYPES[dtype]).itemsize
    if len(raw) < stored_bytes:
        what = stored or dtype
        return raw, [f"has {len(raw)} bytes of content, expected {stored_bytes} for {what}{list(shape)}: {AGAIN}"]
    content = raw[:stored_bytes]
    if stored == "float16":
        return content.view(np.float16).astype(np.float32).reshape(shape), []
    content = unpack_int4(content)[:size] if stored == "int4" else content
    if dtype == "bool" and (content > 1).any():
        return raw, [f"has bool content up to {content.max()}, expected 0 or 1: {AGAIN}"]
    return content.view(DTYPES[dtype]).reshape(shape), []


def pack_int4(values: np.ndarray) -> np.ndarray:
    """int8 in -8..7 -> two a byte, the lower half first; half of the last byte may be 0."""
    flat = values.reshape(-1).view(np.uint8)
    pairs = np.append(flat, np.zeros(len(flat) % 2, np.uint8)).reshape(-1, 2) & 15
    return np.asarray(pairs[:, 0] | pairs[:, 1] << 4, np.uint8)


def unpack_int4(packed: np.ndarray) -> np.ndarray:
    """Two int4 a byte, the lower half first -> as many int8."""
    halves = np.stack([packed << 4, packed & 0xF0], axis=-1).reshape(-1)
    return halves.view(np.int8) >> 4
