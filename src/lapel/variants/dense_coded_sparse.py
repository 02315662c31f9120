"""`dense` of weights of which most are zero: gaps and weights as bytes, and no work for zeros."""

from __future__ import annotations

from lapel.coding import sparse
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

DENSEST = 0.5
"""On no core it was faster with more; on a Cortex-M4 a fifth is too much."""

VARIANT: Variant = CodedDense("dense_coded_sparse", sparse, skips_zeros=True, densest=DENSEST)
