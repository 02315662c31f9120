"""`dense` of weights as Huffman symbols, decoded bit by bit: for every core."""

from __future__ import annotations

from lapel.coding import huffman
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded_huffman", huffman)
