"""Type, Tensor, Node and Graph: what is computed, immutable, with static shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from lapel.ir.origin import Label, Origin

DTYPES = {
    "int8": np.int8,
    "uint8": np.uint8,
    "int16": np.int16,
    "uint16": np.uint16,
    "int32": np.int32,
    "uint32": np.uint32,
    "int64": np.int64,
    "uint64": np.uint64,
    "float32": np.float32,
    "float64": np.float64,
    "bool": np.bool_,
}

SHOWN_NAME, SHOWN_PORTS = 40, 2
"""Characters of a name and ports of a kind in a graph's `repr`; its `str` has everything."""


@dataclass(frozen=True)
class Quant:
    """Affine quantization: real = scale[c] * (q - zero[c]); one entry per tensor, or one per index of `axis`.

    `scale` holds values that float32 represents exactly, as Python floats.
    Source: TFLite 8-bit quantization specification.
    """

    scale: tuple[float, ...]
    zero: tuple[int, ...]
    axis: int | None = None


@dataclass(frozen=True)
class Type:
    """Static shape, dtype name (a key of `DTYPES`) and quantization (None: the values are the numbers)."""

    shape: tuple[int, ...]
    dtype: str
    quant: Quant | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        n = 1
        for d in self.shape:
            n *= d
        return n

    @property
    def bytes(self) -> int:
        """Size in bytes, unpadded."""
        return self.size * np.dtype(DTYPES[self.dtype]).itemsize

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantized type."""
        assert self.quant is not None and self.quant.axis is None
        return self.quant.scale[0]

    @property
    def zero(self) -> int:
        """The zero point of a per-tensor quantized type."""
        assert self.quant is not None and self.quant.axis is None
        return self.quant.zero[0]

    def __str__(self) -> str:
        text = f"{self.dtype}[{','.join(map(str, self.shape))}]"
        if self.quant is None:
            return text
        if self.quant.axis is not None:
            return f"{text} per-channel({self.quant.axis})"
        return f"{text} {self.quant.scale[0]:.6g}*(q{-self.quant.zero[0]:+d})"


@dataclass(frozen=True, eq=False)
class Tensor:
    """A named value; `data` is its read-only content when it is a constant.

    kept: where a rewrite has removed channels, the indexes along the last axis that are left, in the imported tensor
    of this name. band: where it is a band of an image, that image's name and the band's first row in it. Both say
    nothing about the values, but let them be compared with the imported graph's.
    """

    name: str
    type: Type
    data: np.ndarray | None = None
    kept: tuple[int, ...] | None = None
    band: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        if self.data is not None:
            data = np.asarray(self.data, order="C").view()
            data.flags.writeable = False
            object.__setattr__(self, "data", data)


@dataclass(frozen=True)
class Node:
    """One operator application; an absent optional input is the empty string."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "attrs", MappingProxyType(dict(self.attrs)))


@dataclass(frozen=True, eq=False)
class Carry:
    """A value that is kept from call to call: the graph input `state` is what the output `update` was a call ago.

    initial: the state before the first call and after a reset, of its shape and dtype; read-only.
    """

    state: str
    update: str
    initial: np.ndarray

    def __post_init__(self) -> None:
        initial = self.initial.view()
        initial.flags.writeable = False
        object.__setattr__(self, "initial", initial)


def rest_value(t: Type) -> np.ndarray:
    """What stands for the number 0 in every element, in no memory of its own: a state's usual initial value."""
    zero = 0 if t.quant is None else t.quant.zero[0]
    return np.broadcast_to(np.array(zero, DTYPES[t.dtype]), t.shape)


