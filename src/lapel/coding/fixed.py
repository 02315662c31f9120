"""Every weight an index of 1, 2 or 4 bits into a code book of int8 values.

int4, two bits, ternary and shared weights are all this. Tables: `values` [2^bits], int8, ascending; settings: `bits`.
"""

from __future__ import annotations

import numpy as np

from lapel.coding.bits import pack, unpack
from lapel.coding.coded import Coded
from lapel.errors import FormatError, UsageError

WIDTHS = (1, 2, 4)


def bound_bytes(weights: np.ndarray) -> int:
    """What a code takes at least, quickly; of weights that have none, what they take as they are."""
    distinct = _distinct(weights)
    return weights.size * next((w for w in WIDTHS if distinct <= 1 << w), 8) // 8


def _distinct(weights: np.ndarray) -> int:
    return int(np.count_nonzero(np.bincount(weights.reshape(-1).view(np.uint8), minlength=256)))


def encode(weights: np.ndarray) -> Coded:
    """The code of int8 weights; of the widths the narrowest. Raises UsageError for more than 16 different values."""
    values, indexes = np.unique(weights.reshape(-1), return_inverse=True)
    bits = next((w for w in WIDTHS if len(values) <= 1 << w), None)
    if bits is None:
        raise UsageError(f"{len(values)} different weights, expected at most {1 << WIDTHS[-1]} for fixed indexes")
    book = np.append(values, np.repeat(values[-1:], (1 << bits) - len(values))).astype(np.int8)
    return Coded(pack(indexes, bits), {"values": book}, {"bits": bits})


def decode(coded: Coded, count: int) -> np.ndarray:
    """int8 [count]. Raises FormatError for what `encode` does not write."""
    bits, values = coded.settings["bits"], coded.tables["values"]
    if bits not in WIDTHS or len(values) != 1 << bits:
        raise FormatError(f"a code book of {len(values)} values for {bits} bits, expected 2, 4 or 16 for 1, 2 or 4")
    return np.asarray(values[unpack(coded.codes, bits, count)])
