"""Values of tensors in an ONNX graph: as numbers or as stored integers, with the channels last or first.

y: int8 = conv(x: int8, w: int8)
-->
y = QuantizeLinear(Conv(DequantizeLinear(x), DequantizeLinear(w)))

Each form of a value is made when something asks for it, and once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lapel.exporters.onnx.document import Document
from lapel.ir import DTYPES, Quant, Tensor

TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
"""Axes of an image with the channels first in terms of one with the channels last, and the reverse."""

QUANTIZED = ("int8", "uint8", "int16")
"""What QuantizeLinear can make."""

Key = tuple[str, bool]
"""Name of a tensor, and whether its channels come first."""


@dataclass(eq=False)
class Values:
    """numbers, stored: the names of a tensor's forms. Of a tensor without quantization they are the same.

    turned: tensors that are called by their name alone where their channels come first. scales: the names of scale and
    zero point, by quantization and dtype.
    """

    document: Document
    turned: frozenset[str] = frozenset()
    numbers: dict[Key, str] = field(default_factory=dict)
    stored: dict[Key, str] = field(default_factory=dict)
    scales: dict[tuple[Quant, str], tuple[str, str]] = field(default_factory=dict)

    def number(self, t: Tensor, first: bool = False) -> str:
        """What the tensor stands for."""
        if t.type.quant is None:
            return self.as_stored(t, first)
        key = (t.name, first)
        if key not in self.numbers:
            self.numbers[key] = self.dequantized(t.name, self.as_stored(t, first), t, along(t.type.quant, first))
        return self.numbers[key]

    def as_stored(self, t: Tensor, first: bool = False) -> str:
        """What the tensor holds."""
        key = (t.name, first)
        if key not in self.stored:
            if t.data is not None:
                self.stored[key] = self.document.constant(t.name, t.data.transpose(TO_FIRST) if first else t.data)
            else:
                (moved,) = self.document.node(
                    "Transpose", self.number(t, not first), stem=t.name, perm=TO_FIRST if first else TO_LAST
                )
                self.stored[key] = moved if t.type.quant is None else self._quantize(t, moved)
        return self.stored[key]

    def has_first(self, t: Tensor) -> bool:
        """Whether a value with the channels first is there."""
        return (t.name, True) in self.stored

    def make(self, t: Tensor, value: str, first: bool) -> None:
        """A tensor that a node makes, from the numbers that it stands for."""
        made = value if t.type.quant is None else self._quantize(t, value)
        self.stored[t.name, first] = made
        self.document.call(
            made, t.name if first == (t.name in self.turned) else f"{t.name}/{'first' if first else 'last'}"
        )

    def dequantized(self, stem: str, stored: str, t: Tensor, axis: int | None) -> str:
        """The numbers of integers; axis: of the scales, where there are several."""
        quant = t.type.quant
        assert quant is not None
        scale, zero = self._constants(stem, quant, t.type.dtype)
        plain = t.type.dtype not in QUANTIZED and not any(quant.zero)  # of a bias, which has none
        inputs = (stored, scale) if plain else (stored, scale, zero)
        attrs = {} if axis is None else {"axis": axis}
        return self.document.node("DequantizeLinear", *inputs, stem=stem, **attrs)[0]

    def rounded(self, stem: str, value: str, t: Tensor) -> str:
        """The numbers that a value becomes as a tensor of this type."""
        return self.dequantized(stem, self._quantize(t, value), t, None)

    def _constants(self, stem: str, quant: Quant, dtype: str) -> tuple[str, str]:
        key = (quant, dtype)
        if key not in self.scales:
            shape = () if quant.axis is None else (-1,)
            scale = np.array(quant.scale, np.float32).reshape(shape)
            zero: np.ndarray = np.array(quant.zero, DTYPES[dtype]).reshape(shape)
            constant = self.document.constant
            self.scales[key] = constant(f"{stem}/scale", scale), constant(f"{stem}/zero", zero)
        return self.scales[key]

    def _quantize(self, t: Tensor, value: str) -> str:
        quant, stem = t.type.quant, t.name
        assert quant is not None
        if t.type.dtype in QUANTIZED:
            return self.document.node("QuantizeLinear", value, *self._constants(stem, quant, t.type.dtype), stem=stem)[
                0
            ]
        return self._wide(t, value, quant)

    def _wide(self, t: Tensor, value: str, quant: Quant) -> str:
        """Integers of 32 bits and more, which QuantizeLinear does not make, in float64."""
        node, info = self.document.node, np.iinfo(DTYPES[t.type.dtype])
        scale, zero, low, high = (
            self.document.constant(f"{t.name}/{what}", np.array(v, np.float64))
            for what, v in (("scale", quant.scale[0]), ("zero", quant.zero[0]), ("low", info.min), ("high", info.max))
        )
        (wide,) = node("Cast", value, stem=t.name, to="float64")
        (whole,) = node("Round", *node("Div", wide, scale, stem=t.name), stem=t.name)
        (limited,) = node("Clip", *node("Add", whole, zero, stem=t.name), low, high, stem=t.name)
        return node("Cast", limited, stem=t.name, to=t.type.dtype)[0]


def along(quant: Quant, first: bool) -> int | None:
    """The axis of the scales, with the channels first or last."""
    return TO_FIRST.index(quant.axis) if first and quant.axis is not None else quant.axis
