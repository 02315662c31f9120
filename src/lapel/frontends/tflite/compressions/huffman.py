"""Huffman codes: code words, most significant bit first, by tables of tables, as decoders for Xtensa have them.

An entry of 16 or 32 bits has, from its highest bit on: whether it is a symbol; four bits, n; a value. A symbol took n
of the bits by which it was looked up. Another entry says that the next n + 1 bits, and the value, are added to its own
place.
"""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.tflite.compressions import AGAIN, Compression, Encoded, Layout

TABLE = 5
"""Place in the header: whether entries have 32 bits in bit 0, bits of the first look-up, less one, in the high four."""

MARGIN_BYTES = 8
"""Read behind the code words, at most: the last one may be shorter than the bits by which it is looked up."""


def _decode(encoded: Encoded, layout: Layout) -> np.ndarray:
    wide = bool(encoded.header[TABLE] & 1)
    if layout.dtype == "int16" and not wide:
        raise UnsupportedNode(f"is int16 by Huffman tables of 16 bits an entry, expected 32: {AGAIN}")
    size_bits = 8 * len(encoded.content)
    if layout.size > size_bits:
        found = f"has {layout.size} elements in {size_bits} bits of code words"
        raise UnsupportedNode(f"{found}, expected a bit or more for each: {AGAIN}")
    entry = np.dtype("<u4" if wide else "<u2")
    whole = encoded.tables[: len(encoded.tables) // entry.itemsize * entry.itemsize]
    words = _CodeWords(encoded.content, whole.view(entry).tolist(), 8 * entry.itemsize)
    first = 1 + (int(encoded.header[TABLE]) >> 4)
    symbols = np.fromiter((words.next(first, k) for k in range(layout.size)), np.uint32, layout.size)
    return symbols.astype(layout.numpy.str.replace("i", "u")).view(layout.numpy)


class _CodeWords:
    """Where the reading of code words stands."""

    def __init__(self, content: np.ndarray, table: list[int], entry_bits: int) -> None:
        self.data, self.table = content.tobytes() + bytes(MARGIN_BYTES), table
        self.size_bits, self.pos = 8 * len(content), 0
        self.symbol, self.shift = 1 << (entry_bits - 1), entry_bits - 5

    def next(self, first: int, k: int) -> int:
        """The k-th symbol, looked up by `first` bits and, where they are not enough, by more."""
        count, place, value_mask = first, 0, (1 << self.shift) - 1
        while True:
            place += self._take(count, k)
            if place >= len(self.table):
                found = f"has a code word, of element {k}, that leads to entry {place} of {len(self.table)}"
                raise UnsupportedNode(f"{found} in its Huffman table: {AGAIN}")
            entry = self.table[place]
            taken = entry >> self.shift & 15
            if entry & self.symbol:
                break
            count, place = taken + 1, place + (entry & value_mask)
        self.pos -= max(0, count - taken)
        if self.pos > self.size_bits:
            raise self._ended(k)
        return entry & value_mask

    def _take(self, count: int, k: int) -> int:
        """The next bits as a number."""
        if self.pos > self.size_bits:
            raise self._ended(k)
        start = self.pos >> 3
        word = int.from_bytes(self.data[start : start + 4], "big")
        self.pos += count
        return word >> (32 - count - (self.pos - count & 7)) & ((1 << count) - 1)

    def _ended(self, k: int) -> UnsupportedNode:
        return UnsupportedNode(f"has {self.size_bits} bits of code words, which end within element {k}: {AGAIN}")


COMPRESSION = Compression(1, "Huffman codes", ("int8", "int16"), _decode)
