"""Weights of four bits as the AVR variants want them (runtime/avr/avrnibbles.h): eight rows, value by value."""

from __future__ import annotations

import numpy as np

from lapel.families.nibbles import unpacked
from lapel.ir.op import Param
from lapel.runtime.source import define

ROWS = define("LAPEL_AVRNIBBLES_ROWS")


def weights(packed: Param, count: Param) -> np.ndarray:
    """int64 [.., count] of the portable kernel's weights, two a byte."""
    assert isinstance(packed, np.ndarray) and isinstance(count, int)
    return unpacked(packed, count)


def blocks(w: np.ndarray) -> np.ndarray:
    """uint8 of rows of weights [R, K]; rows that a last block has too many are 0."""
    rows = np.pad(w, ((0, -len(w) % ROWS), (0, 0))) + 8
    turned = rows.reshape(-1, ROWS, w.shape[1]).swapaxes(1, 2)  # [blocks, K, 8]
    return np.asarray(turned[..., 0::2] | turned[..., 1::2] << 4).astype(np.uint8).reshape(-1)


def modular(values: np.ndarray) -> np.ndarray:
    """uint16 of integers, modulo 2^16."""
    return np.asarray(values & 0xFFFF).astype(np.uint16)


def reach(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest sum of each row [R, K] with int8 values."""
    low, high = np.minimum(-128 * w, 127 * w), np.maximum(-128 * w, 127 * w)
    return low.sum(axis=1), high.sum(axis=1)
