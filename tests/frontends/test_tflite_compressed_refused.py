"""Compressed constants that cannot be read: each in a sentence, whatever the damage."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from compressedfile import (
    HUFFMAN,
    LUT,
    PRUNING,
    add_buffer,
    add_metadata,
    compress_by_decode,
    compress_by_metadata,
    encode_huffman,
    header,
    huffman_tables,
    make_tables,
    read_damaged,
    tensor_named,
    values_of,
    write_metadata,
)
from modelfile import Model, Operand, Step, dense_file, edit, make_model

from lapel.errors import FormatError, UnsupportedModel, UnsupportedNode
from lapel.frontends.tflite import read_tflite
from lapel.frontends.tflite.compressions import Layout, decode
from lapel.frontends.tflite.tensors import MAX_CONSTANT_BYTES

Change = Callable[[Model], Any]
FEW = np.array([[1, -2, 3, 1], [-2, 3, 3, 3], [1, 1, 1, -2]], np.int8)
"""What w0 is here."""


def few(m: Model) -> None:
    m.buffers[tensor_named(m, "w0").buffer].data = FEW.reshape(-1).view(np.uint8)


def by_metadata(change: Change | None = None, **written: Any) -> Change:
    """Compress w0 by metadata, then change something."""

    def both(m: Model) -> None:
        few(m)
        compress_by_metadata(m, {"w0": 2}, **written)
        if change is not None:
            change(m)

    return both


def entries(**fields: int) -> Change:
    """Compress w0, and say otherwise of it."""

    def change(m: Model) -> None:
        few(m)
        (lut,) = compress_by_metadata(m, {"w0": 2})
        m.metadata = []
        add_metadata(m, write_metadata([lut | fields]))

    return change


def twice(m: Model) -> None:
    few(m)
    (lut,) = compress_by_metadata(m, {"w0": 2})
    m.metadata = []
    add_metadata(m, write_metadata([lut, lut]))


def cut(tensor: int, count: int) -> Change:
    """Keep so many bytes of a tensor's content."""

    def change(m: Model) -> None:
        buffer = m.buffers[m.subgraphs[0].tensors[tensor].buffer]
        buffer.data = np.array(buffer.data)[:count]

    return change


def retype(name: str, dtype: int) -> Change:
    def change(m: Model) -> None:
        tensor_named(m, name).type = dtype

    return change


def by_decode(*params: int, content: Any = None, tables: Any = None, kind: int = LUT, **versions: int) -> Change:
    """Make w0 the output of a TFLM_DECODE, of tables along axis 0 unless something else is said."""

    def change(m: Model) -> None:
        few(m)
        tabled = make_tables(values_of(m, "w0"), 2, 0)
        encoded = tabled.content if content is None else np.array(content, np.uint8)
        behind = tabled.tables if tables is None else np.array(tables)
        ancillary = np.append(header(kind, *(params or (2, 3)), **versions), behind.reshape(-1).view(np.uint8))
        compress_by_decode(m, "w0", encoded, ancillary)

    return change


def then(first: Change, second: Change) -> Change:
    def change(m: Model) -> None:
        first(m)
        second(m)

    return change


def reorder(m: Model) -> None:
    m.subgraphs[0].operators = m.subgraphs[0].operators[1:] + m.subgraphs[0].operators[:1]


def make_again(m: Model) -> None:
    m.subgraphs[0].operators.insert(1, m.subgraphs[0].operators[0])


def operands(inputs: list[int]) -> Change:
    def change(m: Model) -> None:
        m.subgraphs[0].operators[0].inputs = inputs

    return change


def mark(name: str, value: Any) -> Change:
    """Another shape."""

    def change(m: Model) -> None:
        tensor_named(m, name).shape = value

    return change


