"""Canonical, length-limited Huffman codes of bytes.

A code book is two tables: how many codes there are of 1, 2, … bits, and the symbols, shorter codes first, of equal
length in ascending order. A code's bits are written from its first, most significant one; codes are complete, so that
any bits decode to symbols. Lengths by package-merge: Larmore, Hirschberg, "A fast algorithm for optimal length-limited
Huffman codes", 1990; canonical decoding: Schwartz, Kallick, 1964.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.errors import FormatError

LONGEST = 15
"""Bits of a code at most: so many that a limit costs nothing for weights, and few enough for a table of counts."""


@dataclass(frozen=True, eq=False)
class Book:
    """A code book: counts uint8 [longest code], symbols int8 [codes].

    A symbol is a weight, or a byte 0..255 as int8 that has the same bits.
    """

    counts: np.ndarray
    symbols: np.ndarray

    @property
    def bytes(self) -> int:
        return self.counts.nbytes + self.symbols.nbytes

    @property
    def lengths(self) -> np.ndarray:
        """Of each symbol's code, int64 [codes]."""
        return np.repeat(np.arange(1, len(self.counts) + 1), self.counts)

    def codes(self) -> np.ndarray:
        """Of each symbol, int64 [codes], the first bit lowest, as streams have them."""
        found, code, before = [], 0, 0
        for length in self.lengths.tolist():
            code <<= length - before
            found.append(int(f"{code:0{length}b}"[::-1], 2))
            code, before = code + 1, length
        return np.array(found, np.int64)

    def check(self) -> Book:
        """The book. Raises FormatError unless it is one that decodes any bits."""
        longest = len(self.counts)
        kraft = sum(int(count) << (longest - 1 - k) for k, count in enumerate(self.counts))
        if not 1 <= longest <= LONGEST or kraft != 1 << longest or len(self.symbols) != self.counts.sum():
            raise FormatError(
                f"a code book of {len(self.symbols)} symbols has {self.counts.tolist()} codes of 1, 2, ... bits, "
                "expected one complete code: encode the weights again"
            )
        return self


def make_book(symbols: np.ndarray) -> Book:
    """The code with the fewest bits for int8 symbols of which there is at least one."""
    values, counts = np.unique(symbols.reshape(-1).astype(np.int8), return_counts=True)
    if len(values) == 1:  # a code of one symbol would be no complete one
        values, counts = np.repeat(values, 2), np.repeat(counts, 2)
    lengths = code_lengths(counts, LONGEST)
    order = np.lexsort((values, lengths))
    per_length = np.bincount(lengths, minlength=lengths.max() + 1)[1:]
    return Book(per_length.astype(np.uint8), values[order])


def code_lengths(counts: np.ndarray, longest: int) -> np.ndarray:
    """int64 lengths, at most `longest`, of codes for symbols that occur so often; at least two of them.

    256 codes of one length, whose number is no byte, are made unlike: one is shorter, two are longer.
    """
    n, order = len(counts), np.argsort(counts, kind="stable")
    leaves, weights = np.eye(n, dtype=np.int64)[order], counts[order].astype(np.int64)
    packages, sums = leaves, weights
    for _ in range(longest - 1):
        even = len(sums) // 2 * 2
        packages = np.concatenate([leaves, packages[0:even:2] + packages[1:even:2]])
        sums = np.concatenate([weights, sums[0:even:2] + sums[1:even:2]])
        ascending = np.argsort(sums, kind="stable")
        packages, sums = packages[ascending], sums[ascending]
    lengths = packages[: 2 * n - 2].sum(axis=0)
    if n == 256 and (lengths == 8).all():
        lengths[order[[-1, 0, 1]]] += (-1, 1, 1)
    return np.asarray(lengths)


def look_up(book: Book, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The code of each int8 symbol and its bits; all of them must be in the book."""
    place = np.zeros(256, np.int64)
    place[book.symbols.view(np.uint8)] = np.arange(len(book.symbols))
    found = place[symbols.reshape(-1).astype(np.int8).view(np.uint8)]
    return book.codes()[found], book.lengths[found]


def decode_everywhere(book: Book, bits: np.ndarray) -> tuple[list[int], list[int]]:
    """The symbol and the length of the code that starts at each bit of a stream; zeros follow its end."""
    longest = len(book.counts)
    firsts = np.zeros(len(bits), np.int64)
    padded = np.pad(bits, (0, longest)).astype(np.int64)
    for k in range(longest):
        firsts = 2 * firsts + padded[k : k + len(bits)]
    spans = 1 << (longest - book.lengths)
    codes = np.repeat(np.arange(len(book.symbols)), spans)[firsts]
    return book.symbols[codes].tolist(), book.lengths[codes].tolist()
