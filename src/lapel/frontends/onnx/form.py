"""`Form`: how a file in `forms/` says which ONNX operators it reads, and `View`: the node that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode, shown
from lapel.frontends.onnx.content import STANDARD, NodeContent
from lapel.frontends.onnx.stored import Given, RoundingBuilder, Stored
from lapel.ir import DTYPES, Quant, Tensor

MICROSOFT = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""

Value = Tensor | np.ndarray | Stored | Given
"""What a name of the model is: a tensor of the graph, a constant that is in no graph yet, integers for numbers."""

Made = Value | Sequence[Value]


@dataclass(frozen=True, eq=False)
class View:
    """A node with what its inputs stand for, and the graph that it is added to.

    stored: the integers that a form which moves values is given, whose numbers are among `values`.
    """

    node: NodeContent
    b: RoundingBuilder
    values: tuple[Value | None, ...]
    stored: Stored | None = None

    @property
    def name(self) -> str:
        """What the node of the graph that does the work is called."""
        return self.node.title

    def has(self, i: int) -> bool:
        """Whether the optional input `i` is given."""
        return i < len(self.values) and self.values[i] is not None

    def value(self, i: int) -> Value:
        """Input `i`. Raises UnsupportedNode if it is absent."""
        found = self.values[i] if i < len(self.values) else None
        if found is None:
            raise UnsupportedNode(f"has no input {i}, expected one: export the model again")
        return found

    def tensor(self, i: int = 0) -> Tensor:
        """Input `i` as a tensor of the graph. Raises UnsupportedNode if it is absent or of an odd dtype."""
        return self.graph_tensor(self.value(i), self.node.inputs[i])

    def graph_tensor(self, value: Value, name: str) -> Tensor:
        """A value as a tensor of the graph; int64 that int32 can hold is int32, as Lapel's operators have it."""
        if isinstance(value, Tensor):
            return value
        if isinstance(value, Stored | Given):
            found = f"input {shown(name)!r} holds integers that nothing gives a scale"
            raise UnsupportedNode(f"{found}, expected floats: put DequantizeLinear before it, or quantize as QDQ")
        if value.dtype == np.int64 and (value == value.astype(np.int32)).all():
            value = value.astype(np.int32)
        return self.b.constant(name, value)

    def optional(self, i: int) -> Tensor | None:
        """Input `i`, or None."""
        return self.tensor(i) if self.has(i) else None

    def constant(self, i: int, what: str) -> np.ndarray:
        """The content of input `i`. Raises UnsupportedNode if it is computed from the model's inputs."""
        value = self.value(i)
        data = value.data if isinstance(value, Tensor) else value
        if not isinstance(data, np.ndarray):
            raise UnsupportedNode(f"{what} is computed, expected a constant: export the model with static shapes")
        return data

    def numbers(self, i: int, quant: Quant) -> Tensor:
        """What input `i`, integers, stands for with this quantization. Raises UnsupportedNode."""
        value = self.value(i)
        if isinstance(value, np.ndarray):
            return self.b.stored_constant(self.node.inputs[i], value, quant)
        if isinstance(value, Given):
            value = self.b.bound(value, quant)
        if isinstance(value, Stored) and value.quant == quant:
            return value.real
        if isinstance(value, Stored):
            made, read = (f"{q.scale[0]:g}*(q{-q.zero[0]:+d})" for q in (value.quant, quant))
            raise UnsupportedNode(f"reads input {i} as {read}, but it was made as {made}: quantize the model again")
        raise UnsupportedNode(f"input {i} is {value.type}, expected int8 or uint8: quantize the model again")

    def weights(self, i: int, what: str) -> Tensor:
        """Input `i`, of which no number is infinite if it is a constant; NaN is a problem of the constant itself."""
        t = self.tensor(i)
        if t.data is not None and t.data.dtype.kind == "f" and np.isinf(t.data).any():
            bad = int(np.isinf(t.data).sum())
            raise UnsupportedNode(
                f"{what}: {bad} of {t.data.size} values are infinite, expected numbers: train it again"
            )
        return t

    def ints(self, i: int, name: str) -> list[int] | None:
        """Integers that are input `i` or, in older operator sets, an attribute; None if they are not given."""
        if self.has(i):
            return [int(v) for v in self.constant(i, name).reshape(-1)]
        found = self.attr(name, None)
        return None if found is None else [int(v) for v in np.reshape(found, -1)]

    def shape(self, i: int = 0) -> tuple[int, ...]:
        """Of input `i`."""
        value = self.value(i)
        if isinstance(value, Stored):
            value = value.real
        return value.type.shape if isinstance(value, Tensor) else value.shape

    def attr(self, name: str, default: Any) -> Any:
        """An attribute, or what it is where the node does not say."""
        return self.node.attrs.get(name, default)

    def integers_dtype(self, i: int) -> str:
        """The model's dtype of input `i`, integers: that of a zero point which is not given."""
        value = self.value(i)
        if isinstance(value, Stored):
            return value.model_dtype
        return value.type.dtype if isinstance(value, Tensor) else np.dtype(value.dtype).name

    @property
    def stored_dtype(self) -> str:
        """The model's dtype of what is moved: that of integers, else float32."""
        return "float32" if self.stored is None else self.stored.model_dtype

    def axis(self, default: int, rank: int | None = None) -> int:
        """The attribute `axis`, from 0 on. Raises UnsupportedNode if there is no such axis."""
        return self.axes_of([self.attr("axis", default)], len(self.shape()) if rank is None else rank)[0]

    def axes_of(self, axes: Sequence[int], rank: int) -> list[int]:
        """Axes from 0 on. Raises UnsupportedNode if one is none, or named twice."""
        found = [a + rank if a < 0 else a for a in axes]
        if len(set(found)) != len(found) or not all(0 <= a < rank for a in found):
            raise UnsupportedNode(f"axes are {list(axes)}, expected unlike ones from {-rank} to {rank - 1}")
        return found

    def only(self, name: str, *allowed: Any) -> Any:
        """An attribute that is one of these, the first by default. Raises UnsupportedNode."""
        found = self.attr(name, allowed[0])
        if found not in allowed:
            expected = " or ".join(map(str, allowed))
            raise UnsupportedNode(f"attribute {name} is {shown(str(found))}, expected {expected}")
        return found


@dataclass(frozen=True)
class Form:
    """How some operators of ONNX become Lapel's.

    read: adds what stands for a node to the graph and gives its outputs; raises UnsupportedNode. moves: the outputs
    hold values of input 0 as they are stored, so that integers stay what they stand for.
    """

    ops: tuple[str, ...]
    read: Callable[[View], Made]
    domain: str = STANDARD
    moves: bool = False


Forms = Mapping[tuple[str, str], Form]


def graph_dtype(name: str) -> str:
    """The dtype of a graph's tensor for one of a model; int64 is int32. Raises UnsupportedNode."""
    dtype = {"int64": "int32"}.get(name, name)
    if dtype not in DTYPES:
        raise UnsupportedNode(f"is {name}, expected float32, or int8 and uint8 of a quantized model: convert it")
    return dtype
