"""Bands: what a horizontal piece of an output needs of the inputs.

An image [1, H, W, C] is contiguous row by row, so that a band of rows is a tensor of its own without a copy. An
operator that can compute one says so by `Op.band`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Rows = tuple[int, int]
"""First row, and the one after the last."""


@dataclass(frozen=True, eq=False)
class Band:
    """Rows that each input must give (None: the input is taken whole), and the attributes of the node that computes
    the band from them."""

    reads: tuple[Rows | None, ...]
    attrs: Mapping[str, Any]
