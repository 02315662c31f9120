"""Only the weights that are not zero: gap, weight, gap, weight, …, each a symbol of one of two Huffman codes.

A gap is how many zeros stand before the weight. The symbol `escape` is so many zeros and no weight: another gap
follows. Zeros behind the last weight are written as escapes. Tables: `gap_counts`, `gaps` (bytes as int8), `counts`,
`values` (`lapel.coding.books`); settings: `escape`, 1..255.
"""

from __future__ import annotations

import numpy as np

from lapel.coding.bits import bits_of, check_end, pack
from lapel.coding.books import Book, decode_everywhere, look_up, make_book
from lapel.coding.coded import Coded, entropy_bits
from lapel.coding.sparse import gaps_of, split_gaps
from lapel.errors import FormatError

ESCAPES = (255, 127, 63, 31, 15, 7)
"""Rare long gaps want no symbols of their own, but each escape is one more to read."""
NEAR = 1.005
"""The greatest escape is taken with which a code has up to so many times the bytes of the smallest one."""


def bound_bytes(weights: np.ndarray) -> int:
    """What a code takes at least, quickly, if weights and gaps are independent; longer gaps are not told apart."""
    gaps, values, _ = gaps_of(weights)
    return int((entropy_bits(values) + entropy_bits(np.minimum(gaps, ESCAPES[-1]))) // 8)


def encode(weights: np.ndarray) -> Coded:
    """The code of int8 weights, at least one."""
    found = [_encode(weights, escape) for escape in ESCAPES]
    least = min(coded.bytes for coded in found)
    return next(coded for coded in found if coded.bytes <= NEAR * least)


def _encode(weights: np.ndarray, escape: int) -> Coded:
    gaps, values, tail = gaps_of(weights)
    entries, is_rest, _ = split_gaps(gaps, escape)
    entries = np.append(entries, np.full(-(-tail // escape), escape)).astype(np.uint8).view(np.int8)
    is_rest = np.append(is_rest, np.zeros(len(entries) - len(is_rest), bool))
    gap_book = make_book(entries)
    value_book = make_book(values if len(values) else np.zeros(1, np.int8))
    codes, widths = np.zeros((2, len(entries), 2), np.int64)
    codes[:, 0], widths[:, 0] = look_up(gap_book, entries)
    codes[is_rest, 1], widths[is_rest, 1] = look_up(value_book, values)
    tables = {"gap_counts": gap_book.counts, "gaps": gap_book.symbols}
    tables |= {"counts": value_book.counts, "values": value_book.symbols}
    return Coded(pack(codes.reshape(-1), widths.reshape(-1)), tables, {"escape": escape})


def decode(coded: Coded, count: int) -> np.ndarray:
    """int8 [count]. Raises FormatError for a stream that ends too early or too late, or broken code books."""
    bits, tables = bits_of(coded.codes), coded.tables
    gap_symbols, gap_lengths = decode_everywhere(Book(tables["gap_counts"], tables["gaps"]).check(), bits)
    value_symbols, value_lengths = decode_everywhere(Book(tables["counts"], tables["values"]).check(), bits)
    weights, place, at = np.zeros(count, np.int8), 0, 0
    while place < count:
        if at >= len(bits):
            raise FormatError(f"coded weights end at place {place} of {count}: encode them again")
        gap = gap_symbols[at] & 255
        at += gap_lengths[at]
        place += gap
        if gap == coded.settings["escape"]:
            continue
        if place >= count:
            raise FormatError(f"coded weights reach to place {place}, expected {count} weights: encode them again")
        if at < len(bits):
            weights[place] = value_symbols[at]
            at += value_lengths[at]
            place += 1
    check_end(bits, at)
    return weights
