"""Random networks as .tflite files, written through the schema's own object classes: nothing here knows Lapel.

`draw_model(seed)` is deterministic. A network starts from one to three inputs of int8, uint8 or float32 and grows
operator by operator on its int8 values, of which recent ones and those that nothing reads yet come up most. What
nothing reads is an output, at times through a QUANTIZE or DEQUANTIZE. Scales follow a rough estimate of how far values
spread, with outliers. Shapes are those that TensorFlow Lite would infer; whether TensorFlow Lite Micro takes the file
is for the caller to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

MOST_OPERATORS = 22
MOST_VALUES, MOST_MACS = 3000, 150_000
"""Of a tensor, and of a layer."""
NUMPY = {"int8": np.int8, "uint8": np.uint8, "float32": np.float32, "int32": np.int32}
SPREAD = 45
"""Standard deviation of the int8 values that scales aim at."""


@dataclass(frozen=True)
class Value:
    """A tensor of the file: its index and what operators need to know of it."""

    index: int
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero: int = 0

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @property
    def quant(self) -> tuple[float, int]:
        """Scale and zero point."""
        return self.scale, self.zero


class File:
    """The model object while it is filled."""

    def __init__(self, name: str) -> None:
        self.graph = schema.SubGraphT(name=name, tensors=[], operators=[], inputs=[], outputs=[])
        self.model = schema.ModelT(version=3, description=name, operatorCodes=[], subgraphs=[self.graph])
        self.model.buffers = [schema.BufferT()]
        self.codes: dict[tuple[str, int], int] = {}
        self.read: set[int] = set()

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str,
        scales: Sequence[float] = (),
        zero: int = 0,
        *,
        axis: int = 0,
        data: np.ndarray | None = None,
    ) -> Value:
        """A new tensor; `data` makes it a constant."""
        t = schema.TensorT(shape=[int(d) for d in shape], type=getattr(schema.TensorType, dtype.upper()), buffer=0)
        t.name = f"t{len(self.graph.tensors)}"
        if data is not None:
            t.buffer = len(self.model.buffers)
            raw = np.ascontiguousarray(data, NUMPY[dtype]).tobytes()
            self.model.buffers.append(schema.BufferT(data=np.frombuffer(raw, np.uint8)))
        if len(scales):
            rounded = [float(np.float32(s)) for s in scales]
            zeros = [zero] * len(rounded)
            t.quantization = schema.QuantizationParametersT(scale=rounded, zeroPoint=zeros, quantizedDimension=axis)
        self.graph.tensors.append(t)
        scale = float(np.float32(scales[0])) if len(scales) else 0.0
        return Value(len(self.graph.tensors) - 1, tuple(int(d) for d in shape), dtype, scale, zero)

    def integers(self, values: Sequence[int] | np.ndarray, shape: Sequence[int] | None = None) -> Value:
        """An int32 constant, as shapes, axes and paddings are."""
        data = np.asarray(values, np.int32)
        return self.tensor(data.shape if shape is None else shape, "int32", data=data)

    def operator(
        self, code: str, inputs: Sequence[Value | None], outputs: Sequence[Value], version: int = 1, **options: Any
    ) -> None:
        """Append an operator; `options` are the fields of its builtin options, `table` their schema name."""
        table = options.pop("table", None)
        key = (code, version)
        if key not in self.codes:
            number = getattr(schema.BuiltinOperator, code)
            entry = schema.OperatorCodeT(
                deprecatedBuiltinCode=min(number, 127), builtinCode=number, version=version, customCode=None
            )
            self.codes[key] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(entry)
        op = schema.OperatorT(opcodeIndex=self.codes[key])
        op.inputs = [-1 if v is None else v.index for v in inputs]
        op.outputs = [v.index for v in outputs]
        if table:
            op.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            op.builtinOptions = getattr(schema, f"{table}T")(**options)
        self.graph.operators.append(op)
        self.read.update(v.index for v in inputs if v is not None)

    def pack(self) -> bytes:
        """The file's bytes."""
        return pack(self.model)


def pack(model: Any) -> bytes:
    """Model object -> bytes of a .tflite file."""
    builder = flatbuffers.Builder(1 << 12)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def draw_model(seed: int) -> schema.ModelT:
    """A random network with at least two operators."""
    from objectops import GROWERS, draw_outputs  # the operators are written against this module

    rng = np.random.default_rng([seed, 20])
    net = Net(rng, f"object_{seed}")
    net.draw_inputs()
    size = int(rng.integers(3, MOST_OPERATORS + 1))
    names = sorted(GROWERS)
    weights = np.array([4.0 if n in ("conv", "depthwise", "dense", "add") else 1.0 for n in names])
    for _ in range(8 * size):
        if len(net.file.graph.operators) >= size:
            break
        GROWERS[str(rng.choice(names, p=weights / weights.sum()))](net)
    draw_outputs(net)
    return net.file.model


