"""`conv` of every core, of indexes into a code book; decoded in blocks."""

from __future__ import annotations

from lapel.coding import fixed
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import portable_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decoded_fixed", fixed, portable_rows)
