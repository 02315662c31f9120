"""`dense` of weights as Huffman symbols, decoded by a table in scratch where words are read at any address."""

from __future__ import annotations

from lapel.coding import huffman
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded32_huffman", huffman, tables=1, padded=True)
