"""Operand-type tables: what the tensors of a node may be, row by row, as data of the operator.

A `Signature` is one row: an operand for each input and output. A node is legal for kernels if a row has its tensors
(`type_problems`), and means something over the reals if a row does with floats for all that is quantized
(`over_reals`). What a row cannot say is `Op.check`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import ClassVar, Literal

import numpy as np

from lapel.ir.graph import Instance, Quant, Tensor, Type

FLOATS = ("float32", "float64")
"""Dtypes of float graphs; models of users are float32."""


@dataclass(frozen=True)
class Operand:
    """What one tensor of a row may be. Subclasses say which dtypes, and find what is wrong.

    dtypes: those allowed, empty for any. name: what messages call it, where "input 1" would not do. optional: an input
    that may be absent. real: in a float graph this operand is a float.
    """

    dtypes: tuple[str, ...] = ()
    name: str = ""
    optional: bool = False
    real: ClassVar[bool] = False

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        """Why this tensor is not one; `what` is what it is called."""
        return []

    @property
    def moved(self) -> bool:
        """Whether any type will do, so that stored values can only be moved."""
        return type(self) in (Operand, Alike)

    def has_dtype(self, t: Tensor, inst: Instance) -> bool:
        """Whether the dtype, whatever the quantization, is one of these."""
        return not self.dtypes or t.type.dtype in self.dtypes

    def __str__(self) -> str:
        if len(self.dtypes) > 2:
            return f"one of {', '.join(self.dtypes)}"
        return " or ".join(self.dtypes) or "any"


def unlike(what: str, t: Tensor, expected: Operand, advice: str) -> str:
    """That a tensor's dtype is none of an operand's; no quantizing makes numbers of truth values."""
    if t.type.dtype == "bool":
        advice = "these are truth values, make numbers of them first"
    return f"{what} is {t.type.dtype}, expected {expected}: {advice}"


@dataclass(frozen=True)
class Plain(Operand):
    """Numbers as stored: floats, indexes, truth values. constant: only such; unscaled: without quantization."""

    constant: bool = False
    unscaled: bool = False
    advice: str = "convert the model again"

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        if t.type.dtype not in self.dtypes:
            return [unlike(what, t, self, self.advice)]
        if self.unscaled and t.type.quant is not None:
            return [f"{what} is {t.type}, expected plain {t.type.dtype} without scale and zero point: {self.advice}"]
        if self.constant and t.data is None:
            return [f"{what} is not a constant, expected one: {self.advice}"]
        return []


@dataclass(frozen=True)
class Stored(Operand):
    """Integers, whatever scale they have: their order is all that matters."""

    advice: str = "quantize the model to int8"
    real: ClassVar[bool] = True

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        return [] if t.type.dtype in self.dtypes else [unlike(what, t, self, self.advice)]


@dataclass(frozen=True)
class Scaled(Operand):
    """Quantized with one scale and zero point. exactly: with these; zero: with this one; constant: only such.

    What a quantizer gives it, though models may have others: best: this scale and zero point; symmetric: a zero point
    of 0; power: a scale that is a power of two; reach: a range of ±that at least, where values within go beyond those
    that are seen.
    """

    exactly: Quant | None = None
    zero: int | None = None
    constant: bool = False
    best: Quant | None = None
    symmetric: bool = False
    power: bool = False
    reach: float = 0.0
    advice: str = "quantize the model to int8"
    real: ClassVar[bool] = True

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        q = t.type.quant
        if t.type.dtype not in self.dtypes:
            return [unlike(what, t, self, self.advice)]
        if q is None:
            return [f"{what} has no per-tensor scale and zero point: {self.advice}"]
        if q.axis is not None:
            return [f"{what} has {len(q.scale)} scales along axis {q.axis}, expected one: quantize it per tensor"]
        if q.scale[0] < np.finfo(np.float32).tiny:
            found = f"{what} has scale {q.scale[0]:g}"
            return [f"{found}, expected a normal float32 above 0: quantize the model again"]
        if self.exactly is not None and q != self.exactly:
            scale, zero = Fraction(self.exactly.scale[0]), self.exactly.zero[0]
            return [f"{what} is {t.type}, expected scale {scale} and zero point {zero}: requantize"]
        if self.zero is not None and q.zero[0] != self.zero:
            return [f"{what} is {t.type}, expected zero point {self.zero}: requantize"]
        if self.constant and t.data is None:
            return [f"{what} is not a constant: only a constant one is supported"]
        return []


@dataclass(frozen=True)
class Weights(Operand):
    """A quantized, symmetric constant with one scale or, if there is an `axis`, one for each of its indexes.

    reads: the axis along which lie the channels, or elements, of what they multiply; None: a filter reads one channel.
    """

    name: str = "weights"
    axis: int | None = 0
    reads: int | None = None
    real: ClassVar[bool] = True

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        q = t.type.quant
        if t.data is None:
            return [f"{what} are not a constant: only constant weights are supported"]
        if t.type.dtype not in self.dtypes or q is None:
            return [f"{what} are {t.type.dtype}, expected quantized {self}: quantize the model to int8"]
        problems = []
        if any(q.zero):
            zeros = sorted(set(q.zero))
            found = f"zero point {zeros[0]}" if len(zeros) == 1 else f"zero points {zeros[:4]}"
            problems.append(f"{what} have {found}, expected 0 (symmetric weights)")
        if q.axis is not None and q.axis != self.axis:
            expected = "one scale" if self.axis is None else self.axis
            problems.append(f"{what} are quantized along axis {q.axis}, expected {expected}")
        return problems


@dataclass(frozen=True)
class Bias(Operand):
    """A constant of an accumulator's dtype, whose scales nobody looks at; optional.

    products: the inputs whose scales multiply to its own, as they make the products that it is added to.
    """

    products: tuple[int, int] = (0, 1)
    name: str = "bias"
    optional: bool = True
    real: ClassVar[bool] = True

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        if t.data is None:
            return [f"{what} is not a constant: only a constant bias is supported"]
        return [] if t.type.dtype in self.dtypes else [f"{what} is {t.type.dtype}, expected {self}"]


@dataclass(frozen=True)
class Alike(Operand):
    """Of any dtype and quantization, but those of output 0."""

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        x, y = t.type, inst.y()
        if (x.dtype, x.quant) == (y.dtype, y.quant):
            return []
        return [f"{what} is {x}, expected dtype and quantization as the output {y}: requantize it"]

    def has_dtype(self, t: Tensor, inst: Instance) -> bool:
        return t.type.dtype == inst.y().dtype

    def __str__(self) -> str:
        return "as the output"


ANY = Operand()
"""Of any dtype and quantization."""


@dataclass(frozen=True)
class Signature:
    """One row: an operand for each input and output.

    repeat: which side's last operand comes as often as it is given.
    """

    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    repeat: Literal["none", "inputs", "outputs"] = "none"

    def count_problem(self, inst: Instance) -> list[str]:
        """What is wrong with the number of operands."""
        sides = (("inputs", inst.inputs, self.inputs), ("outputs", inst.outputs, self.outputs))
        for side, found, operands in sides:
            given = [i for i, t in enumerate(found) if t is not None]
            required = [i for i, o in enumerate(operands) if not o.optional]
            more = self.repeat == side
            if not set(required) <= set(given) or (len(found) > len(operands) and not more):
                least = str(len(required)) if len(required) == len(operands) else f"{len(required)} to {len(operands)}"
                expected = f"{len(required)} or more" if more else least
                return [f"has {len(given)} {side}, expected {expected}: convert the model again"]
        return []

    def pairs(self, inst: Instance) -> Iterator[tuple[str, Operand, Tensor]]:
        """(what it is called, operand, tensor) of each tensor of a node that has the right number of them."""
        for i, t in enumerate(inst.inputs):
            if t is not None:
                operand = self.inputs[min(i, len(self.inputs) - 1)]
                yield operand.name or f"input {i}", operand, t
        for k, t in enumerate(inst.outputs):
            operand = self.outputs[min(k, len(self.outputs) - 1)]
            yield operand.name or (f"output {k}" if len(inst.outputs) > 1 else "output"), operand, t

    @property
    def moves(self) -> bool:
        """Whether it moves stored values, whatever they are."""
        return any(o.moved for o in self.outputs)

    def problems(self, inst: Instance) -> list[str]:
        """Why the node is not of this row."""
        return self.count_problem(inst) or [p for what, o, t in self.pairs(inst) for p in o.problems(what, t, inst)]

    def takes(self, inst: Instance) -> bool:
        """Whether input 0 has a dtype of this row."""
        x = inst.inputs[0] if inst.inputs else None
        return bool(self.inputs) and x is not None and self.inputs[0].has_dtype(x, inst)

    def has_dtypes(self, inst: Instance) -> bool:
        """Whether the node's dtypes, whatever the quantization, are this row's."""
        if self.count_problem(inst):
            return False
        return all(o.has_dtype(t, inst) for _, o, t in self.pairs(inst))

    def over_reals(self, inst: Instance) -> bool:
        """Whether the node is this row with floats of one dtype, not quantized, for all that the row quantizes.

        A row that has floats already has no such form: it stands between integers and reals.
        """
        operands = (*self.inputs, *self.outputs)
        mixed = any(d in FLOATS for o in operands for d in o.dtypes)
        if mixed or not any(o.real for o in operands) or self.count_problem(inst):
            return False
        found = set()
        for _, o, t in self.pairs(inst):
            if o.real:
                found.add(t.type.dtype if t.type.quant is None else "quantized")
            elif not o.has_dtype(t, inst):
                return False
        return len(found) == 1 and found <= set(FLOATS)

    def __str__(self) -> str:
        def show(side: str, operands: Sequence[Operand]) -> str:
            runs = [(kind, len(list(same))) for kind, same in groupby(map(str, operands))]
            text = ", ".join(kind if n == 1 else f"{n} × {kind}" for kind, n in runs)
            return f"{text}, …" if self.repeat == side else text

        return f"{show('inputs', self.inputs)} -> {show('outputs', self.outputs)}".strip()


def type_problems(signatures: Sequence[Signature], inst: Instance) -> list[str]:
    """Empty if a row has the node's tensors; else why the row that comes closest has not.

    That is one with the dtype of input 0, if there is any, of the fewest problems, and the first of equals.
    """
    rows = []
    for row in signatures:
        found = row.problems(inst)
        if not found:
            return []
        rows.append((not row.takes(inst), len(found), found))
    return min(rows, key=lambda r: r[:2])[2] if rows else []


def over_reals(signatures: Sequence[Signature], inst: Instance) -> bool:
    """Whether the node computes on floats what a row has for quantized integers."""
    return any(row.over_reals(inst) for row in signatures)


def unary(x: Operand, y: Operand | None = None) -> Signature:
    """A row of one input and one output, by default of the same kind."""
    return Signature((x,), (x if y is None else y,))


def binary(x: Operand) -> Signature:
    """A row of two inputs and an output of one kind."""
    return Signature((x, x), (x,))


def is_float(t: Type) -> bool:
    """Whether a tensor holds plain floats."""
    return t.dtype in FLOATS and t.quant is None


INT8 = Scaled(("int8",))
INT16 = Scaled(("int16",), zero=0)
INT32_CONSTANT = Plain(("int32",), constant=True, unscaled=True)
MOVED = unary(ANY)
"""The row of operators that move stored values, whatever they are."""
