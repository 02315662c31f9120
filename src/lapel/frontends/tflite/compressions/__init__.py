"""Compressed constants of TensorFlow Lite Micro: how the content that its tools store becomes a tensor's content again.

One kind a file, found by being here: `COMPRESSION`, what the operator TFLM_DECODE does for one decode type. That
operator has two constants for each output: the encoded content, and ancillary data. These begin with 16 bytes: the
decode type, the version of all this (1), two reserved bytes, the version of the kind (1), and 11 bytes that each kind
defines. Its tables follow.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import DTYPES

AGAIN = "compress the model again"

HEADER_BYTES = 16
TYPE, VERSION, KIND_VERSION = 0, 1, 4
"""Places in the header."""

CUSTOM_TYPES = 128
"""Decode types from here on are an application's own."""

BEFORE = "give Lapel the model that was compressed"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a compressed tensor becomes, and the quantization that kinds look at, as it stands in the file.

    dtype: a key of DTYPES. scales: their number, 0 without any. axis: along which they are. zeros: zero points.
    """

    shape: tuple[int, ...]
    dtype: str
    scales: int = 0
    axis: int = 0
    zeros: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def numpy(self) -> np.dtype:
        """The dtype of its elements, little-endian as in files; of bool, what a file stores may be no bool."""
        return np.dtype(np.uint8 if self.dtype == "bool" else DTYPES[self.dtype]).newbyteorder("<")

    def by_channel(self, channels: int, axis: int) -> tuple[int, int, int]:
        """(elements before, channels, elements behind) the axis; one channel is the whole tensor.

        Raises UnsupportedNode where the axis has another number of elements.
        """
        if channels == 1:
            return 1, 1, self.size
        if not 0 <= axis < len(self.shape) or self.shape[axis] != channels:
            raise UnsupportedNode(
                f"is compressed for {channels} channels along axis {axis}, expected an axis of {list(self.shape)} with "
                f"as many: {AGAIN}"
            )
        return math.prod(self.shape[:axis]), channels, math.prod(self.shape[axis + 1 :])


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A compressed constant as it stands in the file, uint8: its content, a header, and the tables behind that."""

    content: np.ndarray
    header: np.ndarray
    tables: np.ndarray


Decode = Callable[[Encoded, Layout], np.ndarray]
"""The elements of the tensor in order, of its dtype, or raises UnsupportedNode with what is wrong with the content."""


@dataclass(frozen=True, slots=True)
class Compression:
    """A decode type: its code, what messages call it, the dtypes it has."""

    code: int
    name: str
    dtypes: tuple[str, ...]
    decode: Decode


EVERY_DTYPE = ("bool", "float32", "int8", "int16", "int32", "int64")
"""Dtypes of the kinds that look at no values."""


@cache
def compressions() -> Mapping[int, Compression]:
    """Every kind by its code."""
    names = [m.name for m in pkgutil.iter_modules(__path__)]
    found = [importlib.import_module(f"{__name__}.{name}").COMPRESSION for name in names]
    return {c.code: c for c in sorted(found, key=lambda c: c.code)}


def decode(content: np.ndarray, ancillary: np.ndarray, layout: Layout) -> np.ndarray:
    """What TFLM_DECODE makes of two constants (uint8); raises UnsupportedNode with what is wrong with them."""
    if len(ancillary) < HEADER_BYTES:
        raise UnsupportedNode(f"has {len(ancillary)} bytes of ancillary data, expected {HEADER_BYTES} or more: {AGAIN}")
    header, tables = ancillary[:HEADER_BYTES], ancillary[HEADER_BYTES:]
    kind = compressions().get(int(header[TYPE]))
    if kind is None:
        raise UnsupportedNode(f"is compressed by {_unknown(int(header[TYPE]))}: {BEFORE}")
    versions = int(header[VERSION]), int(header[KIND_VERSION])
    if versions != (1, 1):
        found = f"is compressed by {kind.name} of version {versions[0]}.{versions[1]}"
        raise UnsupportedNode(f"{found}, expected version 1.1: {BEFORE}")
    if layout.dtype not in kind.dtypes:
        expected = ", ".join(kind.dtypes)
        raise UnsupportedNode(f"is {layout.dtype} compressed by {kind.name}, expected one of {expected}: {BEFORE}")
    return kind.decode(Encoded(content, header, tables), layout)


def _unknown(code: int) -> str:
    own = "an application's own, " if code >= CUSTOM_TYPES else ""
    known = ", ".join(f"{c.code} ({c.name})" for c in compressions().values())
    return f"decode type {code}, {own}expected one of {known}"
