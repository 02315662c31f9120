"""`conv` of every core, of Huffman symbols; decoded in blocks."""

from __future__ import annotations

from lapel.coding import huffman
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import portable_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decoded_huffman", huffman, portable_rows)
