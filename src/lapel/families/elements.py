"""One element of a weighted layer, and of a table, as terms: docs/SPEC.md §2 number by number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lapel.families.weights import fold_zero, is_wide, output_params, wide_params
from lapel.ir.fixed import high_mul, rounding_shift, wrap32
from lapel.ir.graph import Instance
from lapel.ir.terms import Term, Values

WHOLE = "accumulator"
"""The term that is requantized."""
MULTIPLIER, SHIFT = "multiplier", "shift"
ZERO, LOWEST, HIGHEST, OUTPUT = "zero point", "lowest", "highest", "output"


def weighted_terms(
    inst: Instance, at: tuple[int, ...], centred: int, channel_axis: int, float32_product: bool = False
) -> tuple[Term, ...]:
    """Element `at` of a weighted layer.

    centred: the sum of products of weights and x - zero, taps outside of x among them as 0.
    """
    c = at[-1]
    w = inst.const(1)
    assert w is not None
    own = np.moveaxis(w, channel_axis, 0)[c].astype(np.int64)
    if is_wide(inst):
        params = wide_params(inst, channel_axis, float32_product)
        table = params["bias"]
        assert isinstance(table, np.ndarray)
        bias = int(table[c])
    else:
        params = output_params(inst, float32_product)
        bias = int(fold_zero(inst, channel_axis)[c])
    place = c if params["per_channel"] else 0
    total = centred + inst.x().zero * int(own.sum())
    folded = "bias" if inst.x().zero == 0 else "bias less the input's zero point times the sum of weights"
    begin = (
        Term("sum", "sum of weights times inputs", total, summed=True),
        Term("bias", folded, bias, field="bias", at=c),
        Term(WHOLE, "sum + bias", make=lambda v: v["sum"] + v["bias"]),  # within its bits: `check_accumulator`
        Term(MULTIPLIER, "as an integer of 31 bits", _at(params["mul"], place), field="mul", at=place),
        Term(SHIFT, "to the left, if above 0", _at(params["shift"], place), field="shift", at=place),
    )
    if is_wide(inst) and inst.attrs["rounding"] == "reduced":
        begin = (*begin[:4], Term(SHIFT, "to the right", _at(params["shift"], place), field="shift", at=place))
        middle: tuple[Term, ...] = (Term("scaled", "multiplied and shifted, rounded once", make=_reduced),)
    elif inst.attrs["rounding"] == "single":
        middle = (Term("scaled", "multiplied and shifted, rounded once", make=_single),)
    else:
        middle = _twice()
    return (*begin, *middle, *_ends(inst, params))


def _wrapped(value: int) -> int:
    return int(wrap32(np.asarray(value, np.int64))) if abs(value) >= 1 << 31 else value


def _at(table: object, place: int) -> int:
    assert isinstance(table, np.ndarray)
    return int(table[place])


def _twice() -> tuple[Term, ...]:
    """Both roundings of the rounding `double`."""

    def shifted(v: Values) -> int:
        return int(wrap32(np.asarray(v[WHOLE], np.int64) << max(v[SHIFT], 0)))

    return (
        Term(
            "multiplied", "accumulator times multiplier / 2^31, first rounding",
            make=lambda v: int(high_mul(np.asarray(shifted(v)), v[MULTIPLIER])),
        ),
        Term(
            "scaled", "shifted to the right, second rounding",
            make=lambda v: int(rounding_shift(np.asarray(v["multiplied"]), max(-v[SHIFT], 0))),
        ),
    )  # fmt: skip


def _single(v: Values) -> int:
    total = 31 - v[SHIFT]
    return int(wrap32(np.asarray((v[WHOLE] * v[MULTIPLIER] + (1 << (total - 1))) >> total, np.int64)))


def _reduced(v: Values) -> int:
    total = v[SHIFT]
    return int(wrap32(np.asarray((v[WHOLE] * v[MULTIPLIER] + (1 << (total - 1))) >> total, np.int64)))


def _ends(inst: Instance, params: object) -> tuple[Term, ...]:
    assert isinstance(params, dict)
    clamp = (
        Term(LOWEST, "of the output, with its fused activation", int(params["lo"]), field="lo"),
        Term(HIGHEST, "of the output, with its fused activation", int(params["hi"]), field="hi"),
        Term(OUTPUT, "clamped", make=lambda v: min(max(v["placed"], v[LOWEST]), v[HIGHEST])),
    )
    if "y_zero" not in params:
        return (Term("placed", "no zero point", make=lambda v: v["scaled"]), *clamp)
    return (
        Term(ZERO, "of the output", int(params["y_zero"]), field="y_zero"),
        Term("placed", "scaled + zero point", make=lambda v: _wrapped(v["scaled"] + v[ZERO])),
        *clamp,
    )


def table_terms(q: int, table: np.ndarray, held: bool) -> tuple[Term, ...]:
    """The entry of a table that a value of one byte finds; held: whether the kernel has that table in its params."""
    byte = q & 0xFF
    return (
        Term("input", "the element that is looked up", q, summed=True),
        Term("entry", "of the table, at the input's byte", int(table[byte]), field="table" if held else "", at=byte),
        Term(OUTPUT, "the entry", make=lambda v: v["entry"]),
    )


def _floored(v: Values) -> int:
    """Multiplied and shifted without any rounding."""
    return (v[WHOLE] * v[MULTIPLIER]) >> (31 - v[SHIFT])


def _towards_zero(v: Values) -> int:
    product = v[WHOLE] * v[MULTIPLIER]
    return (abs(product) >> (31 - v[SHIFT])) * (1 if product >= 0 else -1)


def _double(v: Values) -> int:
    for t in _twice():
        assert t.make is not None
        v = {**v, t.name: t.make(v)}
    return v["scaled"]


ROUNDINGS: dict[str, Callable[[Values], int]] = {
    "two roundings, as TensorFlow Lite Micro's": _double,
    "one rounding, halves up": _single,
    "no rounding, fractions cut downwards": _floored,
    "no rounding, fractions cut towards zero": _towards_zero,
}
"""Ways from an accumulator, a multiplier and a shift to the `scaled` term, by what they are called."""


def with_rounding(name: str, values: Values) -> int:
    """The output that another rounding of the same numbers gives."""
    scaled = ROUNDINGS[name](values)
    return min(max(scaled + values.get(ZERO, 0), values[LOWEST]), values[HIGHEST])


def requantizes(values: Values) -> bool:
    """Whether terms are those of a rounding of which there are others."""
    return {WHOLE, MULTIPLIER, SHIFT, LOWEST, HIGHEST} <= set(values) and abs(values[SHIFT]) <= 31
