"""`dense` of weights with at most 16 different values: indexes of 1, 2 or 4 bits."""

from __future__ import annotations

from lapel.coding import fixed
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded_fixed", fixed)