DAMAGED = [
    (
        "version",
        by_metadata(version=2),
        "COMPRESSION_METADATA, root, SchemaVersion: version 2, expected up to 1: ",
    ),
    (
        "another kind",
        by_metadata(fields=4),
        "subgraph 0, LutTensor 0, LutTensor: fields of number 3, expected",
    ),
    ("subgraphs", by_metadata(subgraphs=2), "root, Subgraphs: 2 subgraphs, expected up to 1, as the model has"),
    ("tensor", entries(tensor=6), "subgraph 0, LutTensor 0, Tensor: tensor 6, expected one of 6 tensors"),
    ("negative tensor", entries(tensor=-1), "Tensor: tensor -1, expected one of 6 tensors: the file is damaged"),
    ("buffer", entries(buffer=99), "ValueBuffer: buffer 99, expected one of 7 buffers: the file is damaged"),
    ("no bits", entries(bits=0), "IndexBitwidth: 0 bits, expected 1 to 7: compress the model again"),
    ("8 bits", entries(bits=8), "IndexBitwidth: 8 bits, expected 1 to 7"),
    ("twice", twice, "LutTensor 1, Tensor: tensor 1 a second time, expected each tensor once"),
    (
        "metadata buffer",
        by_metadata(lambda m: setattr(m.metadata[0], "buffer", 77)),
        "metadata 0, Buffer: buffer 77, expected one of",
    ),
    (
        "no metadata",
        by_metadata(lambda m: setattr(m.metadata[0], "buffer", 0)),
        "COMPRESSION_METADATA, root: points outside of the file",
    ),
    (
        "late",
        then(by_decode(), reorder),
        "op 0 FULLY_CONNECTED: reads 'w0' before anything makes it, expected op",
    ),
    ("made again", then(by_decode(), make_again), "op 1 CUSTOM 'TFLM_DECODE': makes 'w0' a second time, expected each"),
    (
        "makes an input",
        then(by_decode(), lambda m: setattr(m.subgraphs[0], "inputs", [0, 1])),
        "op 0 CUSTOM 'TFLM_DECODE': makes 'w0' a second time",
    ),
    ("huge", then(by_decode(), mark("w0", [MAX_CONSTANT_BYTES, 2])), "overlap"),
]


@pytest.mark.parametrize(("change", "message"), [d[1:] for d in DAMAGED], ids=[d[0] for d in DAMAGED])
def test_what_leads_out_of_its_place_is_damage(change: Change, message: str) -> None:
    with pytest.raises(FormatError) as e:
        read_tflite(edit(dense_file(), change), "m")
    assert message in e.value.message and e.value.message.startswith("m.tflite")


REFUSED = [
    ("few indexes", by_metadata(cut(1, 2)), "has 2 bytes of indexes, expected 3 for 12 of 2 bits: compress the mod"),
    ("no content", by_metadata(cut(1, 0)), "has 0 bytes of indexes, expected 3"),
    (
        "no table",
        by_metadata(lambda m: setattr(m.buffers[-2], "data", np.array([1, 2], np.uint8))),
        "has 2 bytes of tables for 3 channels, expected a value or more for each",
    ),
    (
        "short table",
        by_metadata(lambda m: setattr(m.buffers[-2], "data", np.arange(6, dtype=np.uint8))),
        "has index 2 into a table of 2 values, expected 0 to 1: compress the model again",
    ),
    (
        "int4",
        by_metadata(retype("w0", schema.TensorType.INT4)),
        "is int4 and compressed by look-up tables, expected",
    ),
    (
        "kind",
        by_decode(kind=3),
        "is compressed by decode type 3, expected one of 0 (look-up tables), 1 (Huffman",
    ),
    ("custom", by_decode(kind=200), "is compressed by decode type 200, an application's own, expected one of 0"),
    (
        "version",
        by_decode(version=2),
        "is compressed by look-up tables of version 2.1, expected version 1.1: give",
    ),
    ("version of the kind", by_decode(kind_version=0), "look-up tables of version 1.0, expected version 1.1"),
    (
        "no header",
        then(by_decode(), cut(7, 15)),
        "has 15 bytes of ancillary data, expected 16 or more: compress the model again",
    ),
    (
        "nothing",
        then(by_decode(), cut(6, 0)),
        "is decompressed of what the model computes, expected",
    ),
    (
        "one operand",
        then(by_decode(), operands([6])),
        "is made by a TFLM_DECODE of 1 inputs and 1 outputs, expected",
    ),
    ("absent operand", then(by_decode(), operands([6, -1])), "is made by a TFLM_DECODE of 2 inputs and 1 outputs"),
    ("no bits", by_decode(0, 3), "has indexes of 0 bits into tables of 3 values, expected 1 to 7 bits and at least a"),
    ("no values", by_decode(2, 0), "has indexes of 2 bits into tables of 0 values"),
    ("axis", by_decode(2 | 2 << 4, 3), "has tables along axis 2, expected one of [3, 4]: compress the model again"),
    ("number of tables", by_decode(2, 2), "has 9 bytes of tables, expected 6: compress the model again"),
    ("axis with fewer", by_decode(2 | 1 << 4, 3), "has 9 bytes of tables, expected 12"),
    ("short", by_decode(content=[1, 2]), "has 2 bytes of indexes, expected 3 for 12 of 2 bits"),
    ("index", by_decode(content=[255, 255, 255]), "has index 3 into a table of 3 values, expected 0 to 2"),
    (
        "channels",
        then(by_decode(), lambda m: setattr(tensor_named(m, "w0").quantization, "quantizedDimension", 1)),
        "has 3 scales along axis 1 of (3, 4), expected one, or one for each index of an axis: quantize",
    ),
    (
        "uint8",
        then(by_decode(), retype("w0", schema.TensorType.UINT8)),
        "is uint8 compressed by look-up tables",
    ),
    (
        "few bits",
        by_decode(kind=PRUNING, content=[1], tables=np.int8([1])),
        "has 1 bytes of bits that say which elements there are, expected 2",
    ),
    (
        "few kept",
        by_decode(kind=PRUNING, content=[255, 240], tables=np.int8([1])),
        "has 1 bytes of elements, expected 12 for 12 that were kept",
    ),
    (
        "pruned bias with zero points",
        then(
            by_decode(kind=PRUNING, content=[0, 0], tables=np.int8([])),
            then(
                lambda m: setattr(tensor_named(m, "w0").quantization, "zeroPoint", [1, 1, 1]),
                retype("w0", schema.TensorType.INT32),
            ),
        ),
        "is pruned int32 with zero points, expected none but 0",
    ),
    (
        "no code words",
        by_decode(0, kind=HUFFMAN, content=[0]),
        "has 12 elements in 8 bits of code words, expected a",
    ),
    (
        "leads out",
        by_decode(0x30, kind=HUFFMAN, content=[255] * 8, tables=np.uint16([0x8001] * 8)),
        "has a code word, of element 0, that leads to entry 15 of 8 in its Huffman table",
    ),
    (
        "ends",
        by_decode(0x70, kind=HUFFMAN, content=[0] * 8, tables=np.uint16([0xC001] * 256)),
        "has 64 bits of code words, which end within element 8: compress the model again",
    ),
    (
        "narrow tables",
        then(by_decode(0, kind=HUFFMAN), retype("w0", schema.TensorType.INT16)),
        "is int16 by Huffman tables of 16 bits an entry, expected 32",
    ),
]


