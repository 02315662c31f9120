"""Integers of a model that stand for numbers: `Stored`, and the types that scales and zero points make.

In the graph that is read first such a value is a float tensor that was quantized and dequantized: every operator
computes on floats. `with_integers` makes the integer graph of it. uint8 is int8 with a zero point that is 128 less,
which are the same numbers bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.ir import DTYPES, Quant, Tensor, Type

SHIFTED = {"uint8": ("int8", 128), "uint16": ("int16", 32768)}
"""Dtype of a model -> dtype of the graph, and how much less its integers are."""
CONSTANT_DTYPES = ("int8", "int16", "int32")
STORED_DTYPES = ("int8", "uint8", "int16", "uint16")


@dataclass(frozen=True, eq=False)
class Stored:
    """real: what the integers stand for, as a float tensor of the graph. dtype, quant: of the graph's integers;
    model_dtype: of the model's."""

    real: Tensor
    dtype: str
    quant: Quant
    model_dtype: str


def graph_integers(data: np.ndarray) -> np.ndarray:
    """Integers of a model as the graph has them."""
    dtype, less = SHIFTED.get(data.dtype.name, (data.dtype.name, 0))
    return (data.astype(np.int64) - less).astype(DTYPES[dtype])


def make_quant(scale: np.ndarray, zero: np.ndarray, axis: int | None = None) -> Quant:
    """The quantization that arrays of a model say. Raises UnsupportedNode."""
    scales = scale.astype(np.float64).reshape(-1)
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise UnsupportedNode(f"scales are {scales.min():g} to {scales.max():g}, expected finite ones above 0")
    zeros = np.broadcast_to(graph_integers(zero).reshape(-1), scales.shape)
    return Quant(tuple(scales.tolist()), tuple(int(z) for z in zeros), axis if len(scales) > 1 else None)


@dataclass(frozen=True)
class Given:
    """An input of the model that holds integers; what they stand for, the nodes say that read it.

    moved: what nodes that only move values have made of its numbers, under the name of their output.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    moved: Tensor | None = None


class RoundingBuilder(GraphBuilder):
    """A float graph whose tensors may be rounded to integers between its nodes.

    types: of float constants that stand for integers. given: what inputs of integers turned out to stand for.
    """

    def __init__(self, name: str, kept: Iterable[str] = ()) -> None:
        super().__init__(name, kept)
        self.types: dict[str, Type] = {}
        self.given: dict[str, Stored] = {}
        self.entries: dict[str, Tensor] = {}

    def numbers_of(self, value: Given) -> Tensor:
        """What the input stands for, whatever that is."""
        if value.moved is not None:
            return value.moved
        if value.name not in self.entries:
            self.entries[value.name] = self.input(value.name, value.shape)
        return self.entries[value.name]

    def bound(self, value: Given, quant: Quant) -> Stored:
        """The input as integers of this quantization, if nothing has read it as of another one."""
        if value.name not in self.given:
            self.given[value.name] = self.rounded(self.numbers_of(value), value.dtype, quant, value.name)
        return self.given[value.name]

    def rounded(self, x: Tensor, model_dtype: str, quant: Quant, name: str) -> Stored:
        """x, rounded to integers of this type, of which quant is the graph's. Raises UnsupportedNode."""
        if len(quant.scale) > 1:
            raise UnsupportedNode(f"has {len(quant.scale)} scales for activations, expected one: quantize per tensor")
        dtype, _ = SHIFTED.get(model_dtype, (model_dtype, 0))
        q = self.quantized(x, dtype, quant, f"{name}/stored")
        return Stored(self.node("dequantize", q, name=name), dtype, quant, model_dtype)

    def stored_constant(self, name: str, data: np.ndarray, quant: Quant) -> Tensor:
        """A float constant of the numbers that integers stand for; their type is kept. Raises UnsupportedNode."""
        q = graph_integers(data)
        if q.dtype.name not in CONSTANT_DTYPES:
            raise UnsupportedNode(f"constant is {data.dtype}, expected integers of 8, 16 or 32 bits: quantize it again")
        shape = [1] * q.ndim
        if quant.axis is not None:
            shape[quant.axis] = -1
        scale, zero = (np.reshape(v, shape if len(quant.scale) > 1 else ()) for v in (quant.scale, quant.zero))
        t = self.constant(name, ((q.astype(np.float64) - zero) * scale).astype(np.float32))
        if q.dtype.name != "int32":  # a bias, whose scale is that of the products that it is added to
            self.types[t.name] = Type(q.shape, q.dtype.name, quant)
        return t
