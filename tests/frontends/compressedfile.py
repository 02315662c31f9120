"""Compressing constants of .tflite files as TensorFlow Lite Micro's documents say, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from modelfile import Model

from lapel.errors import LapelError
from lapel.frontends.tflite import read_tflite
from lapel.frontends.tflite.schema import TYPE_NAMES

LUT, HUFFMAN, PRUNING = 0, 1, 2


def pack_bits(numbers: Sequence[int] | np.ndarray, bits: int | Sequence[int]) -> np.ndarray:
    """Numbers of so many bits each, most significant bit first -> uint8."""
    widths = [bits] * len(numbers) if isinstance(bits, int) else bits
    text = "".join(f"{int(n):0{b}b}" if b else "" for n, b in zip(numbers, widths, strict=True))
    return np.packbits([c == "1" for c in text])


@dataclass(frozen=True)
class Tabled:
    """A constant by tables: packed indexes, and tables [channels, values]."""

    content: np.ndarray
    tables: np.ndarray


def make_tables(values: np.ndarray, bits: int, axis: int | None) -> Tabled:
    """A constant by a table for each index of an axis, or one; tables are as long as the longest."""
    slices = values[None] if axis is None else np.moveaxis(values, axis, 0)
    own = [np.unique(s) for s in slices]
    length = max(map(len, own))
    tables = np.stack([np.append(v, np.zeros(length - len(v), v.dtype)) for v in own])
    indexes = np.stack([np.searchsorted(v, s) for v, s in zip(own, slices, strict=True)])
    ordered = indexes[0] if axis is None else np.moveaxis(indexes, 0, axis)
    assert length <= 1 << bits
    return Tabled(pack_bits(ordered.reshape(-1), bits), tables)


def tensor_named(m: Model, name: str, subgraph: int = 0) -> Any:
    return next(t for t in m.subgraphs[subgraph].tensors if t.name == name.encode())


def values_of(m: Model, name: str, subgraph: int = 0) -> np.ndarray:
    """What a constant is, [shape]."""
    t = tensor_named(m, name, subgraph)
    return np.array(m.buffers[t.buffer].data, np.uint8).view(TYPE_NAMES[t.type]).reshape(t.shape)


def add_buffer(m: Model, data: np.ndarray) -> int:
    m.buffers.append(schema.BufferT(data=np.frombuffer(data.tobytes(), np.uint8)))
    return len(m.buffers) - 1


def write_metadata(
    luts: Sequence[Mapping[str, int]], version: int | None = None, subgraphs: int = 1, fields: int = 3
) -> np.ndarray:
    """The compression schema's Metadata with these LutTensors in the first subgraph (uint8)."""
    b = flatbuffers.Builder(256)
    entries = []
    for lut in luts:
        b.StartObject(fields)
        b.PrependInt32Slot(0, lut["tensor"], 0)
        b.PrependUint32Slot(1, lut["buffer"], 0)
        b.PrependUint8Slot(2, lut["bits"], 0)
        if fields > 3:
            b.PrependUint8Slot(3, 7, 0)
        entries.append(b.EndObject())
    first = [_write_vector(b, entries)] + [None] * (subgraphs - 1)
    tables = []
    for vector in first:
        b.StartObject(1)
        if vector is not None:
            b.PrependUOffsetTRelativeSlot(0, vector, 0)
        tables.append(b.EndObject())
    vector = _write_vector(b, tables)
    b.StartObject(2)
    b.PrependUOffsetTRelativeSlot(1, vector, 0)
    if version is not None:
        b.PrependUint32Slot(0, version, 1)
    b.Finish(b.EndObject())
    return np.frombuffer(bytes(b.Output()), np.uint8)