class Net:
    """A file that grows, and its int8 values, oldest first."""

    def __init__(self, rng: np.random.Generator, name: str) -> None:
        self.rng, self.file = rng, File(name)
        self.values: list[Value] = []
        self.ends: list[Value] = []  # outputs in any case, such as int32 indexes

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return bool(self.rng.random() < p)

    def number(self, low: int, high: int) -> int:
        """An integer in low..high."""
        return int(self.rng.integers(low, high + 1))

    def scale(self, near: float = 0.03) -> float:
        """A float32 scale round a value; one in ten far from it."""
        wide = 5.0 if self.chance(0.1) else 0.5
        return float(np.float32(near * np.exp(self.rng.normal(0.0, wide / 2))))

    def zero(self) -> int:
        """An int8 zero point, its ends often."""
        return int(self.rng.choice([-128, 127, 0, self.number(-128, 127), self.number(-20, 20)]))

    def activation(self) -> int:
        """A fused activation's code."""
        return int(self.rng.choice([0, 0, 1, 2, 3], p=[0.3, 0.3, 0.2, 0.1, 0.1]))

    def new(self, shape: Sequence[int], scale: float, zero: int | None = None) -> Value:
        """A new int8 value; it counts as made."""
        v = self.file.tensor(shape, "int8", [scale], self.zero() if zero is None else zero)
        self.values.append(v)
        return v

    def alike(self, shape: Sequence[int], x: Value) -> Value:
        """A new int8 value with the quantization of x."""
        return self.new(shape, x.scale, x.zero)

    def constant(self, shape: Sequence[int], scale: float, zero: int) -> Value:
        """An int8 constant."""
        data = self.rng.integers(-128, 128, shape, np.int8)
        return self.file.tensor(shape, "int8", [scale], zero, data=data)

    def choose(self, rank: int | None = None) -> Value | None:
        """A value to read, of this rank if one is given."""
        able = [v for v in self.values if rank is None or len(v.shape) == rank]
        fresh = [v for v in able if v.index not in self.file.read]
        if fresh and self.chance(0.6):
            able = fresh
        if not able:
            return None
        return able[max(0, len(able) - 1 - int(self.rng.exponential(2.0)))]

    def partner(self, x: Value) -> Value:
        """A value of x's shape, perhaps x itself."""
        able = [v for v in self.values if v.shape == x.shape]
        return able[self.number(0, len(able) - 1)]

    def requantized(self, x: Value, like: Value) -> Value:
        """x, or a QUANTIZE of it to the quantization of `like`."""
        if x.quant == like.quant:
            return x
        y = self.alike(x.shape, like)
        self.file.operator("QUANTIZE", [x], [y], table="QuantizeOptions")
        return y

    def draw_inputs(self) -> None:
        """One to three inputs, mostly images, that are made int8 where they are not."""
        for _ in range(int(self.rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))):
            shape = self.values[0].shape if self.values and self.chance(0.5) else self.input_shape()
            kind = str(self.rng.choice(["int8", "uint8", "float32"], p=[0.7, 0.15, 0.15]))
            scale, zero = self.scale(), self.zero()
            if kind == "int8":
                x = self.new(shape, scale, zero)
                self.file.graph.inputs.append(x.index)
                continue
            scales = [] if kind == "float32" else [scale]
            port = self.file.tensor(shape, kind, scales, zero + 128 if kind == "uint8" else 0)
            self.file.graph.inputs.append(port.index)
            self.file.operator("QUANTIZE", [port], [self.new(shape, scale, zero)], table="QuantizeOptions")

    def input_shape(self) -> tuple[int, ...]:
        """An image, a row, or a sequence."""
        kind = self.rng.random()
        if kind < 0.7:
            h, w = self.number(1, 14), self.number(1, 14)
            return (2 if self.chance(0.08) else 1, h, w, min(self.number(1, 24), max(1, MOST_VALUES // (h * w) // 2)))
        if kind < 0.85:
            return 1, self.number(1, 120)
        return 1, self.number(1, 20), self.number(1, 24)


def draw_inputs_of(model: Any, seed: int) -> list[np.ndarray]:
    """Random inputs for a model, in its order."""
    rng, found = np.random.default_rng([seed, 23]), []
    names = {code: name.lower() for name, code in vars(schema.TensorType).items() if name.isupper()}
    for index in model.subgraphs[0].inputs:
        t = model.subgraphs[0].tensors[index]
        dtype = names[t.type]
        if dtype == "float32":
            found.append(rng.normal(0.0, 2.0, t.shape).astype(np.float32))
        else:
            info = np.iinfo(NUMPY[dtype])
            found.append(rng.integers(info.min, info.max, t.shape, NUMPY[dtype], endpoint=True))
    return found
