"""Every weight a symbol of one canonical Huffman code.

Tables: `counts` uint8 [longest code], `values` int8 [codes] (`lapel.coding.books`).
"""

from __future__ import annotations

import numpy as np

from lapel.coding.bits import bits_of, check_end, pack
from lapel.coding.books import Book, decode_everywhere, look_up, make_book
from lapel.coding.coded import Coded, entropy_bits


def bound_bytes(weights: np.ndarray) -> int:
    """What a code takes at least, quickly."""
    return int(entropy_bits(weights) // 8)


def encode(weights: np.ndarray) -> Coded:
    """The code of int8 weights, at least one."""
    book = make_book(weights)
    return Coded(pack(*look_up(book, weights)), {"counts": book.counts, "values": book.symbols})


def decode(coded: Coded, count: int) -> np.ndarray:
    """int8 [count]. Raises FormatError for a stream that ends too early or too late, or a broken code book."""
    bits = bits_of(coded.codes)
    book = Book(coded.tables["counts"], coded.tables["values"]).check()
    symbols, lengths = decode_everywhere(book, bits)
    found: list[int] = []
    at = 0
    while len(found) < count and at < len(bits):
        found.append(symbols[at])
        at += lengths[at]
    check_end(bits, at if len(found) == count else at + count - len(found))
    return np.array(found, np.int8)