def _write_vector(b: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for o in reversed(offsets):
        b.PrependUOffsetTRelative(o)
    return int(b.EndVector())


def compress_by_metadata(m: Model, bits: Mapping[str, int], **written: Any) -> list[dict[str, int]]:
    """Compress constants by tables for their scales' channels, as their kernels decompress them."""
    luts = []
    for name, width in bits.items():
        t = tensor_named(m, name)
        values = values_of(m, name)
        q = t.quantization
        many = q is not None and q.scale is not None and len(q.scale) > 1
        tabled = make_tables(values, width, q.quantizedDimension if many else None)
        m.buffers[t.buffer].data = tabled.content
        index = m.subgraphs[0].tensors.index(t)
        luts.append({"tensor": index, "buffer": add_buffer(m, tabled.tables), "bits": width})
    add_metadata(m, write_metadata(luts, **written))
    return luts


def add_metadata(m: Model, content: np.ndarray) -> None:
    entry = schema.MetadataT(name="COMPRESSION_METADATA", buffer=add_buffer(m, content))
    m.metadata = [*(m.metadata or []), entry]


def header(kind: int, *params: int, version: int = 1, kind_version: int = 1) -> np.ndarray:
    """The first 16 bytes of ancillary data; params: bytes 5, 6, ..."""
    start = [kind, version, 0, 0, kind_version, *params]
    return np.array(start + [0] * (16 - len(start)), np.uint8)


def compress_by_decode(m: Model, name: str, content: np.ndarray, ancillary: np.ndarray, subgraph: int = 0) -> None:
    """Make a constant the output of a TFLM_DECODE, in front of the first operator that reads it."""
    sub = m.subgraphs[subgraph]
    decoded = sub.tensors.index(tensor_named(m, name, subgraph))
    sub.tensors[decoded].buffer = 0
    given = []
    for suffix, data in (("encoded", content), ("ancillary", ancillary)):
        t = schema.TensorT(name=f"{name}_{suffix}", shape=[data.nbytes], type=schema.TensorType.UINT8)
        t.buffer = add_buffer(m, data)
        sub.tensors.append(t)
        given.append(len(sub.tensors) - 1)
    codes = [c.customCode for c in m.operatorCodes]
    if b"TFLM_DECODE" not in codes:
        custom = schema.BuiltinOperator.CUSTOM
        code = schema.OperatorCodeT(deprecatedBuiltinCode=custom, builtinCode=custom, customCode=b"TFLM_DECODE")
        m.operatorCodes.append(code)
    index = next(i for i, c in enumerate(m.operatorCodes) if c.customCode == b"TFLM_DECODE")
    place = next(k for k, op in enumerate(sub.operators) if decoded in list(op.inputs))
    sub.operators.insert(place, schema.OperatorT(opcodeIndex=index, inputs=given, outputs=[decoded]))


def huffman_tables(lengths: Mapping[int, int], first: int, entry_bits: int) -> tuple[np.ndarray, dict[int, str]]:
    """(tables of canonical code words, code words) of symbols, by the lengths of these: one table of `first` bits, and
    one of all that is left behind each of its entries that no symbol has."""
    words, code, last = {}, 0, 0
    for symbol, length in sorted(lengths.items(), key=lambda item: (item[1], item[0])):
        code <<= length - last
        words[symbol], code, last = f"{code:0{length}b}", code + 1, length
    shift, found = entry_bits - 5, 1 << (entry_bits - 1)
    symbol_mask = 255 if entry_bits == 16 else 65535
    table = [0] * (1 << first)
    tails: dict[int, dict[str, int]] = {}
    for symbol, word in words.items():
        if len(word) <= first:
            _fill(table, 0, word, first, found | len(word) << shift | symbol & symbol_mask)
        else:
            tails.setdefault(int(word[:first], 2), {})[word[first:]] = symbol
    for place, group in tails.items():
        bits = max(map(len, group))
        table[place] = (bits - 1) << shift | (len(table) - place)
        start = len(table)
        table += [0] * (1 << bits)
        for tail, symbol in group.items():
            _fill(table, start, tail, bits, found | len(tail) << shift | symbol & symbol_mask)
    return np.array(table, f"<u{entry_bits // 8}"), words


def _fill(table: list[int], start: int, word: str, bits: int, entry: int) -> None:
    """Every entry that begins with the code word."""
    rest = bits - len(word)
    at = start + (int(word, 2) << rest)
    table[at : at + (1 << rest)] = [entry] * (1 << rest)


def encode_huffman(values: np.ndarray, words: Mapping[int, str]) -> np.ndarray:
    """Code words one after the other (uint8), and a word of zeros: TFLite Micro reads one behind the last."""
    packed = np.packbits([c == "1" for v in values.reshape(-1).tolist() for c in words[v]])
    return np.append(packed, np.zeros(8 - len(packed) % 4, np.uint8))


def read_damaged(data: bytes, times: int) -> None:
    """Read the file with up to three bytes changed; any exception but our errors propagates."""
    rng = np.random.default_rng(0)
    for _ in range(times):
        changed = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            changed[at] = rng.choice([0, 1, 127, 128, 255, int(rng.integers(256))])
        with suppress(LapelError):
            read_tflite(bytes(changed))
