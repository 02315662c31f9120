"""`conv` on the DSP extension, of indexes into a code book; decoded in blocks."""

from __future__ import annotations

from lapel.coding import fixed
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import dsp_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decodeddsp_fixed", fixed, dsp_rows, tables=1)
