"""`conv` on Helium, of Huffman symbols; decoded in blocks."""

from __future__ import annotations

from lapel.coding import huffman
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import mve_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decodedmve_huffman", huffman, mve_rows, tables=1)
