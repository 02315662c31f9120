"""`Emitter`: what a form writes a node with. A form is `write(e) -> value`, over the reals, in plain ONNX operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.exporters.onnx.document import Document
from lapel.exporters.onnx.values import TO_FIRST, Values
from lapel.ir import Instance, Quant, Tensor, Type
from lapel.ir.fixed import LIMITS
from lapel.ops import registry

IMAGE = 4
"""Dimensions of a tensor whose channels may come first."""


class First(str):
    """The name of a value whose channels come first."""


Form = Callable[["Emitter"], str | tuple[str, ...]]
"""The value of the node's output, or of each."""


@dataclass(frozen=True, eq=False)
class Emitter:
    """The node that is written, and the graph that it is written to. Values are names."""

    inst: Instance
    values: Values

    @property
    def document(self) -> Document:
        return self.values.document

    def x(self, i: int = 0) -> str:
        """What input i stands for."""
        return self.values.number(self.tensor(i))

    def first(self, i: int = 0) -> str:
        """The same of an image, with the channels first."""
        return self.values.number(self.tensor(i), first=True)

    def stored(self, i: int = 0) -> str:
        """What input i holds."""
        return self.values.as_stored(self.tensor(i))

    def moved(self, i: int, kind: str, *inputs: str, **attrs: Any) -> str:
        """What input i stands for after an ONNX operator that only moves values, which stay integers where they are."""
        t = self.tensor(i)
        value = self.op(kind, self.x(i), *inputs, **attrs)
        return value if t.type.quant is None else self.values.rounded(self.inst.node.name, value, t)

    def rounded(self, value: str, k: int) -> str:
        """A value as the type of output k lets it be: of integers, rounded and clamped to one of them."""
        t = self.inst.outputs[k]
        return value if t.type.quant is None else self.values.rounded(self.inst.node.name, value, t)

    def tensor(self, i: int) -> Tensor:
        t = self.inst.inputs[i]
        assert t is not None
        return t

    def weights(self, i: int, perm: Sequence[int]) -> str:
        """Constant weights with their axes in another order; integers stay integers in the file."""
        t = self.tensor(i)
        if t.data is None:
            raise UnsupportedNode(f"input {i} is computed by the model, expected a constant: make it one")
        stem, quant = t.name, t.type.quant
        stored = self.document.constant(stem, np.ascontiguousarray(t.data.transpose(perm)))
        if quant is None:
            return stored
        return self.values.dequantized(stem, stored, t, None if quant.axis is None else list(perm).index(quant.axis))

    def bias(self, i: int, x: int = 0, w: int = 1) -> str | None:
        """A constant bias in units of input x times input w, which is what kernels take it for; None if absent."""
        if not self.inst.has(i):
            return None
        t, left, right = self.tensor(i), self.inst.x(x).quant, self.inst.x(w).quant
        if left is None or right is None or t.data is None:
            return self.x(i)
        scale = tuple(float(np.float32(np.float32(left.scale[0]) * np.float32(s))) for s in right.scale)
        stem = t.name
        if t.type.dtype != "int32":  # DequantizeLinear has no int64
            return self.document.constant(stem, (t.data * np.array(scale)).astype(np.float32))
        quant = Quant(scale, (0,) * len(scale), 0 if len(scale) > 1 else None)
        typed = replace(t, type=Type(t.type.shape, t.type.dtype, quant))
        return self.values.dequantized(stem, self.document.constant(stem, t.data), typed, quant.axis)

    def op(self, kind: str, *inputs: str, **attrs: Any) -> str:
        """An ONNX operator with one output."""
        return self.ops(kind, *inputs, outputs=1, **attrs)[0]

    def ops(self, kind: str, *inputs: str, outputs: int, **attrs: Any) -> tuple[str, ...]:
        """An ONNX operator with several."""
        return self.document.node(kind, *inputs, outputs=outputs, stem=self.inst.node.name, **attrs)

    def ints(self, *values: int) -> str:
        """A constant of int64, as shapes and axes are."""
        return self.document.constant(f"{self.inst.node.name}/ints", np.array(values, np.int64))

    def floats(self, values: Any) -> str:
        """A constant of the floats that the node computes with."""
        dtype = np.float64 if self.inst.y().dtype == "float64" else np.float32
        return self.document.constant(f"{self.inst.node.name}/floats", np.array(values, dtype))

    def folded(self) -> np.ndarray:
        """What a node without inputs makes."""
        return registry()[self.inst.node.op].reference(self.inst, *(None for _ in self.inst.inputs))[0]

    def array(self, values: np.ndarray) -> str:
        """A constant as it is."""
        return self.document.constant(f"{self.inst.node.name}/values", values)

    def reshaped(self, value: str, *shape: int) -> str:
        return self.op("Reshape", value, self.ints(*shape))

    def activated(self, value: str) -> str:
        """The node's fused activation."""
        low, high = LIMITS[self.inst.attrs["activation"]]
        if (low, high) == (0, np.inf):
            return self.op("Relu", value)
        return (
            value if (low, high) == (-np.inf, np.inf) else self.op("Clip", value, self.floats(low), self.floats(high))
        )

    def dtype(self, k: int = 0) -> str:
        """That of the numbers of output k."""
        y = self.inst.y(k)
        return "float32" if y.quant is not None else y.dtype

    @property
    def layout(self) -> Layout:
        """That in which the node's inputs are already, for operators that do not care."""
        made = [t for t in self.inst.inputs if t is not None and t.data is None]
        images = all(len(t.type.shape) == IMAGE for t in (*made, *self.inst.outputs))
        return Layout(self, bool(made) and images and any(map(self.values.has_first, made)))


@dataclass(frozen=True, eq=False)
class Layout:
    """Channels first or last, the same for all of a node's images."""

    e: Emitter
    is_first: bool

    def x(self, i: int = 0) -> str:
        """What input i stands for; a constant of fewer dimensions as one of an image."""
        t = self.e.tensor(i)
        if not self.is_first:
            return self.e.x(i)
        if len(t.type.shape) == IMAGE:
            return self.e.first(i)
        assert t.data is not None
        shape, quant = (*[1] * (IMAGE - len(t.type.shape)), *t.type.shape), t.type.quant
        moved = None if quant is None or quant.axis is None else quant.axis + IMAGE - len(t.type.shape)
        quant = None if quant is None else replace(quant, axis=moved)
        image = Tensor(f"{t.name}/image", Type(shape, t.type.dtype, quant), t.data.reshape(shape))
        return self.e.values.number(image, first=True)

    def all(self) -> list[str]:
        """What each input stands for."""
        return [self.x(i) for i in range(len(self.e.inst.inputs)) if self.e.inst.has(i)]

    def axis(self, axis: int) -> int:
        """An axis of the graph's tensors here."""
        return TO_FIRST.index(axis) if self.is_first else axis

    def order(self, values: Sequence[int]) -> list[int]:
        """One number an axis, in the order that they have here."""
        return [values[a] for a in TO_FIRST] if self.is_first else list(values)

    def made(self, value: str) -> str:
        """The value of an output."""
        return First(value) if self.is_first else value


def elementwise(kind: str, **attrs: Any) -> Form:
    """The form of an operator that is one of ONNX, element by element, whatever the layout."""

    def write(e: Emitter) -> str:
        layout = e.layout
        return layout.made(e.op(kind, *layout.all(), **attrs))

    return write


def activated(kind: str) -> Form:
    """The same with the node's fused activation behind it."""

    def write(e: Emitter) -> str:
        layout = e.layout
        return layout.made(e.activated(e.op(kind, *layout.all())))

    return write
