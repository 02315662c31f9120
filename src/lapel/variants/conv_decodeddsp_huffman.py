"""`conv` on the DSP extension, of Huffman symbols; decoded in blocks."""

from __future__ import annotations

from lapel.coding import huffman
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import dsp_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decodeddsp_huffman", huffman, dsp_rows, tables=1)