@dataclass(frozen=True, repr=False)
class Graph:
    """Nodes in an order in which they can be executed, and every tensor they name.

    carries: the state. `inputs` end with their states and `outputs` with their updates, in their order; what comes
    before is the caller's (`arguments`, `results`). file_sha256: of the model file that it was read from; empty without
    one. origin: what that model is known to be.
    """

    name: str
    nodes: tuple[Node, ...]
    tensors: Mapping[str, Tensor]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    carries: tuple[Carry, ...] = ()
    file_sha256: str = field(default="", compare=False)
    origin: Origin = field(default=Origin(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))

    @property
    def classes(self) -> tuple[Label, ...]:
        """The label of each class, in the order of the scores; empty if they are not known."""
        return self.origin.classes

    @property
    def arguments(self) -> tuple[str, ...]:
        """The inputs that the caller gives: all but the states."""
        return self.inputs[: len(self.inputs) - len(self.carries)]

    @property
    def results(self) -> tuple[str, ...]:
        """The outputs that the caller gets: all but the updates."""
        return self.outputs[: len(self.outputs) - len(self.carries)]

    @property
    def states(self) -> tuple[str, ...]:
        """The inputs that are kept from call to call."""
        return tuple(c.state for c in self.carries)

    @property
    def state_bytes(self) -> int:
        """Of all states together."""
        return sum(self.tensors[name].type.bytes for name in self.states)

    def __repr__(self) -> str:
        def show(names: tuple[str, ...]) -> str:
            shown = ", ".join(f"{n[:SHOWN_NAME]} {self.tensors[n].type}" for n in names[:SHOWN_PORTS])
            return shown + ("" if len(names) <= SHOWN_PORTS else f" and {len(names) - SHOWN_PORTS} more")

        ports = f"{show(self.arguments)} -> {show(self.results)}"
        state = f", {self.state_bytes:,} bytes of state" if self.carries else ""
        return f"<Graph {self.name[:SHOWN_NAME]!r}: {ports}, {len(self.nodes)} nodes{state}>"

    def instance(self, node: Node) -> Instance:
        """The node with its tensors resolved."""
        ins = tuple(self.tensors[i] if i else None for i in node.inputs)
        return Instance(node, ins, tuple(self.tensors[o] for o in node.outputs))

    def digest(self) -> str:
        """SHA-256 over everything that determines the outputs: the identity of the model."""
        h = hashlib.sha256()
        for node in self.nodes:
            h.update(repr((node.op, node.inputs, node.outputs, sorted(node.attrs.items()))).encode())
        for name, t in self.tensors.items():
            h.update(repr((name, t.type)).encode())
            if t.data is not None:
                h.update(t.data.tobytes())
        h.update(repr((self.inputs, self.outputs)).encode())
        for c in self.carries:
            h.update(repr((c.state, c.update)).encode() + c.initial.tobytes())
        return h.hexdigest()

    def __str__(self) -> str:
        def show(name: str) -> str:
            return f"{name}: {self.tensors[name].type}" if name else "-"

        lines = [f"graph {self.name}({', '.join(map(show, self.arguments))})"]
        lines += [f"  state {show(c.state)}, at first {_first(c.initial)}" for c in self.carries]
        for n in self.nodes:
            attrs = ", ".join(f"{k}={v}" for k, v in n.attrs.items())
            args = ", ".join(i or "-" for i in n.inputs)
            lines.append(f"  {', '.join(map(show, n.outputs))} = {n.op}({args}) {{{attrs}}}")
        lines.append(f"  return {', '.join(self.results)}")
        lines += [f"  keep {c.update} as {c.state}" for c in self.carries]
        return "\n".join(lines)


def _first(initial: np.ndarray) -> str:
    """An initial value in a word: what all elements are, or that they differ."""
    first = initial.flat[0].item()
    return f"{first}" if (initial == first).all() else f"values from {initial.min()} to {initial.max()}"


@dataclass(frozen=True, eq=False)
class Instance:
    """A node beside the tensors that it reads and writes: what operator definitions work on."""

    node: Node
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    @property
    def attrs(self) -> Mapping[str, Any]:
        return self.node.attrs

    def x(self, i: int = 0) -> Type:
        """Type of input `i`, which must be present."""
        t = self.inputs[i]
        assert t is not None, f"{self.node.name}: input {i} is absent"
        return t.type

    def y(self, i: int = 0) -> Type:
        """Type of output `i`."""
        return self.outputs[i].type

    def has(self, i: int) -> bool:
        """Whether the optional input `i` is given."""
        return i < len(self.inputs) and self.inputs[i] is not None

    def const(self, i: int) -> np.ndarray | None:
        """Content of input `i` if it is a constant."""
        t = self.inputs[i] if i < len(self.inputs) else None
        return None if t is None else t.data
