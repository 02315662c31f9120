"""Constants that the metadata COMPRESSION_METADATA says are compressed, by look-up tables in buffers of their own.

TensorFlow Lite Micro's kernels decompress them while they run, and not all kernels do: the others compute with the
compressed bytes. What these would read is refused. Its tools have written TFLM_DECODE (`compressed.py`) since 2025.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from lapel.errors import Problem, UnsupportedNode, shown
from lapel.frontends.tflite.compressed import Compressed, buffer_of
from lapel.frontends.tflite.compressions import AGAIN, BEFORE, EVERY_DTYPE, Layout
from lapel.frontends.tflite.compressions.lut import MAX_BITS, look_up
from lapel.frontends.tflite.content import OperatorContent, TensorContent
from lapel.frontends.tflite.flatbuffer import File, View

KEY = "COMPRESSION_METADATA"
SCHEMA_VERSION = 1

DECOMPRESSED: Mapping[str, Collection[int]] = {
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "FULLY_CONNECTED": (1, 2),
    "TRANSPOSE_CONV": (1, 3),
    "CONCATENATION": range(1 << 16),
    "ASSIGN_VARIABLE": (1,),
}
"""Operands that the kernels decompress."""

MISREAD = (
    f"is compressed by {KEY}, which TFLite Micro decompresses only for weights and biases of convolutions and "
    f"FULLY_CONNECTED, CONCATENATION and ASSIGN_VARIABLE: {BEFORE}"
)


def find_luts(model: View, buffers: Sequence[np.ndarray], count: int) -> Sequence[Sequence[View]]:
    """The entries of the metadata for each of `count` subgraphs; raises FormatError for what is damaged there."""
    for entry in model.tables("Metadata", "Metadata", "metadata", shared=True):
        if entry.text("Name") == KEY:
            index = entry.integer("Buffer")
            if index >= len(buffers):
                raise entry.error("Buffer", f"buffer {index}", f"one of {len(buffers)} buffers")
            return _find_entries(File(buffers[index].tobytes(), f"{model.file.name}, {KEY}"), count)
    return [()] * count


def decode_luts(luts: Sequence[View], tensors: Sequence[View], buffers: Sequence[np.ndarray]) -> dict[int, Compressed]:
    """What the entries of a subgraph say, by tensors; raises FormatError where they name what is not there."""
    found: dict[int, Compressed] = {}
    for lut in luts:
        tensor, tables, bits = (lut.integer(name) for name in ("Tensor", "ValueBuffer", "IndexBitwidth"))
        if not 0 <= tensor < len(tensors):
            raise lut.error("Tensor", f"tensor {tensor}", f"one of {len(tensors)} tensors")
        if tensor in found:
            raise lut.error("Tensor", f"tensor {tensor} a second time", "each tensor once")
        if tables >= len(buffers):
            raise lut.error("ValueBuffer", f"buffer {tables}", f"one of {len(buffers)} buffers")
        if not 1 <= bits <= MAX_BITS:
            raise lut.error("IndexBitwidth", f"{bits} bits", f"1 to {MAX_BITS}", AGAIN)
        found[tensor] = _by_tables(buffer_of(tensors[tensor], buffers), buffers[tables], bits)
    return found


def find_misread(
    operators: Sequence[OperatorContent],
    outputs: Sequence[int],
    luts: Collection[int],
    tensors: Sequence[TensorContent],
) -> list[Problem]:
    """Problems of compressed constants where nothing decompresses them."""
    found = [Problem(f"output {shown(tensors[o].name)!r}", MISREAD) for o in outputs if o in luts]
    for op in operators:
        read = DECOMPRESSED.get(op.code, ())
        misread = [i for k, i in enumerate(op.inputs) if i in luts and k not in read]
        where = f"op {op.index} {op.code}, tensor"
        found += [Problem(f"{where} {shown(tensors[i].name)!r}", MISREAD) for i in misread]
    return found


def _find_entries(file: File, count: int) -> Sequence[Sequence[View]]:
    root = View(file, "CompressionMetadata", file.read_word(0, "root"), "root")
    version = root.integer("SchemaVersion")
    if version > SCHEMA_VERSION:
        raise root.error("SchemaVersion", f"version {version}", f"up to {SCHEMA_VERSION}", BEFORE)
    _check_fields(root)
    subgraphs = list(root.tables("Subgraphs", "CompressionSubgraph", "subgraph"))
    if len(subgraphs) > count:
        raise root.error("Subgraphs", f"{len(subgraphs)} subgraphs", f"up to {count}, as the model has")
    found: list[Sequence[View]] = [()] * count
    for i, view in enumerate(subgraphs):
        _check_fields(view)
        found[i] = list(view.tables("LutTensors", "LutTensor", f"{view.where}, LutTensor"))
        for lut in found[i]:
            _check_fields(lut)
    return found


def _check_fields(view: View) -> None:
    """Another way to compress would be a field that this version of the schema lacks."""
    unknown = view.unknown_fields()
    if unknown:
        found = f"fields of number {', '.join(map(str, unknown))}"
        raise view.error(view.name, found, f"those of version {SCHEMA_VERSION}", BEFORE)


def _by_tables(content: np.ndarray, tables: np.ndarray, bits: int) -> Compressed:
    """A table for each scale, all of one length, behind each other."""

    def decode(content: np.ndarray, layout: Layout) -> np.ndarray:
        if layout.dtype not in EVERY_DTYPE:
            found = f"is {layout.dtype} and compressed by look-up tables"
            raise UnsupportedNode(f"{found}, expected one of {', '.join(EVERY_DTYPE)}: {BEFORE}")
        channels, itemsize = max(1, layout.scales), layout.numpy.itemsize
        values = len(tables) // itemsize // channels
        if not values:
            found = f"has {len(tables)} bytes of tables for {channels} channels"
            raise UnsupportedNode(f"{found}, expected a value or more for each: {AGAIN}")
        whole = tables[: channels * values * itemsize].view(layout.numpy)
        return look_up(content, bits, whole.reshape(channels, values), layout, layout.axis)

    return Compressed(content, decode)
