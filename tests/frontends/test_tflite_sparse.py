"""Constants that a file stores as sparse tensors: what they are, and LiteRT's outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from compressedfile import read_damaged, tensor_named, values_of
from modelfile import Model, dense_file, edit

from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite
from lapel.ops import evaluate
from oracle import run_litert

Change = Callable[[Model], Any]
VECTORS = {1: (schema.Int32VectorT, np.int32), 2: (schema.Uint16VectorT, np.uint16), 3: (schema.Uint8VectorT, np.uint8)}


def level_of(places: int | tuple[Sequence[int], Sequence[int]], kind: int = 3) -> schema.DimensionMetadataT:
    """Dense with so many places, or listed by (segments, indexes), as vectors of a kind."""
    if isinstance(places, int):
        return schema.DimensionMetadataT(format=0, denseSize=places)
    level, (make, dtype) = schema.DimensionMetadataT(format=1), VECTORS[kind]
    level.arraySegmentsType = level.arrayIndicesType = kind
    level.arraySegments, level.arrayIndices = (make(values=np.array(v, dtype)) for v in places)
    return level


def thin(m: Model) -> np.ndarray:
    """w0 without most of its weights."""
    values = values_of(m, "w0") * np.array([[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 1]], np.int8)
    m.buffers[tensor_named(m, "w0").buffer].data = values.reshape(-1).view(np.uint8)
    return values


def by_rows(kind: int = 3) -> Change:
    """Rows dense, columns listed."""

    def change(m: Model) -> None:
        values = thin(m)
        rows = [np.flatnonzero(v) for v in values]
        segments = np.cumsum([0, *map(len, rows)])
        store(m, values[values != 0], [0, 1], [], [level_of(3), level_of((segments, np.concatenate(rows)), kind)])

    return change


def by_blocks(m: Model) -> None:
    """Blocks of one row and two columns, listed by rows."""
    values = thin(m)
    blocks = values.reshape(3, 2, 2)
    rows = [np.flatnonzero(b.any(axis=1)) for b in blocks]
    segments = np.cumsum([0, *map(len, rows)])
    kept = np.concatenate([b[r].reshape(-1) for b, r in zip(blocks, rows, strict=True)])
    store(m, kept, [0, 1, 2], [1], [level_of(3), level_of((segments, np.concatenate(rows))), level_of(2)])


def by_columns(m: Model) -> None:
    """Columns before rows."""
    values = thin(m)
    columns = [np.flatnonzero(v) for v in values.T]
    segments = np.cumsum([0, *map(len, columns)])
    store(m, values.T[values.T != 0], [1, 0], [], [level_of(4), level_of((segments, np.concatenate(columns)))])


def store(m: Model, kept: np.ndarray, order: list[int], blocks: list[int], levels: list[Any]) -> None:
    t = tensor_named(m, "w0")
    t.sparsity = schema.SparsityParametersT(traversalOrder=order, blockMap=blocks, dimMetadata=levels)
    m.buffers[t.buffer].data = kept.view(np.uint8)


def densify(m: Model) -> None:
    """A DENSIFY in front of the operator that reads w0."""
    sub = m.subgraphs[0]
    sparse = tensor_named(m, "w0")
    sub.tensors.append(schema.TensorT(name="dense", shape=sparse.shape, type=sparse.type, buffer=0))
    sub.tensors[-1].quantization, sparse.quantization = sparse.quantization, None
    code = schema.BuiltinOperator.DENSIFY
    m.operatorCodes.append(schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=1))
    index, made = sub.tensors.index(sparse), len(sub.tensors) - 1
    sub.operators[0].inputs = [made if i == index else i for i in sub.operators[0].inputs]
    op = schema.OperatorT(opcodeIndex=len(m.operatorCodes) - 1, inputs=[index], outputs=[made])
    sub.operators.insert(0, op)


def then(*changes: Change) -> Change:
    def change(m: Model) -> None:
        for c in changes:
            c(m)

    return change


@pytest.mark.parametrize("change", [by_rows(1), by_rows(2), by_rows(3), by_blocks, by_columns])
def test_sparse_weights(change: Change) -> None:
    plain = edit(dense_file(), thin)
    assert read_tflite(edit(dense_file(), change), "m").digest() == read_tflite(plain, "m").digest()
    data = edit(dense_file(), then(change, densify))
    graph, x = read_tflite(data), np.array([[3, -100, 127, 77]], np.int8)
    (want,) = run_litert(data, [x])
    assert np.array_equal(evaluate(graph, {"x": x})["y"], want)


def level(k: int, **fields: Any) -> Change:
    def change(m: Model) -> None:
        for name, value in fields.items():
            setattr(tensor_named(m, "w0").sparsity.dimMetadata[k], name, value)

    return change


def numbers(field: str, *values: int) -> Change:
    return level(1, **{field: schema.Uint8VectorT(values=np.array(values, np.uint8))})


def parameters(**fields: Any) -> Change:
    def change(m: Model) -> None:
        for name, value in fields.items():
            setattr(tensor_named(m, "w0").sparsity, name, value)

    return change


def grow(m: Model) -> None:
    """Far more elements than the file has bytes."""
    t = tensor_named(m, "w0")
    t.shape, t.sparsity.dimMetadata = [300, 400], [level_of(300), level_of(400)]
    t.quantization.scale, t.quantization.zeroPoint = t.quantization.scale[:1], t.quantization.zeroPoint[:1]


REFUSED = [
    (
        by_rows(),
        parameters(traversalOrder=[0]),
        "is sparse in 2 levels of order [0] with blocks of [], expected those of",
    ),
    (by_rows(), parameters(traversalOrder=[0, 0]), "is sparse in 2 levels of order [0, 0] with"),
    (
        by_blocks,
        parameters(traversalOrder=[2, 0, 1]),
        "is sparse in 3 levels of order [2, 0, 1] with blocks of [1]",
    ),
    (
        by_blocks,
        parameters(blockMap=[2]),
        "with blocks of [2], expected those of 2 dimensions and their blocks",
    ),
    (by_rows(), level(0, format=7), "is sparse in a level of format 7 with 0 places, expected 0 or 1"),
    (by_rows(), level(0, denseSize=-1), "is sparse in a level of format 0 with -1 places"),
    (
        by_rows(),
        level(0, denseSize=1000),
        "is sparse with 1000 elements, expected at most 12: convert",
    ),
    (by_rows(), level(0, denseSize=4), "is sparse with 4 segments, expected 5 or more"),
    (by_rows(), level(1, arraySegmentsType=0), "is sparse with 0 segments, expected 4 or more"),
    (
        by_rows(),
        numbers("arraySegments", 0, 2, 1, 4),
        "is sparse with segments that are below 0 or fall, expected",
    ),
    (by_rows(), numbers("arrayIndices", 0, 3), "is sparse with 2 indexes, expected 4 or more"),
    (
        by_rows(),
        numbers("arrayIndices", 0, 4, 2, 3),
        "is sparse with an element at 4 of a dimension of 4, expected",
    ),
    (
        by_rows(1),
        level(1, arrayIndices=schema.Int32VectorT(values=np.array([0, -3, 2, 3], np.int32))),
        "is sparse with an element at -3 of a dimension of 4, expected 0 to 3",
    ),
    (by_rows(), grow, "is sparse with 120000 elements, expected at most"),
    (by_blocks, level(2, format=1), "is sparse with 0 segments"),
    (
        by_rows(),
        lambda m: setattr(m.buffers[tensor_named(m, "w0").buffer], "data", np.zeros(3, np.uint8)),
        "has 3 bytes of sparse content, expected 4 for 4 elements: convert without sparsity",
    ),
    (
        by_rows(),
        lambda m: setattr(tensor_named(m, "w0"), "type", schema.TensorType.INT4),
        "is sparse int4, expected one of",
    ),
]


@pytest.mark.parametrize(("first", "change", "message"), REFUSED)
def test_what_does_not_fit(first: Change, change: Change, message: str) -> None:
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(edit(dense_file(), then(first, change)), "m")
    assert "op 0 FULLY_CONNECTED 'h', tensor 'w0'" in e.value.message and message in e.value.message


def test_densify_of_what_is_not_sparse() -> None:
    with pytest.raises(UnsupportedModel, match="'dense': is made by a DENSIFY of no sparse constant, expected one"):
        read_tflite(edit(dense_file(), densify), "m")


def test_damaged_bytes_give_a_graph_or_a_sentence() -> None:
    for change in (by_rows(1), then(by_blocks, densify)):
        read_damaged(edit(dense_file(), change), 150)
