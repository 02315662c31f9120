"""The type that each operand of a row takes, given what the tensors of the float graph shall have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import Instance, Quant, Tensor, Type
from lapel.ir.signature import Bias, Operand, Scaled, Signature, Stored
from lapel.quantization.scales import alike, quant_of, range_of

Types = Mapping[str, Type]
UNIT = Type((), "int8", Quant((1.0,), (0,)))


@dataclass(frozen=True)
class Like(Operand):
    """Of this type's dtype and quantization: what the operands of a group are that must be quantized alike."""

    type: Type = UNIT

    def problems(self, what: str, t: Tensor, inst: Instance) -> list[str]:
        same = (t.type.dtype, t.type.quant) == (self.type.dtype, self.type.quant)
        return [] if same else [f"{what} is {t.type}, expected {self.type}"]


def settle(inst: Instance, row: Signature, groups: list[tuple[str, ...]], types: Types) -> dict[str, Operand]:
    """The operand that each tensor of a node is, by name, where groups have the type of the first output among them."""
    kinds: dict[str, Operand] = {}
    for _, operand, t in row.pairs(inst):
        kinds.setdefault(t.name, operand)
    for group in groups:
        first = next(t for t in inst.outputs if t.name in group)
        made = fitting(inst, first, kinds[first.name], types)
        kinds |= dict.fromkeys(group, Like(type=made))
    return kinds


def fitting(inst: Instance, t: Tensor, kind: Operand, types: Types) -> Type:
    """The type of an activation that an operand takes: that of `types` if it can, else one of the same range."""
    given = types.get(t.name, t.type)
    if isinstance(kind, Like):
        return alike(t.type, kind.type)
    if not isinstance(kind, Scaled | Stored) or not kind.problems("", replace(t, type=given), inst):
        return given
    dtype = given.dtype if given.dtype in kind.dtypes else kind.dtypes[0]
    wanted = kind if isinstance(kind, Scaled) else Scaled((dtype,))
    copy = types.get(f"{t.name}/{dtype}")
    if copy is not None and not kind.problems("", replace(t, type=copy), inst):
        return copy
    return replace(given, dtype=dtype, quant=quant_of(*range_of(given), dtype, wanted))


def products(inst: Instance, kinds: Mapping[str, Operand], i: int) -> tuple[int, np.ndarray | None]:
    """(the input that input `i` is multiplied by, input 0 if the row does not say, the bias that is added, if any)."""
    for t in inst.inputs:
        kind = None if t is None else kinds[t.name]
        if t is not None and isinstance(kind, Bias) and i in kind.products:
            return next(k for k in kind.products if k != i), t.data
    return 0, None


def constant_type(t: Tensor, kind: Operand, types: Types) -> Type:
    """The type of a constant operand: that of its group, or the one that `types` gives, or by what it holds."""
    assert t.data is not None
    if isinstance(kind, Like):
        return alike(t.type, kind.type)
    if t.name in types:
        return types[t.name]
    dtype = kind.dtypes[0]
    wanted = kind if isinstance(kind, Scaled) else Scaled((dtype,))
    return replace(t.type, dtype=dtype, quant=quant_of(float(t.data.min()), float(t.data.max()), dtype, wanted))
