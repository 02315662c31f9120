"""What a code makes of weights: a stream and the tables that it is read with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Coded:
    """A stream of weights and its tables, by the names that decoders in C have for them.

    codes: uint8 [bytes]. tables: uint8 or int8 arrays in flash. settings: whole numbers that a decoder is told.
    """

    codes: np.ndarray
    tables: Mapping[str, np.ndarray] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Of the stream and the tables together."""
        return self.codes.nbytes + sum(table.nbytes for table in self.tables.values())


def entropy_bits(symbols: np.ndarray) -> float:
    """The order-0 entropy of whole numbers, in bits, of all of them together: no code of single symbols has fewer."""
    if not symbols.size:
        return 0.0
    flat = symbols.reshape(-1).astype(np.int64)
    counts = np.bincount(flat - flat.min())
    counts = counts[counts > 0]
    return float(-(counts * np.log2(counts / counts.sum())).sum())
