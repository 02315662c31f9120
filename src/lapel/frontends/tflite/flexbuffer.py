"""Options of custom operators: a flexbuffer map of names to integers.

A map is found from the end: its last byte is the width of the root, the one before it the root's type, and before
that stands the distance back to the map. There are values, each as wide as the map's type says, and behind them a byte
of type for each. Before the map are the distance back to its keys, their width and the number of entries. TFLite
Micro's kernels take a value by its place, and keys are sorted, so a map with other keys than expected would be misread.
Reading is our own, since the published accessors follow a distance that leads before the first byte to the end.

Source: FlexBuffers, flatbuffers.dev/flexbuffers; `tensorflow/lite/micro/flatbuffer_utils.h`, FlexbufferWrapper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flatbuffers import flexbuffers
from flatbuffers.flexbuffers import Type

from lapel.errors import UnsupportedNode, shown

LOWEST, HIGHEST = -(2**31), 2**31 - 1
"""TFLite Micro reads each as an int32."""

DAMAGED = "the file is damaged"


def read_options(raw: bytes, names: Sequence[str]) -> dict[str, int]:
    """The options of these names, which are all; raises UnsupportedNode. Without names nothing is looked at."""
    if not names:
        return {}
    if not raw:
        raise UnsupportedNode(f"has no options, expected {', '.join(names)}: convert the model again")
    flex = _Flexbuffer(raw)
    at, width, count = flex.find_map(len(names))
    found = [flex.key(at, width, i) for i in range(count)]
    if found != list(names):
        told = ", ".join(map(shown, found)) or "none"
        raise UnsupportedNode(f"its options are {told}, expected {', '.join(names)}: convert the model again")
    return {name: flex.value(name, at, width, count, i) for i, name in enumerate(names)}


def write_options(options: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """The flexbuffer of all options, in the order of their names."""
    assert set(options) == set(names), f"options {sorted(options)}, expected {sorted(names)}"
    return bytes(flexbuffers.Dumps({name: options[name] for name in names}))


@dataclass(frozen=True)
class _Flexbuffer:
    """Bytes of which each is asked for before it is read."""

    raw: bytes

    def find_map(self, most: int) -> tuple[int, int, int]:
        """(first byte, width of an element, entries) of the map; no more than `most` entries are looked at."""
        size = len(self.raw)
        root_width = self._number(size - 1, 1)
        packed = self._number(size - 2, 1)
        if root_width not in (1, 2, 4, 8) or packed >> 2 != Type.MAP:
            raise self._error(f"end in {self.raw[-2:].hex(' ')}", "the type and width of a map")
        at, width = self._follow(size - 2 - root_width, root_width), 1 << (packed & 3)
        count = self._number(at - width, width)
        if count * (width + 1) > size:
            raise self._error(f"have {count} entries", f"at most {size // (width + 1)} in {size} bytes")
        return at, width, min(count, most + 1)

    def key(self, at: int, width: int, i: int) -> str:
        """The key of entry i."""
        keys, key_width = self._follow(at - 3 * width, width), self._number(at - 2 * width, width)
        if key_width not in (1, 2, 4, 8):
            raise self._error(f"have keys of width {key_width}", "1, 2, 4 or 8")
        start = self._follow(keys + i * key_width, key_width)
        end = self.raw.find(b"\0", start)
        if end < 0:
            raise self._error("have a key without an end", "one")
        return self.raw[start:end].decode("utf-8", "replace")

    def value(self, name: str, at: int, width: int, count: int, i: int) -> int:
        """The integer of entry i; truth values are 0 and 1."""
        packed = self._number(at + count * width + i, 1)
        kind, place, size = packed >> 2, at + i * width, width
        if kind in (Type.INDIRECT_INT, Type.INDIRECT_UINT):
            place, size = self._follow(place, width), 1 << (packed & 3)
        elif kind not in (Type.INT, Type.UINT, Type.BOOL):
            raise UnsupportedNode(f"its option {name} is of type {kind}, expected an integer: convert the model again")
        found = self._number(place, size, signed=kind in (Type.INT, Type.INDIRECT_INT))
        if not LOWEST <= found <= HIGHEST:
            raise UnsupportedNode(f"its option {name} is {found}, expected an int32: convert the model again")
        return found

    def _number(self, place: int, width: int, *, signed: bool = False) -> int:
        if not 0 <= place <= len(self.raw) - width:
            raise self._error(f"lead to byte {place}", f"{width} bytes within {len(self.raw)}")
        return int.from_bytes(self.raw[place : place + width], "little", signed=signed)

    def _follow(self, place: int, width: int) -> int:
        """Where the distance at `place` leads back to."""
        target = place - self._number(place, width)
        if target < 0:
            raise self._error(f"lead to byte {target}", "none before the first")
        return target

    def _error(self, found: str, expected: str) -> UnsupportedNode:
        return UnsupportedNode(f"its options {found}, expected {expected}: {DAMAGED}")
