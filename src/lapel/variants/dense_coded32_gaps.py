"""`dense` of weights of which most are zero: gaps and weights as Huffman symbols, decoded by tables in scratch."""

from __future__ import annotations

from lapel.coding import gaps
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded32_gaps", gaps, skips_zeros=True, tables=2, padded=True)
