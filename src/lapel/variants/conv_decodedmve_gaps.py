"""`conv` on Helium, of gaps and weights that are not zero, as Huffman symbols; decoded in blocks."""

from __future__ import annotations

from lapel.coding import gaps
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import mve_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decodedmve_gaps", gaps, mve_rows, tables=2)
