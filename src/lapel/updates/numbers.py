"""The numbers of a delta and their adaptive binary range code: docs/SPEC.md, "Deltas". Encoder and decoder.

Of a number the bits that it has are counted in unary; those behind the first follow. A bit has a probability that
learns from it, or 1/2. The range coder is that of LZMA (Pavlov; Martin, 1979) with probabilities of 16 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

HALF = 1 << 15
RATE = 4
"""A probability moves by 1/2^RATE of what it is wrong by."""
LOW = 1 << 24
"""Below this the range wants another byte."""
BARE, SECOND, NEAR, SET = 32, 40, 48, 8
"""Probabilities from here on: of bytes that are not copied, of the bit behind a difference's first one, and sets of
how many bits it has; below, of lengths and places."""
TRENDS = 4
MODELS = NEAR + 4 * TRENDS * SET


class Kind(IntEnum):
    LENGTH = 0
    FROM = 1
    BYTE = 2


@dataclass
class History:
    """What the probabilities of a difference depend on.

    copied: whether it is one from old bytes. place: how many new bytes there are. trend: four times the bits of the
    last differences, on average.
    """

    copied: bool = False
    place: int = 0
    trend: int = 0

    def start(self) -> int:
        """Where the probabilities of the next difference begin."""
        if not self.copied:
            return BARE
        return NEAR + SET * (4 * min(self.trend + 1 >> 2, TRENDS - 1) + self.place % 4)

    def note(self, bits: int) -> None:
        """A difference had so many bits."""
        self.trend += bits - (self.trend >> 2)
        self.place += 1


def zigzag(value: int) -> int:
    """0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return value << 1 if value >= 0 else (-value << 1) - 1


def signed(value: int) -> int:
    return -(value + 1 >> 1) if value & 1 else value >> 1


def limit(kind: Kind) -> int:
    """Bits that a number may have."""
    return 8 if kind is Kind.BYTE else 32


@dataclass
class Encoder:
    """Numbers -> bytes. The first byte of `out` is for a carry that never comes."""

    out: bytearray = field(default_factory=bytearray)
    models: list[int] = field(default_factory=lambda: [HALF] * MODELS)
    low: int = 0
    range: int = LOW

    def number(self, kind: Kind, value: int, start: int = 0) -> int:
        """Code one, with probabilities from `start` on; how many bits it has."""
        bits, most = value.bit_length(), limit(kind)
        for k in range(min(bits + 1, most)):
            self._bit(start + k, int(k < bits))
        for k in range(bits - 2, -1, -1):
            self._bit(SECOND - 1 + bits if kind is Kind.BYTE and k == bits - 2 else None, value >> k & 1)
        return bits

    def finish(self) -> bytes:
        """All bytes that a decoder takes until the last bit."""
        for _ in range(4):
            self._shift()
        return bytes(self.out[1:])

    def _bit(self, model: int | None, bit: int) -> None:
        while self.range < LOW:
            self._shift()
            self.range <<= 8
        p = HALF if model is None else self.models[model]
        bound = (self.range >> 16) * p
        if bit:
            self.low += bound
            self.range -= bound
        else:
            self.range = bound
        if model is not None:
            self.models[model] = learned(p, bit)

    def _shift(self) -> None:
        if self.low >> 32:
            at = len(self.out) - 1
            while self.out[at] == 0xFF:
                self.out[at] = 0
                at -= 1
            self.out[at] += 1
        self.out.append(self.low >> 24 & 0xFF)
        self.low = self.low << 8 & 0xFFFFFFFF


def learned(p: int, bit: int) -> int:
    return p - (p >> RATE) if bit else p + (0xFFFF - p >> RATE)


@dataclass
class Decoder:
    """Bytes -> numbers; raises EOFError where bytes end. taken: how many it took."""

    bytes: Iterator[int]
    models: list[int] = field(default_factory=lambda: [HALF] * MODELS)
    code: int = 0
    range: int = 1
    taken: int = 0

    def number(self, kind: Kind, start: int = 0) -> tuple[int, int]:
        """The next one, with probabilities from `start` on, and how many bits it has."""
        bits, most = 0, limit(kind)
        while bits < most and self._bit(start + bits):
            bits += 1
        value = int(bits > 0)
        for k in range(bits - 2, -1, -1):
            value = value << 1 | self._bit(SECOND - 1 + bits if kind is Kind.BYTE and k == bits - 2 else None)
        return value, bits

    def _bit(self, model: int | None) -> int:
        while self.range < LOW:
            found = next(self.bytes, None)
            if found is None:
                raise EOFError
            self.code, self.range, self.taken = self.code << 8 | found, self.range << 8, self.taken + 1
        p = HALF if model is None else self.models[model]
        bound = (self.range >> 16) * p
        bit = int(self.code >= bound)
        if bit:
            self.code -= bound
            self.range -= bound
        else:
            self.range = bound
        if model is not None:
            self.models[model] = learned(p, bit)
        return bit
