"""`dense` of weights with at most 16 different values, whose indexes are read a word at a time."""

from __future__ import annotations

from lapel.coding import fixed
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded32_fixed", fixed)
