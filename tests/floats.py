"""What float graphs are given, and how near two results are."""

from __future__ import annotations

import numpy as np

from lapel.ir import DTYPES, Graph, Type
from lapel.ir.signature import FLOATS, Signature, over_reals
from lapel.ops import registry
from lapel.quantization import numbers

TOLERANCE = 1e-5
"""Of the largest magnitude in a tensor: kernels in float32 sum in another order."""


def has_numbers(row: Signature) -> bool:
    """Whether an operand stands for real numbers, or is one."""
    return any(o.real or o.moved or not {*FLOATS}.isdisjoint(o.dtypes) for o in (*row.inputs, *row.outputs))


def draw_stored(rng: np.random.Generator, t: Type) -> np.ndarray:
    """Any integers of a type."""
    info = np.iinfo(DTYPES[t.dtype])
    return rng.integers(info.min, info.max, t.shape, DTYPES[t.dtype], endpoint=True)


def draw_numbers(rng: np.random.Generator, graph: Graph) -> dict[str, np.ndarray]:
    """Inputs of a graph: for quantized ones float32 that they can stand for, and numbers in -4..4 for floats."""
    found = {}
    for name in graph.inputs:
        t = graph.tensors[name].type
        if t.quant is not None:
            info = np.iinfo(DTYPES[t.dtype])
            found[name] = numbers(t, rng.uniform(info.min, info.max, t.shape)).astype(np.float32)
        elif t.dtype == "float32":
            found[name] = rng.uniform(-4, 4, t.shape).astype(np.float32)
        else:
            found[name] = rng.integers(0, 100, t.shape).astype(DTYPES[t.dtype])
    return found


def computes_floats(graph: Graph) -> bool:
    """Whether a node computes over the reals."""
    return any(over_reals(registry()[n.op].signatures, graph.instance(n)) for n in graph.nodes)


def difference(found: np.ndarray, want: np.ndarray) -> float:
    """The largest difference, relative to the largest magnitude of `want`; integers, infinities and NaN have to be
    equal."""
    assert found.dtype == want.dtype and found.size == want.size, (found.dtype, want.dtype, found.shape, want.shape)
    want = want.reshape(found.shape)
    if found.dtype.kind != "f":
        return 0.0 if (found == want).all() else float("inf")
    finite = np.isfinite(want)
    if not np.array_equal(found[~finite], want[~finite], equal_nan=True):
        return float("inf")
    want = np.where(finite, want, 0).astype(np.float64)
    return float(np.abs(np.where(finite, found, 0) - want).max()) / (float(np.abs(want).max()) or 1.0)
