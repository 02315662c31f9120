"""`dense` of weights of which most are zero: gaps and weights as bytes, and no work for zeros."""

from __future__ import annotations

from lapel.coding import sparse
from lapel.variants.coded import CodedDense
from lapel.variants.variant import Variant

VARIANT: Variant = CodedDense("dense_coded_sparse", sparse, skips_zeros=True, fast=True)