@pytest.mark.parametrize(("change", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_decompressed_is_told_where_it_is_used(change: Change, message: str) -> None:
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(edit(dense_file(), change), "m")
    assert "FULLY_CONNECTED 'h', tensor 'w0'" in e.value.message and message in e.value.message
    assert len(e.value.problems) == 1


CONTENT = np.zeros(8, np.uint8)
LAYOUTS = [
    (PRUNING, Layout((3,), "int8", 3, 0, (0, 300, 0)), "is pruned int8 with zero points up to 300, expected -128 to"),
    (PRUNING, Layout((3, 2), "int8", 3, 1, (0, 3, 0)), "is compressed for 3 channels along axis 1, expected an axis"),
    (HUFFMAN, Layout((3,), "float32"), "is float32 compressed by Huffman codes, expected one of int8, int16: give"),
]


@pytest.mark.parametrize(("kind", "layout", "message"), LAYOUTS)
def test_tensors_that_no_such_content_is_of(kind: int, layout: Layout, message: str) -> None:
    with pytest.raises(UnsupportedNode) as e:
        decode(CONTENT, header(kind), layout)
    assert message in e.value.message


def test_operators_that_read_the_compressed_bytes() -> None:
    """Only some kernels decompress what the metadata name."""
    table = [Operand("x", (1, 4)), Operand("c", (1, 4), data=[1, 2, 1, 2]), Operand("y", (1, 4))]
    data = make_model(table, [Step("ADD", ["x", "c"], ["y"], "AddOptions", {})], ["x"], ["y", "c"])
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(edit(data, lambda m: compress_by_metadata(m, {"c": 1})), "m")
    assert "output 'c'; op 0 ADD, tensor 'c': is compressed by COMPRESSION_METADATA, which TFLite" in e.value.message


def test_what_nothing_uses_may_say_anything() -> None:
    def change(m: Model) -> None:
        t = schema.TensorT(name="unused", shape=[1000], type=schema.TensorType.INT8, buffer=add_buffer(m, FEW))
        m.subgraphs[0].tensors.append(t)
        index = len(m.subgraphs[0].tensors) - 1
        add_metadata(m, write_metadata([{"tensor": index, "buffer": t.buffer, "bits": 7}]))

    assert read_tflite(edit(dense_file(), change), "m").digest() == read_tflite(dense_file(), "m").digest()


def huffman(m: Model) -> None:
    few(m)
    tables, words = huffman_tables({1: 1, -2: 2, 3: 2}, 1, 16)
    ancillary = np.append(header(HUFFMAN, 0), tables.view(np.uint8))
    compress_by_decode(m, "w0", encode_huffman(FEW, words), ancillary)


def test_damaged_bytes_give_a_graph_or_a_sentence() -> None:
    """Any byte of a file with metadata, with tables, with Huffman codes."""
    files = [edit(dense_file(), change) for change in (by_metadata(), by_decode(), huffman)]
    start = time.process_time()
    for data in files:
        read_damaged(data, 100)
    assert time.process_time() - start < 20
