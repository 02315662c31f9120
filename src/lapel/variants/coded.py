"""Weights as codes (`lapel.coding`) and biases of few bytes, as the kernels of `runtime/coded/` want them.

Whether a layer is coded is found from what its weights are: zeros, few values, unlike counts. A coded call must take a
tenth less flash for its tables than the call that it stands for; else it is refused before anything is encoded, if that
can be told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from lapel.coding import Coded
from lapel.errors import UsageError
from lapel.ir import SCRATCH, Call
from lapel.ir.op import Param
from lapel.runtime.source import define
from lapel.variants.variant import FlashSaver

LEAST_SAVED = 0.1
"""Of the bytes of the tables that a coded call stands for: less is not worth the decoder and the time."""
MOST_DENSE = 0.5
"""Of weights that are not zero, where zeros are skipped: with more no such kernel is fast, nor smaller than others."""
TABLE_BYTES = 2 * define("LAPEL_BOOK_TABLE")
"""Of scratch for a code book."""
REPLACED = ("w", "bias", "mul", "shift")
"""Of a weighted layer's params those that depend on channels."""


class Form(Hashable, Protocol):
    """A module of `lapel.coding`."""

    def bound_bytes(self, weights: np.ndarray) -> int:
        """What a code takes at least."""
        ...

    def encode(self, weights: np.ndarray) -> Coded:
        """The code of int8 weights."""
        ...


@dataclass(frozen=True)
class _Weights:
    """Weights that are known by their digest."""

    digest: bytes
    values: np.ndarray = field(compare=False, hash=False)


def encode(form: Form, weights: np.ndarray) -> Coded:
    """The code of int8 weights, which was kept if it was asked for not long ago: plans are made many times."""
    return _encode(form, _Weights(hashlib.sha256(weights.tobytes()).digest(), weights))


@lru_cache(maxsize=512)
def _encode(form: Form, weights: _Weights) -> Coded:
    return form.encode(weights.values)


def compact_biases(bias: np.ndarray, sums: np.ndarray | None) -> dict[str, Param]:
    """bias uint8 [channels, bias_bytes], bias_bytes and bias_shift of int32 biases; and x_zero, 0 without `sums`.

    sums: of each channel's weights. bias + x_zero * sums is what a kernel begins with that multiplies x - x_zero: of
    all zero points the one is taken with which biases have the fewest bytes. That is, as a rule, x's own.
    """
    zeros = np.zeros(1, np.int64) if sums is None else np.array(sorted(range(-128, 128), key=abs))
    all_sums = np.zeros(len(bias), np.int64) if sums is None else sums.astype(np.int64)
    wholes = bias.astype(np.int64) + zeros[:, None] * all_sums
    every = np.bitwise_or.reduce(wholes, axis=1)
    shifts = np.array([min((int(bits) & -int(bits)).bit_length() - 1, 31) if bits else 0 for bits in every])
    small = wholes >> shifts[:, None]
    ends = np.maximum(small.max(axis=1), ~small.min(axis=1))
    widths = np.array([int(end).bit_length() // 8 + 1 for end in ends])
    best = int(np.argmin(widths))
    stored = small[best].astype("<i8").view(np.uint8).reshape(-1, 8)[:, : widths[best]]
    return {
        "bias": np.ascontiguousarray(stored),
        "bias_bytes": int(widths[best]),
        "bias_shift": int(shifts[best]),
        "x_zero": int(zeros[best]),
    }


def folded_biases(bias: np.ndarray, weights: np.ndarray) -> dict[str, Param]:
    """bias, bias_bytes, bias_shift and bias_zero, for kernels that take bias_zero * (sum of a channel's weights) from
    the bias of a channel once its weights are decoded. weights: int8 [channels, fan_in]."""
    found = compact_biases(bias, weights.sum(axis=1, dtype=np.int64))
    found["bias_zero"] = found.pop("x_zero")
    return found


def code_params(form: Form, weights: np.ndarray, *, padded: bool = False) -> dict[str, Param]:
    """The code of int8 weights as params: tables and settings of the form, codes and code_bytes.

    padded: whether the decoder reads words at the stream's last bytes. Raises UsageError if the form has no such code.
    """
    coded = encode(form, weights)
    padding = np.zeros(define("LAPEL_STREAM_PADDING") if padded else 0, np.uint8)
    codes: dict[str, Param] = {"codes": np.append(coded.codes, padding), "code_bytes": coded.codes.size}
    return {**coded.tables, **coded.settings, **codes}


def table_bytes(params: Mapping[str, Param]) -> int:
    """What the tables among params take."""
    return sum(value.nbytes for value in params.values() if isinstance(value, np.ndarray))


def saved_problem(coded_bytes: int, params: Mapping[str, Param], *, bound: bool = False) -> str:
    """Why a code of so many bytes saves too little of the call's tables; "" if it saves enough."""
    whole = sum(value.nbytes for name in REPLACED if isinstance(value := params[name], np.ndarray))
    if coded_bytes <= (1 - LEAST_SAVED) * whole:
        return ""
    least = "at least " if bound else ""
    return f"its tables would be {least}{coded_bytes:,} bytes, not {whole:,}: a tenth less is expected"


@dataclass(frozen=True)
class CodedDense(FlashSaver):
    """A kernel `dense_coded…` of one form.

    skips_zeros: it multiplies x - x_zero by what is not zero alone. fast: it may be faster than kernels without codes.
    tables: of code books in scratch. padded: it reads words of the stream at any place.
    """

    kernel: str
    form: Form
    skips_zeros: bool = False
    fast: bool = False
    tables: int = 0
    padded: bool = False

    def specialize(self, call: Call) -> Call | str:
        """The coded call of a call of `dense`."""
        w, bias = call.params["w"], call.params["bias"]
        if not isinstance(w, np.ndarray) or not isinstance(bias, np.ndarray):
            return "its weights are no constants in flash"
        problem = self._early_problem(w, call.params)
        if problem:
            return problem
        try:
            changed = code_params(self.form, w, padded=self.padded)
        except UsageError as e:
            return e.message
        kept = {name: value for name, value in call.params.items() if name not in ("w", "bias")}
        changed |= compact_biases(bias, w.sum(axis=1, dtype=np.int64) if self.skips_zeros else None)
        if self.tables:
            changed["table"] = SCRATCH
        found = {**kept, **changed}
        problem = saved_problem(table_bytes(found), call.params)
        return problem or replace(call, kernel=self.kernel, params=found, scratch_bytes=self.tables * TABLE_BYTES)

    def may_be_faster(self, call: Call) -> bool:
        """Where going from one weight that is not zero to the next may be less than multiplying all."""
        return self.fast

    def _early_problem(self, w: np.ndarray, params: Mapping[str, Param]) -> str:
        used = int(np.count_nonzero(w))
        if self.skips_zeros and used > MOST_DENSE * w.size:
            expected = f"at most {100 * MOST_DENSE:.0f} % are expected"
            return f"{100 * used / w.size:.0f} % of its weights are not zero, {expected}"
        return saved_problem(self.form.bound_bytes(w), params, bound=True)
