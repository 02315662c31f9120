"""`conv` of every core, of gaps and weights that are not zero, as bytes; decoded in blocks."""

from __future__ import annotations

from lapel.coding import sparse
from lapel.variants.decoded import Decoded
from lapel.variants.decoded_rows import portable_rows
from lapel.variants.variant import Variant

VARIANT: Variant = Decoded("conv_decoded_sparse", sparse, portable_rows)
