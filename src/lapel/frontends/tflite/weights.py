"""Constants of a float model that its file stores narrower --> the float32 constants that they stand for.

v = DEQUANTIZE(w: float16 or int8); CONV_2D(x: float32, v)  -->  CONV_2D(x, v: float32)
CONV_2D(x: float32, w: int8)                                -->  CONV_2D(x, w: float32)

The first is how converters write float16 weights and weight-only quantization. The second is a dynamic-range (hybrid)
operator: LiteRT quantizes its activations call by call, by the range that they have there, which no fixed graph says.
Lapel takes it for the float operator that it approximates, and the graph says so. float16 becomes float32 exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.frontends.tflite.content import ModelContent, OperatorContent, TensorContent
from lapel.ir import Type
from lapel.quantization import numbers

INTEGERS = ("int8", "uint8", "int16")
"""Dtypes of quantized values; int4 is int8 here."""

FORMATS = ("QUANTIZE", "DEQUANTIZE")
"""What stands between integers and floats, so that an integer beside a float is no weight."""

HYBRID = (
    "{n} of {total} operators had weights of {dtypes} and float32 activations (dynamic range, hybrid): the weights "
    "were dequantized, all is computed in float32; lapel quantize makes int8 of it, better yet of the float model that "
    "it was made from"
)


def widen(content: ModelContent) -> ModelContent:
    """The content with weights as the operators of floats compute with them; a warning counts those of integers."""
    found = _Widening(list(content.tensors))
    operators = [new for op in content.operators if (new := found.operator(op)) is not None]
    if found.hybrid:
        dtypes = " and ".join(sorted(found.dtypes))
        warning = HYBRID.format(n=len(found.hybrid), total=len(operators), dtypes=dtypes)
        content = replace(content, warnings=(*content.warnings, warning))
    return replace(content, tensors=tuple(found.tensors), operators=tuple(operators))


@dataclass(eq=False)
class _Widening:
    """State: tensors so far, where the float32 twin of a constant is, and which tensors and operators had integers."""

    tensors: list[TensorContent]

    def __post_init__(self) -> None:
        self.twins: dict[int, int] = {}
        self.narrow: set[int] = set()
        self.hybrid: set[int] = set()
        self.dtypes: set[str] = set()

    def operator(self, op: OperatorContent) -> OperatorContent | None:
        """The operator on float32 constants; None if all that it does is to make one."""
        if op.code == "DEQUANTIZE" and self._dequantize(op):
            return None
        if self._computes_floats(op):
            op = replace(op, inputs=tuple(self._twin(i) if i >= 0 and self._is_weight(i) else i for i in op.inputs))
        if self.narrow.intersection(op.inputs):
            self.hybrid.add(op.index)
        return op

    def _dequantize(self, op: OperatorContent) -> bool:
        """Make the output the constant that the input stands for, if it is one and of the same shape."""
        if len(op.inputs) != 1 or len(op.outputs) != 1:
            return False
        (x,), (y,) = op.inputs, op.outputs
        if x < 0 or not (self._is_weight(x) or self._is_half(x)):
            return False
        made, given = self.tensors[y], self.tensors[x]
        if made.dtype != "float32" or made.shape != given.shape or made.oddities:
            return False
        self.tensors[y] = replace(made, data=_numbers(given))
        if not self._is_half(x):
            self._note(y, given)
        return True

    def _computes_floats(self, op: OperatorContent) -> bool:
        made = {t.dtype for t in self._operands(op) if t.data is None}
        return op.code not in FORMATS and "float32" in made and not made.intersection(INTEGERS)

    def _operands(self, op: OperatorContent) -> Iterable[TensorContent]:
        return (self.tensors[i] for i in (*op.inputs, *op.outputs) if i >= 0)

    def _is_weight(self, i: int) -> bool:
        """Whether a tensor is a constant of quantized integers."""
        t = self.tensors[i]
        return t.data is not None and t.dtype in INTEGERS and t.quant is not None and not t.oddities

    def _is_half(self, i: int) -> bool:
        t = self.tensors[i]
        return t.data is not None and t.stored == "float16" and not t.oddities

    def _twin(self, i: int) -> int:
        """Index of the float32 constant that a constant of integers stands for."""
        if i not in self.twins:
            t = self.tensors[i]
            name = _unused(f"{t.name}/float", self.tensors)
            self.tensors.append(replace(t, name=name, dtype="float32", quant=None, data=_numbers(t), stored=""))
            self.twins[i] = len(self.tensors) - 1
            self._note(self.twins[i], t)
        return self.twins[i]

    def _note(self, i: int, given: TensorContent) -> None:
        """Tensor i was these integers."""
        self.narrow.add(i)
        self.dtypes.add(given.stored or given.dtype)


def _numbers(t: TensorContent) -> np.ndarray:
    """float32: what a constant stands for, rounded once, as by DEQUANTIZE's product."""
    assert t.data is not None
    with np.errstate(over="ignore", under="ignore"):  # infinite, as in C
        return t.data if t.quant is None else numbers(Type(t.shape, t.dtype, t.quant), t.data).astype(np.float32)


def _unused(name: str, tensors: Sequence[TensorContent]) -> str:
    taken = {t.name for t in tensors}
    while name in taken:
        name += "+"
    return name
